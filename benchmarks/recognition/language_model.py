"""What a language model is worth on the same tasks, once it is tuned on dreams.

Nothing is learned from the tasks but their inputs. The model is asked in this process, on one thread, so that
CPU seconds are what its samples cost.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from benchmarks.recognition.solving import fits
from benchmarks.row import Row
from library.snapshot import Library
from synthesis.dreaming import Dream
from synthesis.guide import Guidance
from synthesis.model_guide import TUNED_TEMPERATURE, ModelGuide, Sampling
from synthesis.program_prompts import Continuations, Instructions
from synthesis.run_tuning import TEMPERING
from synthesis.samplers.local_sampler import LocalSampler
from synthesis.task import Task
from synthesis.tuning.config import TuningConfig
from synthesis.tuning.job import TuningJob, run_job
from synthesis.tuning.lessons import lessons

SAMPLES, FREE_SAMPLES, UNTUNED_SAMPLES = 64, 16, 8
"""A task: held to the grammar; free, to see how many are programs; and of the model before tuning, to which
the library and the examples are explained, on every fifth task."""


@dataclass(frozen=True)
class ModelOptions:
    """`base`: folder of the model. `adapter`: a tuned version of it, None to tune one for so many CPU
    seconds, in the folder `work`."""

    base: Path
    work: Path
    tuning_seconds: float
    adapter: Path | None
    seed: int


def model_rows(
    tasks: Sequence[Task], library: Library, dreams: Sequence[Dream], options: ModelOptions
) -> Iterator[Row]:
    """The figures, as they come."""
    adapter = options.adapter
    if adapter is None:
        job = TuningJob(options.base, TuningConfig(options.tuning_seconds, seed=options.seed))
        taught = lessons(dreams, library, TEMPERING, options.seed)
        metrics = run_job(options.work, job, taught, lambda progress: print(progress, file=sys.stderr))
        adapter = options.work / "adapter"
        yield Row("tuning", metrics.cpu_seconds, "CPU-seconds", None, 1800.0, detail=metrics.to_json())

    untuned = ModelGuide(
        LocalSampler(options.base),
        library,
        Instructions(library),
        Sampling(UNTUNED_SAMPLES, constrained=False),
    )
    yield _valid("samples that are programs, untuned", _asked(untuned, tasks[::5]))

    tuned = ModelGuide(
        LocalSampler(options.base, adapter),
        library,
        Continuations(seed=options.seed),
        Sampling(SAMPLES, TUNED_TEMPERATURE),
    )
    free = ModelGuide(
        tuned.sampler,
        library,
        tuned.prompts,
        replace(tuned.sampling, samples=FREE_SAMPLES, constrained=False),
    )
    yield replace(_valid("samples that are programs, tuned", _asked(free, tasks)), floor=0.8)
    held = _asked(tuned, tasks)
    yield replace(_valid("samples that are programs, held to the grammar", held), floor=1.0)
    fitting = {
        task.name: str(sample.program)
        for task, guidance in zip(tasks, held, strict=True)
        for sample in reversed(guidance.samples)
        if fits(library, task, sample.program)
    }
    yield Row(
        f"solved in {SAMPLES} samples, language model",
        len(fitting),
        "tasks",
        floor=17,
        aim=28,
        detail={"programs": fitting},
    )
    yield Row(
        f"{SAMPLES} samples of the language model",
        mean(guidance.cpu_seconds for guidance in held),
        "CPU-seconds a task",
        detail={
            "tokens": mean(guidance.tokens for guidance in held),
            "distinct": mean(len(guidance.samples) for guidance in held),
        },
    )


def _asked(guide: ModelGuide, tasks: Sequence[Task]) -> list[Guidance]:
    guidances: list[Guidance] = []
    for number, task in enumerate(tasks, start=1):
        guidances.append(guide.guide(task))
        print(f"model: {number} of {len(tasks)}, {guide.counts}", file=sys.stderr, flush=True)
    return guidances


def _valid(name: str, guidances: Sequence[Guidance]) -> Row:
    requested = sum(guidance.requested for guidance in guidances)
    detail = {"requested": requested, "distinct": sum(len(guidance.samples) for guidance in guidances)}
    return Row(name, sum(g.valid for g in guidances) / requested, "of all drawn", detail=detail)
