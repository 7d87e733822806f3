"""What the guides learn before they are measured: dreams of the library, a fitted prior, a network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import engine
from library.snapshot import Library
from synthesis.dreaming import DreamConfig, Dreams, make_dreams
from synthesis.frontier import Entry, Frontier
from synthesis.prior import fit_prior
from synthesis.recognition.training import TrainingConfig, TrainingProgress, TrainingResult, train
from synthesis.task import Task


@dataclass(frozen=True)
class Options:
    """CPU seconds: of dreaming, of training, and of a first wake a task (0: nothing is learned from the
    tasks but their inputs)."""

    dream_seconds: float
    training_seconds: float
    wake_seconds: float
    seed: int


@dataclass(frozen=True)
class Learned:
    library: Library
    frontiers: tuple[Frontier, ...]  # of the first wake
    dreams: Dreams
    prior: np.ndarray
    network: TrainingResult

    @property
    def cpu_seconds(self) -> float:
        return self.dreams.yields.cpu_seconds + self.network.metrics.cpu_seconds


def learn(tasks: Sequence[Task], options: Options) -> Learned:
    """Dreams on the tasks' inputs, and what the prior and the network make of them; progress goes to standard
    error."""
    library = Library.initial("list")
    frontiers = _first_wake(tasks, library, options.wake_seconds) if options.wake_seconds else ()
    dreams = make_dreams(
        library, frontiers, tasks, DreamConfig(cpu_seconds=options.dream_seconds, seed=options.seed)
    )
    print(f"dreams: {dreams.yields}", file=sys.stderr, flush=True)
    prior = fit_prior(library, frontiers, [(dream.program, dream.request) for dream in dreams.of("fantasy")])
    training = TrainingConfig(cpu_seconds=options.training_seconds, seed=options.seed)
    network = train(dreams, library, prior, training, _show)
    return Learned(library, frontiers, dreams, prior, network)


def _first_wake(tasks: Sequence[Task], library: Library, cpu_seconds: float) -> tuple[Frontier, ...]:
    """The tasks that so many CPU seconds each solve under uniform weights."""
    uniform = engine.Grammar.uniform(library.language)
    frontiers: list[Frontier] = []
    for task in tasks:
        request = engine.Type.parse(task.request)
        examples = [(example.inputs, example.output) for example in task.examples]
        found = uniform.search(request, examples, engine.Budget(cpu_seconds=cpu_seconds, keep=1)).solutions
        if found:
            term = found[0][0]
            log_prior = library.grammar.log_likelihood(term, request)
            entry = Entry(str(term), log_prior, 0.0, "prior", 1)
            frontiers.append(Frontier(task.name, task.request, (entry,)))
    return tuple(frontiers)


def _show(progress: TrainingProgress) -> None:
    held = progress.held_out
    replays = (
        ""
        if held.prior_replays is None
        else f"; replays: prior {held.prior_replays:.2f} grammar {held.grammar_replays:.2f} "
        f"decoder {held.decoder_replays:.2f}"
    )
    print(
        f"{progress.cpu_seconds:6.1f} s  step {progress.step}  loss {progress.loss:.2f}  held out: "
        f"prior {held.prior:.2f} grammar {held.grammar:.2f} decoder {held.decoder:.2f}{replays}",
        file=sys.stderr,
        flush=True,
    )
