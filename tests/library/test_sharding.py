"""Shards: what they say of a corpus is what the whole says, and one shard is the plain compression."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.synthetic_corpus import corpus
from engine import (
    AbstractionCorpus,
    AbstractionSearchConfig,
    EngineError,
    Term,
    find_abstractions,
    rewrite,
)
from library import corpus_compression
from library.corpus_compression import (
    Budget,
    CorpusCompression,
    CorpusConfig,
    body_cost,
    compress_corpus,
    with_and_without_inversion,
)
from library.sharding import compress_in_shards

PROGRAMS = [Term.parse(text) for text in corpus(800)]


def tasks(size: int, first: int = 0, of_each: int = 1) -> list[list[Term]]:
    """Tasks of ``of_each`` programs."""
    chosen = PROGRAMS[first : first + size * of_each]
    return [chosen[i : i + of_each] for i in range(0, len(chosen), of_each)]


def cost(term: Term) -> int:
    return body_cost(term, 0)


def least_cost(given: list[list[Term]]) -> int:
    return sum(min(map(cost, programs)) for programs in given if programs)


def expanded(given: list[list[Term]]) -> list[list[Term]]:
    return [[program.beta_normal(True) for program in programs] for programs in given]


@pytest.mark.parametrize("steps", [0, 1])
def test_one_shard_is_the_plain_compression(steps: int) -> None:
    config = CorpusConfig(inversion_steps=steps, iterations=4)
    assert compress_in_shards(tasks(200), config, 1) == compress_corpus(tasks(200), config)


@pytest.mark.parametrize("shards", [2, 3, 7])
@pytest.mark.parametrize("steps", [0, 1])
def test_shards_find_what_the_whole_finds(shards: int, steps: int) -> None:
    """On this corpus the very same first abstractions, or a better one where inverse β makes more of them."""
    config = CorpusConfig(inversion_steps=steps, iterations=3)
    given = tasks(400)
    whole, parts = compress_corpus(given, config), compress_in_shards(given, config, shards)
    assert parts.complete
    if steps == 0:
        assert [a.body for a in parts.abstractions] == [a.body for a in whole.abstractions]
    # Candidates of shards are measured by rewriting, which finds a few uses more than the search counts.
    assert parts.abstractions[0].utility >= whole.abstractions[0].utility
    assert parts.cost_before == sum(map(cost, chain.from_iterable(given)))
    assert parts.cost_after == sum(map(cost, chain.from_iterable(parts.tasks)))
    assert expanded(parts.tasks) == expanded(given)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 500), st.integers(2, 9), st.integers(0, 1), st.integers(1, 3))
def test_a_utility_is_that_of_the_whole(first: int, shards: int, steps: int, of_each: int) -> None:
    given = tasks(60, first, of_each)
    config = CorpusConfig(inversion_steps=steps, iterations=3)
    now = given
    found = compress_in_shards(given, config, shards)
    plain = compress_in_shards(given, CorpusConfig(iterations=3), shards)
    closes = steps > 0 and found != plain  # which is the answer where it's better
    assert found.abstractions
    for abstraction in found.abstractions:
        after = [rewrite(programs, abstraction.term, abstraction.arity, closes) for programs in now]
        saved = least_cost(now) - least_cost(after)
        assert abstraction.utility == saved - body_cost(abstraction.body, abstraction.arity) > 0
        calls = sum(str(term).count(str(abstraction.term)) for term in chain.from_iterable(after))
        assert abstraction.uses >= 2 and calls >= abstraction.uses
        now = after
    assert found.tasks == now


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 500), st.integers(2, 9), st.integers(0, 1), st.integers(1, 3))
def test_uses_add_up_over_any_parts(first: int, shards: int, steps: int, of_each: int) -> None:
    given = tasks(60, first, of_each)
    config = AbstractionSearchConfig(inversion_steps=steps, keep=8, hole_cost=0)
    found = find_abstractions(given, config)
    asked = [(Term.abstraction(candidate.body), candidate.arity) for candidate in found]
    parts = [AbstractionCorpus(given[i::shards]).uses_of(asked, steps > 0) for i in range(shards)]
    for number, (whole, candidate) in enumerate(
        zip(AbstractionCorpus(given).uses_of(asked, steps > 0), found, strict=True)
    ):
        assert whole.saving == sum(part[number].saving for part in parts)
        assert whole.uses == sum(part[number].uses for part in parts)
        assert whole.tasks == sum(part[number].tasks for part in parts)
        assert whole.saving - body_cost(candidate.body, candidate.arity) >= candidate.utility


@pytest.mark.parametrize("shards", [1, 3])
def test_a_sample_changes_no_answer(shards: int, monkeypatch: pytest.MonkeyPatch) -> None:
    config = CorpusConfig(iterations=4)
    plain = compress_in_shards(tasks(400), config, shards)
    monkeypatch.setattr(corpus_compression, "SAMPLE", 50)
    sampled = compress_in_shards(tasks(400), config, shards)
    assert sampled.abstractions[0].body == plain.abstractions[0].body
    assert sampled.abstractions[0].utility >= plain.abstractions[0].utility
    assert expanded(sampled.tasks) == expanded(tasks(400))


def test_processes_answer_as_one() -> None:
    config = CorpusConfig(iterations=2)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        found = compress_in_shards(tasks(60), config, 3, executor, workers=2)
    assert found == compress_in_shards(tasks(60), config, 3)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_budget_leaves_the_best_so_far(shards: int) -> None:
    none = compress_in_shards(tasks(50), CorpusConfig(seconds=0.0), shards)
    assert (none.abstractions, none.complete, none.tasks) == ((), False, tasks(50))
    cut = compress_in_shards(tasks(800), CorpusConfig(inversion_steps=2, iterations=200, seconds=0.2), shards)
    assert not cut.complete
    assert expanded(cut.tasks) == expanded(tasks(800))
    assert cut.cost_after <= cut.cost_before


@pytest.mark.parametrize("steps_are_better", [False, True])
def test_the_better_one_of_with_and_without_inverse_beta_is_the_answer(steps_are_better: bool) -> None:
    good = compress_corpus(tasks(50), CorpusConfig(iterations=2))
    bad = replace(good, cost_after=good.cost_before, complete=False)

    def compress(config: CorpusConfig, _: Budget) -> CorpusCompression:
        return good if (config.inversion_steps > 0) is steps_are_better else bad

    found = with_and_without_inversion(CorpusConfig(inversion_steps=1), compress)
    assert found == replace(good, complete=False)  # the other might have been better still


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("search_seconds", [0.0, 10.0])
def test_inverse_beta_is_no_loss(shards: int, search_seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first abstraction is at least as good as without it, even where searches with it are cut."""
    plain = compress_in_shards(tasks(400), CorpusConfig(iterations=1), shards)
    made = CorpusConfig.search

    def cut(
        config: CorpusConfig, keep: int, seconds: float, inversion_steps: int | None = None
    ) -> AbstractionSearchConfig:
        return made(config, keep, seconds if inversion_steps == 0 else search_seconds, inversion_steps)

    monkeypatch.setattr(CorpusConfig, "search", cut)
    found = compress_in_shards(tasks(400), CorpusConfig(inversion_steps=2, iterations=1), shards)
    assert found.abstractions[0].utility >= plain.abstractions[0].utility


