"""The abstractions that make a corpus shorter, one after the other, on Stitch's costs: no types, no grammar.

A large corpus is searched twice. What a sample of its tasks says is nearly always the best; measured on the
whole, it is what the search of the whole must beat, and the answer where a budget ends that search.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine import AbstractionCandidate, AbstractionCorpus, AbstractionSearchConfig, AbstractionUse, Term

LEAF_COST, NODE_COST = 100, 1  # Stitch's: a primitive, variable or abstraction; an application or λ
SAMPLE = 1_000
"""Tasks of the sample; smaller corpora than four times that are searched at once."""
SAMPLE_CANDIDATES = 5
_LEAST_SECONDS = 0.01  # the engine's own budget must be positive


@dataclass(frozen=True)
class CorpusConfig:
    """``seconds``: of wall-clock time for all of it, None without a bound; then the best so far is the
    answer. A search counts its CPU seconds, and the rewriting under way is finished: on a busy machine it
    may take longer.
    """

    inversion_steps: int = 0
    max_arity: int = 3
    iterations: int = 10
    min_tasks: int = 2
    seconds: float | None = None

    def search(self, keep: int, seconds: float | None) -> AbstractionSearchConfig:
        """The engine's settings: parameters cost nothing in a body, as in Stitch."""
        shared = AbstractionSearchConfig()
        return AbstractionSearchConfig(
            inversion_steps=self.inversion_steps,
            max_arity=self.max_arity,
            keep=keep,
            min_tasks=self.min_tasks,
            hole_cost=0,
            cpu_seconds=shared.cpu_seconds if seconds is None else max(seconds, _LEAST_SECONDS),
        )


@dataclass(frozen=True)
class CorpusAbstraction:
    """``body`` is closed, of ``arity`` λ's; ``utility`` is what the tasks' cheapest programs save less the
    body's cost.
    """

    body: Term
    arity: int
    utility: int
    uses: int

    @property
    def term(self) -> Term:
        return Term.abstraction(self.body)


@dataclass(frozen=True)
class CorpusCompression:
    """``tasks`` are the rewritten programs, parallel to those given. Costs are of all programs together.

    ``complete`` is false where a budget ended a search or the rounds: there may be better abstractions.
    """

    abstractions: tuple[CorpusAbstraction, ...]
    tasks: list[list[Term]]
    cost_before: int
    cost_after: int
    complete: bool


class Deadline:
    """What is left of a budget in seconds; ``left`` is None without one."""

    def __init__(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float | None:
        return None if self._ends is None else self._ends - time.monotonic()

    @property
    def passed(self) -> bool:
        return self.left is not None and self.left <= 0


def compress_corpus(tasks: Sequence[Sequence[Term]], config: CorpusConfig) -> CorpusCompression:
    """Up to ``iterations`` abstractions, each the best for what the ones before left of the corpus.

    Raises EngineError for indices above $63 and settings out of range.
    """
    deadline = Deadline(config.seconds)
    corpus = AbstractionCorpus(tasks)
    sampled = sample_of(tasks)
    before, complete = corpus.total_cost, True
    found: list[CorpusAbstraction] = []
    while len(found) < config.iterations:
        if deadline.passed:
            complete = False
            break
        known = _best_of_sample(corpus, sampled, config, deadline) if sampled else None
        searched = corpus.search(config.search(1, deadline.left), known.utility if known else 0)
        complete = complete and searched.complete
        best = as_abstraction(searched.candidates[0]) if searched.candidates else known
        if best is None:
            break
        for each in (corpus, sampled):
            if each:
                each.rewrite(best.term, best.arity)
        found.append(best)
    return CorpusCompression(tuple(found), corpus.programs(), before, corpus.total_cost, complete)


def as_abstraction(candidate: AbstractionCandidate) -> CorpusAbstraction:
    return CorpusAbstraction(candidate.body, candidate.arity, candidate.utility, candidate.uses)


def measured(
    candidates: Sequence[tuple[Term, int]], uses: Sequence[AbstractionUse], min_tasks: int
) -> Iterator[CorpusAbstraction]:
    """Of the (closed body, arity) pairs those that pay for their body."""
    for (body, arity), use in zip(candidates, uses, strict=True):
        utility = use.saving - body_cost(body, arity)
        if utility > 0 and use.tasks >= min_tasks:
            yield CorpusAbstraction(body, arity, utility, use.uses)


def body_cost(body: Term, arity: int) -> int:
    """Of a closed body without its ``arity`` λ's; its parameters cost nothing."""
    for _ in range(arity):
        body = body.body
    total, left = 0, [(body, 0)]
    while left:
        here, depth = left.pop()
        if here.kind == "application":
            total += NODE_COST
            left += [(here.function, depth), (here.argument, depth)]
        elif here.kind == "lambda":
            total += NODE_COST
            left.append((here.body, depth + 1))
        elif here.kind != "index" or here.index < depth:
            total += LEAF_COST
    return total


def sample_of(tasks: Sequence[Sequence[Term]]) -> AbstractionCorpus | None:
    """About SAMPLE tasks, evenly spread; None where that wouldn't be much less than all."""
    stride = len(tasks) // SAMPLE
    return AbstractionCorpus(tasks[::stride]) if stride >= 4 else None


def _best_of_sample(
    corpus: AbstractionCorpus, sampled: AbstractionCorpus, config: CorpusConfig, deadline: Deadline
) -> CorpusAbstraction | None:
    """The sample's best few, measured on the whole corpus."""
    proposed = sampled.search(config.search(SAMPLE_CANDIDATES, deadline.left)).candidates
    candidates = [(candidate.body, candidate.arity) for candidate in proposed]
    uses = corpus.uses_of([(Term.abstraction(body), arity) for body, arity in candidates])
    return max(measured(candidates, uses, config.min_tasks), key=lambda found: found.utility, default=None)
