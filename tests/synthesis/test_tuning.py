"""Tuning on dreams: only completions are learned, what is held out gets likelier, and what is saved is what
was measured. A tiny model with random weights learns; its clock goes by steps.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch.nn import functional as F

from synthesis.samplers import local_sampler
from synthesis.samplers.local_sampler import LocalSampler
from synthesis.tuning import trainer
from synthesis.tuning.config import TuningConfig, TuningMetrics, TuningProgress
from synthesis.tuning.lessons import Lesson
from synthesis.tuning.trainer import Encoded, Masters, completion_costs, encode, tune
from tests.synthesis.tiny_model import save_model
from tests.synthesis.tuned_toys import StepClock, toy_lessons

CPU = torch.device("cpu")
CONFIG = TuningConfig(cpu_seconds=120.0, learning_rate=1e-2, rank=8)
"""So many looks at the clock, and about as many steps."""


@pytest.fixture(scope="module", autouse=True)
def full_precision() -> Iterator[None]:
    """So that sums can be compared closely, on any machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_sampler, "precision", lambda device: torch.float32)
        patch.setattr(trainer, "_precision", lambda device: torch.float32)
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained, with room for a prompt and a program."""
    folder = tmp_path_factory.mktemp("base")
    return save_model(folder, max_position_embeddings=512, initializer_range=0.2)


def tuned(base: Path, target: Path, config: TuningConfig, **more: Any) -> TuningMetrics:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer.time, "process_time", StepClock(1.0))
        return tune(base, toy_lessons(), target, config, **more)


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TuningMetrics]:
    target = tmp_path_factory.mktemp("adapter")
    return target, tuned(base, target, CONFIG)


def loaded(base: Path, attention: str = "eager") -> tuple[Any, Any]:
    model = transformers.AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.float32, attn_implementation=attention
    )
    return model, transformers.AutoTokenizer.from_pretrained(base)


def plain_cost(model: Any, item: Encoded) -> torch.Tensor:
    """One lesson alone, through the whole model, the prompt's labels taken out."""
    logits = model(input_ids=torch.tensor([item.ids])).logits[0, item.prompt - 1 : -1]
    return F.cross_entropy(logits.float(), torch.tensor(item.ids[item.prompt :]), reduction="sum")