def test_a_budget_is_spread_over_rounds_and_others_may_draw_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(corpus_compression.time, "thread_time", lambda: now)
    budget = Budget(50.0)
    assert [budget.of_round(rounds).left for rounds in (1, 5, 10, 1000)] == [50.0, 10.0, 5.0, 5.0]
    budget.charge(20.0)
    now += 20.0
    assert (budget.left, budget.of_round(1).left) == (10.0, 10.0)
    now += 11.0
    assert budget.spent and budget.left == 0.0
    assert not Budget(None).spent
    assert Budget(None).of_round(3).left == corpus_compression.ROUND_SECONDS


@pytest.mark.parametrize("shards", [1, 2, 5])
def test_small_and_empty_corpora(shards: int) -> None:
    assert compress_in_shards([], CorpusConfig(), shards).abstractions == ()
    (program,) = tasks(1)
    alone = compress_in_shards([program, [], []], CorpusConfig(), shards)
    assert (alone.abstractions, alone.tasks, alone.complete) == ((), [program, [], []], True)
    twice = compress_in_shards([program, program], CorpusConfig(), shards)
    assert (twice.abstractions == ()) == (twice.cost_after == twice.cost_before)


def test_no_shards_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one shard"):
        compress_in_shards(tasks(2), CorpusConfig(), 0)


def test_a_packed_corpus_goes_on() -> None:
    given = [*tasks(30, of_each=2), [], *tasks(3)]
    here = AbstractionCorpus(given)
    best = here.search().candidates[0]
    here.rewrite(Term.abstraction(best.body), best.arity)
    there = AbstractionCorpus.unpack(here.pack())
    assert there.programs() == here.programs()
    assert (there.least_cost, there.total_cost) == (here.least_cost, here.total_cost)
    assert [str(c.body) for c in there.search().candidates] == [str(c.body) for c in here.search().candidates]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_bytes_that_are_no_corpus_are_an_error(data: st.DataObject) -> None:
    packed = bytearray(AbstractionCorpus(tasks(5)).pack())
    kind = data.draw(st.sampled_from(["cut", "longer", "changed"]))
    at = data.draw(st.integers(0, len(packed) - 1))
    if kind == "cut":
        del packed[at:]
    elif kind == "longer":
        packed += b"\0"
    else:
        packed[at] ^= data.draw(st.integers(1, 255))
    try:
        corpus = AbstractionCorpus.unpack(bytes(packed))
    except EngineError:
        return
    assert kind == "changed"  # another corpus, perhaps; one that can be used
    corpus.search()
