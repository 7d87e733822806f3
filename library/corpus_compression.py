"""The abstractions that make a corpus shorter, one after the other, on Stitch's costs: no types, no grammar.

Before the search itself there are cheaper ones, whose answers, measured on the whole corpus, it must beat:
of a sample of the tasks, where they are many, and without inverse β, where there is to be any. They are often
as good, and they are the answer where a budget ends the search. And several abstractions, each the best, may
together be worse than others: a corpus is also compressed without inverse β all the way.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import AbstractionCandidate, AbstractionCorpus, AbstractionSearchConfig, AbstractionUse, Term
from library.stitch_form import LEAF_COST, NODE_COST, with_names

SAMPLE = 1_000
"""Tasks of the sample; smaller corpora than four times that are searched at once."""
SAMPLE_CANDIDATES = 5
ROUND_SECONDS = 4.0
"""CPU seconds of one abstraction's searches, where no budget was given."""
_ROUNDS = 10  # that a budget is spread over; more of them must use what these leave
_LEAST_SECONDS = 0.01  # the engine's own budget must be positive


@dataclass(frozen=True)
class CorpusConfig:
    """``seconds``: CPU seconds for all of it, in each of several processes that work side by side; then the
    best so far is the answer. What is under way besides a search is finished. None: ROUND_SECONDS for each
    abstraction.
    """

    inversion_steps: int = 0
    max_arity: int = 3
    iterations: int = 10
    min_tasks: int = 2
    seconds: float | None = None

    @property
    def close_uses(self) -> bool:
        """Whether calls may leave out last arguments, as the search counts them."""
        return self.inversion_steps > 0

    def search(
        self, keep: int, seconds: float, inversion_steps: int | None = None
    ) -> AbstractionSearchConfig:
        """The engine's settings: parameters cost nothing in a body, as in Stitch."""
        return AbstractionSearchConfig(
            inversion_steps=self.inversion_steps if inversion_steps is None else inversion_steps,
            max_arity=self.max_arity,
            keep=keep,
            min_tasks=self.min_tasks,
            hole_cost=0,
            cpu_seconds=max(seconds, _LEAST_SECONDS),
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

    def to_json(self) -> dict[str, Any]:
        """With names for the abstractions, in the order they were found."""
        abstractions: list[dict[str, Any]] = []
        named: list[tuple[str, Term]] = []
        for number, each in enumerate(self.abstractions):
            name = f"fn_{number}"
            body = with_names(str(each.body), named)
            abstractions.append({"name": name, "body": body, "arity": each.arity, "uses": each.uses})
            named.append((name, each.term))
        return {
            "abstractions": abstractions,
            "rewritten": [with_names(str(term), named) for programs in self.tasks for term in programs],
            "ratio": self.cost_before / max(1, self.cost_after),
            "complete": self.complete,
        }


class Budget:
    """CPU seconds of the thread that made it, or none; a busy machine takes none away."""

    def __init__(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else time.thread_time() + seconds

    @property
    def left(self) -> float:
        return math.inf if self._ends is None else max(0.0, self._ends - time.thread_time())

    @property
    def spent(self) -> bool:
        return self.left == 0

    def charge(self, seconds: float) -> None:
        """Takes off what other processes used."""
        if self._ends is not None:
            self._ends -= seconds

    def half(self) -> Budget:
        return Budget(None if self._ends is None else self.left / 2)

    def of_round(self, rounds: int) -> Budget:
        """The share of the next of so many rounds; what it leaves is for the others."""
        return Budget(ROUND_SECONDS if self._ends is None else self.left / min(rounds, _ROUNDS))


def compress_corpus(tasks: Sequence[Sequence[Term]], config: CorpusConfig) -> CorpusCompression:
    """Up to ``iterations`` abstractions, each the best for what the ones before left of the corpus.

    Raises EngineError for indices above $63 and settings out of range.
    """
    return with_and_without_inversion(config, lambda settings, budget: _compress(tasks, settings, budget))


def with_and_without_inversion(
    config: CorpusConfig, compress: Callable[[CorpusConfig, Budget], CorpusCompression]
) -> CorpusCompression:
    """The better of two compressions, programs and bodies together; just one where there are no steps."""
    budget = Budget(config.seconds)
    if config.inversion_steps == 0:
        return compress(config, budget)
    plain = compress(replace(config, inversion_steps=0), budget.half())
    found = compress(config, budget)
    best = min(found, plain, key=_cost_with_bodies)
    return replace(best, complete=found.complete and plain.complete)


def _cost_with_bodies(found: CorpusCompression) -> int:
    return found.cost_after + sum(body_cost(each.body, each.arity) for each in found.abstractions)


def _compress(tasks: Sequence[Sequence[Term]], config: CorpusConfig, budget: Budget) -> CorpusCompression:
    corpus = AbstractionCorpus(tasks)
    sampled = sample_of(tasks)
    before, complete = corpus.total_cost, True
    found: list[CorpusAbstraction] = []
    while len(found) < config.iterations:
        if budget.spent:
            complete = False
            break
        now = budget.of_round(config.iterations - len(found))
        known = _best_known(corpus, sampled, config, now)
        searched = corpus.search(config.search(1, now.left), known.utility if known else 0)
        complete = complete and searched.complete
        best = as_abstraction(searched.candidates[0]) if searched.candidates else known
        if best is None:
            break
        for each in (corpus, sampled):
            if each:
                each.rewrite(best.term, best.arity, config.close_uses)
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


def _best_known(
    corpus: AbstractionCorpus, sampled: AbstractionCorpus | None, config: CorpusConfig, budget: Budget
) -> CorpusAbstraction | None:
    """What cheaper searches propose, measured on the whole corpus. Each may take half of what is left."""
    proposed = sampled.search(config.search(SAMPLE_CANDIDATES, budget.left / 2)).candidates if sampled else []
    if config.inversion_steps > 0:
        proposed += corpus.search(config.search(1, budget.left / 2, inversion_steps=0)).candidates
    candidates = [(candidate.body, candidate.arity) for candidate in proposed]
    uses = corpus.uses_of([(Term.abstraction(body), arity) for body, arity in candidates], config.close_uses)
    return max(measured(candidates, uses, config.min_tasks), key=lambda found: found.utility, default=None)
