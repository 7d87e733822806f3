"""The recognition network: encoding, both heads, training, storing, guiding. Real torch, small budgets."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

import engine
from library.snapshot import Library
from synthesis.dreaming import Dream, DreamConfig, Dreams, make_dreams
from synthesis.prior import fit_prior
from synthesis.recognition import RecognitionError
from synthesis.recognition.dataset import MAX_VARIABLES, encode_dreams
from synthesis.recognition.encoder import (
    CLOSE,
    CUT,
    OPEN,
    PAD,
    SEPARATOR,
    SLOTS,
    TRUE,
    VOCABULARY,
    integer_token,
    request_features,
    token_magnitudes,
    value_tokens,
)
from synthesis.recognition.guide import PRIOR_SHARE, NetworkGuide, smooth
from synthesis.recognition.image_encoder import ImageEncoder
from synthesis.recognition.images import IMAGE_SIDE, encode_images
from synthesis.recognition.network import NetworkIdentity, NetworkShape, RecognitionNetwork
from synthesis.recognition.sampling import ProgramSampler
from synthesis.recognition.training import (
    HeldOut,
    TrainingConfig,
    TrainingProgress,
    TrainingResult,
    measure,
    split,
    train,
)
from synthesis.task import Example, Task
from tests.synthesis.dreaming_tasks import FRONTIERS, LISTS, NUMBER, TASKS

pytestmark = pytest.mark.slow

TRAINING_SECONDS = 20.0
VALUES = SLOTS["slots"]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.initial("list")


@pytest.fixture(scope="module")
def dreams(library: Library) -> Dreams:
    return make_dreams(library, FRONTIERS, TASKS, DreamConfig(cpu_seconds=6.0, max_dreams=6000, seed=1))


@pytest.fixture(scope="module")
def prior(library: Library, dreams: Dreams) -> np.ndarray:
    return fit_prior(library, FRONTIERS, [(dream.program, dream.request) for dream in dreams.of("fantasy")])


@pytest.fixture(scope="module")
def progress() -> list[TrainingProgress]:
    return []


@pytest.fixture(scope="module")
def trained(library: Library, dreams: Dreams, prior: np.ndarray, progress: list) -> TrainingResult:
    # A busy machine makes half as many steps in these seconds, and must still learn.
    config = TrainingConfig(cpu_seconds=TRAINING_SECONDS, progress_seconds=3.0)
    return train(dreams, library, prior, config, progress.append)


def untrained(library: Library, prior: np.ndarray) -> RecognitionNetwork:
    language = library.language
    contexts = len(engine.Grammar.contexts(language))
    identity = NetworkIdentity(library.content_hash, tuple(language.productions), contexts)
    return RecognitionNetwork(identity, prior).eval()


# ---- encoder


def test_integers_have_a_token_each_in_range_and_one_per_magnitude_outside() -> None:
    tokens = [integer_token(value) for value in range(-16, 65)]
    assert len(set(tokens)) == 81
    assert integer_token(65) == integer_token(127) != integer_token(128)
    assert integer_token(-65) != integer_token(65)
    assert len({integer_token(10**k * sign) for k in (2, 2.5, 3.5, 9) for sign in (1, -1)}) == 8
    assert all(0 <= integer_token(v) < VOCABULARY for v in (-(2**62), 2**62, -17, 0, 65))
    assert token_magnitudes()[integer_token(2**62)] > token_magnitudes()[integer_token(64)]


def test_values_are_flattened() -> None:
    assert value_tokens([[1], []]) == [OPEN, integer_token(1), CLOSE, OPEN, CLOSE]
    assert value_tokens([1, 0]) == [integer_token(1), integer_token(0)]
    assert value_tokens(True) == [TRUE] != value_tokens(1)
    assert value_tokens([True, False])[0] == TRUE


def test_an_example_fills_its_slots_and_says_what_was_cut() -> None:
    row = VALUES.encode_example(([1, 2], 3), list(range(20)))
    assert len(row) == VALUES.width
    assert row[:5] == [integer_token(1), integer_token(2), SEPARATOR, integer_token(3), PAD]
    assert row[VALUES.inputs : VALUES.inputs + 2] == [integer_token(0), integer_token(1)]
    assert row[-3] == CUT
    assert row[-2:] == [4, 20]


def test_requests_are_told_apart_by_their_types() -> None:
    texts = [
        LISTS,
        NUMBER,
        "list(int) -> bool",
        "int -> int",
        "list(bool) -> list(bool)",
        "int -> list(int) -> int",
    ]
    features = {request_features(engine.Type.parse(text)).tobytes() for text in texts}
    assert len(features) == len(texts)


# ---- dataset


def test_a_batch_holds_the_programs_and_examples(library: Library, dreams: Dreams) -> None:
    data = encode_dreams(dreams.dreams, library.language)
    assert len(data) == len(dreams.dreams)
    assert data.replays.sum() == len(dreams.of("replay"))
    rows = np.array([0, len(data) - 1, 3])
    batch = data.batch(rows, examples=5)
    for row, which in enumerate(rows):
        dream = dreams.dreams[which]
        tokens, contexts, masks = engine.trace(
            library.language,
            engine.Term.parse(dream.program),
            engine.Type.parse(dream.request),
            MAX_VARIABLES,
        )
        count = batch.real[row].sum()
        assert batch.tokens[row, :count].tolist() == tokens.tolist()
        assert batch.contexts[row, :count].tolist() == contexts.tolist()
        assert (batch.masks[row, :count] == masks.astype(bool)).all()
        shown = [VALUES.encode_example(*example) for example in dream.examples[:5]]
        assert batch.examples[row, : len(shown)].tolist() == shown
        assert batch.present[row].sum() == len(shown)


# ---- network


def test_an_untrained_network_is_the_prior(library: Library, dreams: Dreams, prior: np.ndarray) -> None:
    network = untrained(library, prior)
    data = encode_dreams(dreams.dreams[:100], library.language)
    with torch.no_grad():
        by_prior, by_grammar, by_decoder = network.log_probabilities(data.batch(np.arange(len(data)), 5))
    grammar = engine.Grammar(library.language, prior)
    exact = [
        grammar.log_likelihood(engine.Term.parse(dream.program), engine.Type.parse(dream.request))
        for dream in dreams.dreams[:100]
    ]
    for costs in (by_prior, by_grammar, by_decoder):
        assert np.allclose(costs.numpy(), exact, atol=1e-3)


def test_the_heads_normalise(library: Library, dreams: Dreams, prior: np.ndarray) -> None:
    """Over all well-typed choices at a hole, under weights that are far from the prior."""
    network = untrained(library, prior)
    torch.nn.init.normal_(network.grammar_head.weight)
    data = encode_dreams(dreams.dreams[:20], library.language)
    batch = data.batch(np.arange(20), 5)
    with torch.no_grad():
        summary = network.encoder(*map(torch.from_numpy, (batch.examples, batch.present, batch.requests)))
        weights = network.grammar(summary)
    for row in range(20):
        grammar = engine.Grammar(library.language, weights[row].double().numpy())
        term, request = (
            engine.Term.parse(dreams.dreams[row].program),
            engine.Type.parse(dreams.dreams[row].request),
        )
        with torch.no_grad():
            _, head, _ = network.log_probabilities(batch)
        assert head[row].item() == pytest.approx(grammar.log_likelihood(term, request), abs=1e-3)
    shallow = grammar.enumerate(engine.Type.parse(dreams.dreams[19].request), 0.0, 40.0, 20_000)
    assert 0 < sum(np.exp(-cost) for _, cost in shallow) <= 1 + 1e-6


def test_every_sample_is_well_typed(library: Library, trained: TrainingResult) -> None:
    guide = NetworkGuide(library, trained.network, samples=200)
    for task in TASKS:
        guidance = guide.guide(task)
        request = engine.Type.parse(task.request)
        assert guidance.requested == 200
        assert guidance.valid >= len(guidance.samples) > 0
        for sample in guidance.samples:
            assert library.language.eta_long(sample.program, request) == sample.program
            assert sample.log_probability < 0
        assert len({sample.program for sample in guidance.samples}) == len(guidance.samples)


def test_an_untrained_networks_samples_have_the_priors_probability(
    library: Library, prior: np.ndarray
) -> None:
    """Whatever the temperature."""
    guide = NetworkGuide(library, untrained(library, prior).to_bytes(), samples=64)
    grammar = engine.Grammar(library.language, prior)
    request = engine.Type.parse(LISTS)
    for sample in guide.guide(TASKS[0]).samples:
        assert sample.log_probability == pytest.approx(
            grammar.log_likelihood(sample.program, request), abs=1e-3
        )


def test_sampling_and_training_agree_on_probabilities(library: Library, prior: np.ndarray) -> None:
    """Under weights far from the prior, for rows of different tasks and lengths."""
    network = untrained(library, prior)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        for layer in (network.grammar_head, network.correction):
            torch.nn.init.normal_(layer.weight, std=0.3)
            torch.nn.init.normal_(layer.bias, std=0.3)
    request = engine.Type.parse(LISTS)
    shown = [VALUES.encode_examples((e.inputs, e.output) for e in task.examples[:5]) for task in TASKS[:2]]
    features = np.tile(request_features(request), (2, 1))
    summaries, grammars = network.summarise(np.stack(shown), np.ones((2, 5), bool), features)
    rows = np.arange(60) % 2
    decoder = engine.TypedDecoder(library.language, request, 60, MAX_VARIABLES)
    logs = ProgramSampler(network).sample(summaries, grammars, decoder, rows, seed=2)
    compared = 0
    for row, (term, log_probability) in enumerate(zip(decoder.terms(), logs.tolist(), strict=True)):
        if term is None:
            continue
        examples = tuple((e.inputs, e.output) for e in TASKS[rows[row]].examples[:5])
        dream = Dream(LISTS, str(term), examples, 0.0, "fantasy")
        batch = encode_dreams([dream], library.language).batch(np.array([0]), 5)
        with torch.no_grad():
            _, _, by_decoder = network.log_probabilities(batch)
        assert log_probability == pytest.approx(by_decoder.item(), abs=1e-3)
        compared += 1
    assert compared > 20


def test_samples_are_drawn_as_often_as_the_decoder_says(library: Library, prior: np.ndarray) -> None:
    network = untrained(library, prior)
    request = engine.Type.parse(LISTS)
    shown = VALUES.encode_examples((e.inputs, e.output) for e in TASKS[0].examples[:5])[None]
    summaries, grammars = network.summarise(shown, np.ones((1, 5), bool), request_features(request)[None])
    decoder = engine.TypedDecoder(library.language, request, 4000, MAX_VARIABLES)
    logs = ProgramSampler(network).sample(summaries, grammars, decoder, np.zeros(4000, int), seed=5)
    drawn = Counter(term for term in decoder.terms() if term is not None)
    probability = {term: np.exp(log) for term, log in zip(decoder.terms(), logs, strict=True) if term}
    for term, count in drawn.most_common(8):
        expected = 4000 * probability[term]
        assert abs(count - expected) < 5 * np.sqrt(expected)


# ---- training


def test_training_lowers_the_held_out_cost(trained: TrainingResult, progress: list[TrainingProgress]) -> None:
    metrics = trained.metrics
    assert metrics.held_out.dreams > 5
    assert metrics.held_out.grammar < metrics.held_out.prior
    assert metrics.held_out.decoder < metrics.held_out.prior
    assert metrics.promoted
    assert 300_000 < metrics.parameters < 1_000_000
    assert progress and progress[0].step < metrics.steps
    assert metrics.to_json()["held_out"]["dreams"] == metrics.held_out.dreams


def test_without_dreams_nothing_is_promoted(library: Library, dreams: Dreams, prior: np.ndarray) -> None:
    nothing = Dreams((), dreams.yields, dreams.weights, 0.5)
    result = train(nothing, library, prior, TrainingConfig(cpu_seconds=1.0))
    assert not result.metrics.promoted
    assert RecognitionNetwork.from_bytes(result.network).identity.library == library.content_hash


def test_examples_that_teach_nothing_are_not_promoted(library: Library, prior: np.ndarray) -> None:
    """One program, no held-out dream: no evidence, no promotion."""
    dream = Dream(LISTS, "(lambda (cdr $0))", ((([1, 2],), [2]), (([3],), [])), -3.0, "fantasy")
    few = Dreams((dream,) * 4, make_dreams(library, [], [], DreamConfig(cpu_seconds=0.1)).yields, prior, 0.5)
    assert not train(few, library, prior, TrainingConfig(cpu_seconds=1.0)).metrics.promoted


def costs(prior: float, grammar: float, decoder: float, *replays: float | None) -> HeldOut:
    of_replays = replays or (None, None, None)
    return HeldOut(prior, grammar, decoder, *of_replays, dreams=100)


def test_a_head_that_is_worse_than_the_prior_over_fantasies_and_replays_is_not_promoted() -> None:
    assert costs(15.0, 12.0, 10.0).better
    assert not costs(15.0, 12.0, 15.5).better
    assert costs(15.0, 12.0, 10.0, 6.0, 5.0, 6.0).better
    assert costs(15.0, 12.0, 10.0, 6.0, 7.0, 7.0).better  # 10.5 of the prior, 9.5 and 8.5
    assert not costs(15.0, 14.0, 10.0, 6.0, 7.5, 7.0).better
    assert not costs(15.0, 12.0, 14.5, 6.0, 6.0, 7.5).better


def test_replays_are_held_out_and_measured_for_themselves(
    library: Library, dreams: Dreams, prior: np.ndarray
) -> None:
    network = untrained(library, prior)
    data = encode_dreams(dreams.dreams, library.language)
    fantasies, replays = np.flatnonzero(~data.replays)[:30], np.flatnonzero(data.replays)
    together = measure(network, data, np.concatenate([fantasies, replays]), 5)
    alone = measure(network, data, fantasies, 5)
    assert together.prior == pytest.approx(alone.prior, abs=1e-4)
    assert together.prior_replays == pytest.approx(measure(network, data, replays, 5).prior, abs=1e-4)
    assert alone.prior_replays is None
    assert together.decoder_replays == pytest.approx(together.prior_replays, abs=1e-4)


def test_some_programs_of_both_sources_are_held_out_with_all_their_dreams(
    library: Library, dreams: Dreams
) -> None:
    fantasies = dreams.of("fantasy")
    replays = [replace(dream, source="replay") for dream in fantasies[:40]] * 2
    config = TrainingConfig()
    for count, expected in ((0, 0), (20, 0), (80, 6)):  # 3 of 20 programs would be no evidence
        data = encode_dreams([*fantasies[200:], *replays[:count]], library.language)
        held_out, training = split(data, config, np.random.default_rng(0))
        assert sorted([*held_out, *training]) == list(range(len(data)))
        assert not set(data.groups[held_out]) & set(data.groups[training])
        assert len(np.unique(data.groups[held_out][data.replays[held_out]])) == expected
        assert 0 < (~data.replays[held_out]).sum() <= 0.06 * len(fantasies)


# ---- images


def picture(output: list[int]) -> list[list[int]]:
    """A bar chart: a column for each element of the list, as high as the element."""
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), int)
    for place, height in enumerate(output[: IMAGE_SIDE // 3]):
        image[: max(0, min(height, IMAGE_SIDE - 1)) + 1, 3 * place : 3 * place + 2] = 255
    return image.tolist()


@pytest.fixture(scope="module")
def pictures(library: Library, dreams: Dreams) -> Dreams:
    """The fantasies as tasks that show nothing but a chart of what the program makes of two lists."""
    inputs = [([5, 2, 9, 1],), ([3, 14, 0, 7, 7, 4],)]
    drawn: list[Dream] = []
    for dream in dreams.of("fantasy"):
        if dream.request == LISTS:
            outputs = library.language.evaluate(
                engine.Term.parse(dream.program), engine.Type.parse(LISTS), inputs
            )
            if not any(isinstance(output, engine.Failure) for output in outputs):
                examples = tuple(((), picture(output)) for output in outputs)
                drawn.append(replace(dream, examples=examples))
    return replace(dreams, dreams=tuple(drawn))


def test_a_network_that_looks_at_pictures_learns_and_guides(
    library: Library, pictures: Dreams, prior: np.ndarray
) -> None:
    config = TrainingConfig(cpu_seconds=8.0, held_out_fraction=0.1, shape=NetworkShape(encoder="image"))
    result = train(pictures, library, prior, config)
    held_out = result.metrics.held_out
    assert held_out.dreams > 5
    assert held_out.grammar < held_out.prior and held_out.decoder < held_out.prior

    stored = RecognitionNetwork.from_bytes(result.network)
    assert isinstance(stored.encoder, ImageEncoder)
    chart = picture([1, 2, 3])
    task = Task("chart", LISTS, (Example((), chart),), "list")
    other = Task("chart", LISTS, (Example((), picture([])),), "list")
    guide = NetworkGuide(library, result.network, samples=16)
    one, two = guide.guide(task), guide.guide(other)
    assert one.samples and one.grammar is not None and two.grammar is not None
    assert not np.array_equal(one.grammar.weights, two.grammar.weights)


def test_what_is_no_image_is_refused() -> None:
    blank = np.zeros((IMAGE_SIDE, IMAGE_SIDE), int)
    for bad in ([1, 2], 3, [[1], [1, 2]], (blank + 256).tolist(), (blank - 1).tolist(), None, [[2**70]]):
        with pytest.raises(RecognitionError, match="no image"):
            encode_images([((), bad)])
    assert encode_images([]).shape == (0, IMAGE_SIDE, IMAGE_SIDE)
    assert encode_images([((), (blank + 255).tolist())]).max() == 255


def test_an_unknown_encoder_is_refused(library: Library, prior: np.ndarray) -> None:
    with pytest.raises(RecognitionError, match="encoder"):
        RecognitionNetwork(untrained(library, prior).identity, prior, NetworkShape(encoder="sound"))


# ---- storing


def test_bytes_round_trip(library: Library, dreams: Dreams, trained: TrainingResult) -> None:
    network = RecognitionNetwork.from_bytes(trained.network)
    again = RecognitionNetwork.from_bytes(network.to_bytes())
    assert again.identity == network.identity
    batch = encode_dreams(dreams.dreams[:50], library.language).batch(np.arange(50), 5)
    with torch.no_grad():
        for one, other in zip(network.log_probabilities(batch), again.log_probabilities(batch), strict=True):
            assert torch.equal(one, other)


def test_corrupt_bytes_are_refused(trained: TrainingResult) -> None:
    data = trained.network
    damaged = bytearray(data)
    damaged[len(data) // 2] ^= 1
    for bad in (b"", b"PK\x03\x04", data[:-1], data[:100], bytes(damaged), data[10:], b"x" + data):
        with pytest.raises(RecognitionError):
            RecognitionNetwork.from_bytes(bad)


def test_a_network_of_another_library_is_refused(library: Library, prior: np.ndarray) -> None:
    identity = NetworkIdentity("0" * 64, ("map", "fold"), 3)
    other = RecognitionNetwork(identity, np.zeros((3, 3))).to_bytes()
    with pytest.raises(RecognitionError, match="train it again"):
        NetworkGuide(library, other)
    with pytest.raises(RecognitionError, match="don't fit"):
        RecognitionNetwork(identity, prior)


# ---- guide


def test_the_grammar_is_smoothed_with_the_prior(
    library: Library, prior: np.ndarray, trained: TrainingResult
) -> None:
    extreme = np.full((2, 3), -1000.0)
    extreme[:, 0] = 0.0
    mixed = np.exp(smooth(extreme, np.zeros((2, 3)), share=0.3))
    assert np.allclose(mixed, [[0.8, 0.1, 0.1]] * 2)
    grammar = NetworkGuide(library, trained.network).guide(TASKS[0]).grammar
    assert grammar is not None and grammar.contextual
    assert np.allclose(np.exp(grammar.weights).sum(axis=1), 1)
    ratio = np.exp(grammar.weights) / (np.exp(prior) / np.exp(prior).sum(1, keepdims=True))
    assert ratio.min() > 0.99 * PRIOR_SHARE


def test_guidance_is_the_same_from_every_thread(library: Library, trained: TrainingResult) -> None:
    guide = NetworkGuide(library, trained.network, samples=32, seed=3)
    expected = [guide.guide(task) for task in TASKS]
    results: dict[int, list] = {}

    def work(number: int) -> None:
        results[number] = [guide.guide(task) for task in TASKS]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for guidances in results.values():
        for one, other in zip(guidances, expected, strict=True):
            assert one.samples == other.samples
            assert one.grammar is not None and other.grammar is not None
            assert np.array_equal(one.grammar.weights, other.grammar.weights)


@pytest.mark.parametrize(
    ("request_", "inputs", "output"),
    [
        ("int -> int", (3,), 4),
        ("list(int) -> list(int) -> list(int)", ([1, 2], [3]), [1, 2, 3]),
        ("list(list(int)) -> list(int)", ([[1], [2, 3]],), [1, 2, 3]),
        ("list(bool) -> bool", ([True, False],), False),
    ],
)
def test_requests_never_seen_in_training_work(
    library: Library, trained: TrainingResult, request_: str, inputs: tuple, output: object
) -> None:
    task = Task("unseen", request_, (Example(inputs, output),), "list")
    guidance = NetworkGuide(library, trained.network, samples=16).guide(task)
    assert guidance.samples and guidance.grammar is not None