def test_a_batch_costs_what_its_completions_cost_alone(base: Path) -> None:
    """Costs and gradients: neither padding, nor company, nor the prompt's own tokens are learned."""
    model, tokenizer = loaded(base)
    lessons = sorted(toy_lessons(), key=lambda lesson: len(lesson.prompt + lesson.completion))
    batch = encode(tokenizer, [lessons[0], lessons[-1], *lessons[1 : len(lessons) : len(lessons) // 4]])
    assert len({len(item.ids) for item in batch}) > 1 and len({item.prompt for item in batch}) > 1

    costs = completion_costs(model, batch, CPU)
    costs.sum().backward()
    together = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    alone = torch.stack([plain_cost(model, item) for item in batch])
    alone.sum().backward()
    assert costs.tolist() == pytest.approx(alone.tolist(), rel=1e-4)
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            assert torch.allclose(together[name], parameter.grad, rtol=1e-3, atol=1e-4), name


def test_a_completion_ends_with_the_end_of_text_and_is_read_as_a_server_reads_it(base: Path) -> None:
    _, tokenizer = loaded(base)
    [item] = encode(tokenizer, [Lesson("ab\n", "cd", "fantasy", 1.0)])
    assert item.prompt == 3 and tokenizer.decode(item.ids) == "ab\ncd</s>"


def test_what_is_held_out_gets_likelier(adapter: tuple[Path, TuningMetrics]) -> None:
    _, metrics = adapter
    assert set(metrics.held_out) == {"fantasy", "replay"} == set(metrics.held_out_base)
    assert metrics.held_out_in_use == metrics.held_out_base
    for source, nats in metrics.held_out.items():
        assert nats < 0.8 * metrics.held_out_base[source]
    assert metrics.better and metrics.steps > 50
    assert metrics.lessons_seen == metrics.steps * CONFIG.batch
    assert math.isfinite(metrics.loss) and json.loads(json.dumps(metrics.to_json())) == metrics.to_json()


def test_the_base_stays_as_it_was_and_most_of_it_is_not_in_the_adapter(
    base: Path, adapter: tuple[Path, TuningMetrics]
) -> None:
    target, metrics = adapter
    model, _ = loaded(base)
    assert 0 < metrics.parameters < sum(p.numel() for p in model.parameters())
    assert (target / "adapter_config.json").is_file() and (target / "tokenizer.json").is_file()
    assert not (target / "model.safetensors").exists()


def test_an_adapter_samples_as_it_was_measured(base: Path, adapter: tuple[Path, TuningMetrics]) -> None:
    """The local sampler's score of a completion and its end is the trainer's cost of it."""
    target, _ = adapter
    sampler = LocalSampler(base, target, device="cpu")
    model = trainer._load(base, CPU, target)
    lessons = toy_lessons()[:6]
    with torch.no_grad():
        costs = completion_costs(model, encode(sampler._tokenizer, lessons), CPU).tolist()
    scores = [sampler.score(lesson.prompt, [f"{lesson.completion}</s>"])[0] for lesson in lessons]
    assert [-score for score in scores] == pytest.approx(costs, rel=1e-3)


def test_a_seed_makes_the_same_adapter(
    base: Path, adapter: tuple[Path, TuningMetrics], tmp_path: Path
) -> None:
    first, metrics = adapter
    again = tuned(base, tmp_path / "again", CONFIG)
    assert replace(again, seconds=metrics.seconds) == metrics
    files = [folder / "adapter_model.safetensors" for folder in (first, tmp_path / "again")]
    assert files[0].read_bytes() == files[1].read_bytes()
    other = tuned(base, tmp_path / "other", replace(CONFIG, seed=1, cpu_seconds=20.0))
    assert (tmp_path / "other" / files[0].name).read_bytes() != files[0].read_bytes()
    assert other.held_out_base == metrics.held_out_base  # what is held out doesn't hang on the seed


def test_every_weight_can_be_tuned(base: Path, tmp_path: Path) -> None:
    metrics = tuned(base, tmp_path, replace(CONFIG, kind="full", learning_rate=5e-3))
    assert metrics.better
    before, _ = loaded(base)
    after, _ = loaded(tmp_path)
    assert metrics.parameters == sum(p.numel() for p in after.parameters())
    moved = [not torch.equal(p, q) for p, q in zip(before.parameters(), after.parameters(), strict=True)]
    assert all(moved)
    lesson = toy_lessons()[0]
    sampler = LocalSampler(tmp_path, device="cpu")
    with torch.no_grad():
        [cost] = completion_costs(after, encode(sampler._tokenizer, [lesson]), CPU).tolist()
    assert -sampler.score(lesson.prompt, [f"{lesson.completion}</s>"])[0] == pytest.approx(cost, rel=1e-3)


def test_a_new_version_has_to_beat_the_one_in_use(
    base: Path, adapter: tuple[Path, TuningMetrics], tmp_path: Path
) -> None:
    target, metrics = adapter
    short = tuned(base, tmp_path / "short", replace(CONFIG, cpu_seconds=15.0), in_use=target)
    assert short.held_out_in_use == pytest.approx(metrics.held_out, rel=1e-4)
    assert short.held_out_base == metrics.held_out_base
    assert not short.better
    gone = tuned(base, tmp_path / "gone", replace(CONFIG, cpu_seconds=15.0), in_use=tmp_path / "nowhere")
    assert gone.held_out_in_use == gone.held_out_base  # what can't be used needn't be beaten


METRICS = TuningMetrics(1, 16, 1, 1.0, {}, {"fantasy": 9.0, "replay": 9.0, "hindsight": 9.0}, {}, 1, 1.0, 1.0)


@pytest.mark.parametrize(
    ("held_out", "better"),
    [
        ({"fantasy": 8.0, "replay": 8.0}, True),
        ({"fantasy": 8.0, "replay": 9.5}, True),
        ({"fantasy": 9.5, "replay": 8.5}, False),
        ({"fantasy": 8.5, "replay": 10.0, "hindsight": 1.0}, False),
        ({"fantasy": 8.0, "hindsight": 99.0}, True),
        ({"fantasy": 8.0, "replay": math.nan}, False),
        ({}, False),  # nothing was held out: nothing is known
    ],
)
def test_better_means_over_fantasies_and_replays_together(held_out: dict[str, float], better: bool) -> None:
    assert replace(METRICS, held_out=held_out).better is better


def test_what_is_held_out_is_never_shown() -> None:
    measured, learned = trainer._split(toy_lessons(), 64)
    aside = {lesson.completion for items in measured.values() for lesson in items}
    assert aside and not aside & {lesson.completion for lesson in learned}
    assert aside == {lesson.completion for lesson in toy_lessons() if lesson.held_out}
    few, same = trainer._split(toy_lessons(), 2)
    assert same == learned and all(items == measured[source][:2] for source, items in few.items())
    backwards, _ = trainer._split(toy_lessons()[::-1], 2)
    assert {s: {i.completion for i in of} for s, of in backwards.items()} == {
        s: {i.completion for i in of} for s, of in few.items()
    }


def test_lessons_are_shown_by_source_and_share() -> None:
    sources = [("replay", 1.0), ("fantasy", 3.0), ("hindsight", 1.0)]
    lessons = [Lesson("p\n", "a", source, share) for source, share in sources]
    encoded = [Encoded([i], 0) for i in range(3)]
    config = TuningConfig(1.0, batch=10, replay_fraction=0.3)
    batches = trainer._Batches(encoded, encoded, lessons, config, random.Random(0))
    shown = [item.ids[0] for _ in range(80) for item in batches.next(brief=False)]
    counts = [shown.count(i) for i in range(3)]
    assert counts[0] == 0.3 * len(shown)
    assert counts[1] / counts[2] == pytest.approx(3, rel=0.25)


def test_masters_collect_what_half_precision_would_lose() -> None:
    """Steps too small for bfloat16 add up in float32, and are written back when they matter."""
    weight = torch.nn.Parameter(torch.ones(4, dtype=torch.bfloat16))
    masters = Masters([weight], learning_rate=1e-3)
    seen = set()
    for _ in range(8):
        weight.grad = torch.ones_like(weight)
        masters.step(1e-3)
        assert weight.grad is None and weight.dtype == torch.bfloat16
        assert torch.equal(weight, masters.copies[0].to(torch.bfloat16))
        seen.add(weight[0].item())
    assert masters.copies[0][0].item() == pytest.approx(1 - 8e-3, abs=1e-3)
    assert 1.0 in seen and min(seen) < 1.0  # the first step was lost in bfloat16, eight weren't


def test_progress_is_told(base: Path, tmp_path: Path) -> None:
    told: list[TuningProgress] = []
    metrics = tuned(base, tmp_path, replace(CONFIG, cpu_seconds=60.0), on_progress=told.append)
    assert 2 <= len(told) < metrics.steps
    assert [one.step for one in told] == sorted({one.step for one in told})


@pytest.mark.parametrize("lessons", [[], [Lesson("a\n", "b", "replay", 1.0, held_out=True)]])
def test_nothing_to_learn_from(base: Path, tmp_path: Path, lessons: list[Lesson]) -> None:
    with pytest.raises(ValueError, match="nothing to learn from"):
        tune(base, lessons, tmp_path, CONFIG)
