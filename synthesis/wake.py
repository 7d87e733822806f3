"""Wake: one task, the guides there are, a budget of CPU seconds; what comes out is what really fits the
examples.

Guides are asked cheapest first and their samples are run on the examples. Then the enumerator searches
under the guides' grammars in turn: a short round under each, then a long one that goes on where the short
one ended, so that an easy task costs little and no guide's mistake costs all. The first round with a
solution is the last; it runs on a little (`slack_nats`) for alternatives, and the most probable programs
under the library are kept.

A guide that fails is reported and left out. Wake knows nothing of other tasks, or of how guides were
trained.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import Budget, Cancellation, EngineError, Grammar, Term, Type
from library.snapshot import Library
from synthesis.frontier import FRONTIER_SIZE, Entry, Frontier, score
from synthesis.guide import Guidance, Guide
from synthesis.report import Attempt, GuideReport
from synthesis.task import Task, TaskError, contradiction


@dataclass(frozen=True)
class WakeBudget:
    """`seconds` of CPU time for one task, guides, samples and enumeration together.

    `short_share`: of the seconds, what the short round under each grammar may take (all of it where there
    is but one grammar). `programs`: a bound on all that is enumerated, 0 for none; with one that is hit
    before the clock, wake is deterministic. `bytes`: memory for one search's tables.
    """

    seconds: float
    short_share: float = 0.1
    slack_nats: float = 1.5
    programs: int = 0
    keep: int = FRONTIER_SIZE
    bytes: int = 1 << 28


def wake(
    task: Task,
    library: Library,
    guides: Sequence[Guide],
    budget: WakeBudget,
    iteration: int = 0,
    cancellation: Cancellation | None = None,
) -> Attempt:
    """One attempt at `task`. Never raises for what a guide does; a contradictory task isn't searched at
    all.
    """
    started = time.monotonic()
    search = _Search(task, library, budget, iteration, cancellation or Cancellation())
    if contradiction(task) is not None:
        search.stopped = "contradictory"
    else:
        for guide in guides:
            search.ask(guide)
        search.enumerate()
    return search.attempt(time.monotonic() - started)


@dataclass
class _Round:
    """Where the search under one guide's grammar has come to."""

    guide: str
    grammar: Grammar
    explored_nats: float = 0.0
    over: bool = False  # nothing is left to search, or no memory to search it with


@dataclass
class _Search:
    """What one attempt has found and spent so far."""

    task: Task
    library: Library
    budget: WakeBudget
    iteration: int
    cancellation: Cancellation
    reports: dict[str, GuideReport] = field(default_factory=dict)
    rounds: list[_Round] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    cpu_seconds: float = 0.0
    programs: int = 0
    solved_by: str | None = None
    stopped: str = "no guide"

    def ask(self, guide: Guide) -> None:
        """Gets one guide's grammar and samples, and runs the samples."""
        started = time.thread_time()
        try:
            guidance = guide.guide(self.task)
        except (
            Exception
        ) as error:  # whatever befalls a guide, the task still has the others: reported, not raised
            guidance = Guidance(cpu_seconds=time.thread_time() - started)
            self._report(guide.name, error=f"{type(error).__name__}: {error}"[:500])
        fitting = [sample.program for sample in guidance.samples if self._fits(sample.program)]
        if guidance.grammar is not None:
            self.rounds.append(_Round(guide.name, guidance.grammar))
        spent = max(time.thread_time() - started, guidance.cpu_seconds)
        self._report(
            guide.name,
            requested=guidance.requested,
            valid=guidance.valid,
            fitting=len(fitting),
            cpu_seconds=spent,
        )
        self.cpu_seconds += spent
        self.programs += len(guidance.samples)
        self._keep(guide.name, fitting)

    def enumerate(self) -> None:
        """Rounds under the guides' grammars until one has a solution or the budget is spent."""
        if self.entries:
            self._improve()
            return
        if len(self.rounds) > 1:
            for short in self.rounds:
                self._search(short, self.budget.short_share)
        for position, long in enumerate(self.rounds):
            self._search(long, 1 / (len(self.rounds) - position), of_the_rest=True)

    def attempt(self, seconds: float) -> Attempt:
        """All of it, as recorded."""
        kept = Frontier(self.task.name, self.task.request, k=self.budget.keep).with_entries(self.entries)
        return Attempt(
            task=self.task.name,
            request=self.task.request,
            entries=kept.entries,
            seconds=seconds,
            cpu_seconds=self.cpu_seconds,
            programs=self.programs,
            guides=self.reports,
            stopped=self.stopped,
            solved_by=self.solved_by,
        )

    def _improve(self) -> None:
        """Samples that fit may be long-winded: a short search for programs that are likelier than the best
        of them.
        """
        best = max(self.entries, key=lambda entry: entry.log_posterior)
        request = Type.parse(self.task.request)
        for cheapest in self.rounds[:1]:
            nats = -cheapest.grammar.log_likelihood(Term.parse(best.program), request)
            if math.isfinite(nats):
                self._search(cheapest, self.budget.short_share, nats=nats)

    def _search(self, of: _Round, share: float, of_the_rest: bool = False, nats: float = 0.0) -> None:
        """Goes on under one grammar, for a share of the whole budget or of what is left of it.

        `nats` (0: no bound) is for looking below a solution; without it nothing is done once there is one.
        """
        left = self.budget.seconds - self.cpu_seconds
        programs_left = self.budget.programs - self.programs
        if (
            of.over
            or left <= 0
            or (self.budget.programs and programs_left <= 0)
            or (self.entries and not nats)
        ):
            return
        programs = math.ceil(share * (programs_left if of_the_rest else self.budget.programs))
        limits = Budget(
            cpu_seconds=share * left if of_the_rest else min(left, share * self.budget.seconds),
            programs=min(programs, programs_left) if self.budget.programs else 0,
            nats=nats,
            start_nats=of.explored_nats,
            slack_nats=self.budget.slack_nats,
            bytes=self.budget.bytes,
            keep=self.budget.keep,
        )
        examples = [(example.inputs, example.output) for example in self.task.examples]
        try:
            result = of.grammar.search(Type.parse(self.task.request), examples, limits, self.cancellation)
        except EngineError as error:  # a grammar that can't be searched for this request
            of.over = True
            self._report(of.guide, error=f"{type(error).__name__}: {error}"[:500])
            return
        of.explored_nats = result.explored_nats
        of.over = result.stopped in ("exhausted", "memory", "cancelled")
        self.cpu_seconds += result.cpu_seconds
        self.programs += result.programs
        report = self.reports[of.guide]
        self._report(
            of.guide,
            programs=report.programs + result.programs,
            cpu_seconds=report.cpu_seconds + result.cpu_seconds,
        )
        if not self.entries:
            self.stopped = result.stopped
        # The engine has checked these; a second look keeps a mistake there from becoming "solved".
        self._keep(of.guide, [term for term, _ in result.solutions if self._fits(term)])

    def _fits(self, term: Term) -> bool:
        """Whether the program gives every example's output. A failure of any kind fits nothing."""
        try:
            outputs = self.library.language.evaluate(term, Type.parse(self.task.request), self.task.inputs)
        except EngineError:  # ill-typed, or of another language
            return False
        return all(
            same_value(output, example.output)
            for output, example in zip(outputs, self.task.examples, strict=True)
        )

    def _keep(self, guide: str, terms: Iterable[Term]) -> None:
        for term in terms:
            scored = score(term, self.task.request, self.library)
            if scored is not None:
                program, log_prior = scored
                self.entries.append(Entry(str(program), log_prior, 0.0, guide, self.iteration))
        if self.entries and self.solved_by is None:
            self.solved_by = guide
            self.stopped = "found"
            self._report(guide, solved=True)

    def _report(self, guide: str, **changes: Any) -> None:
        self.reports[guide] = replace(self.reports.get(guide, GuideReport()), **changes)


def same_value(one: Any, other: Any) -> bool:
    """Equality that tells `True` from 1, at any depth."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    return type(one) is type(other) and one == other


def solve(task: Task, library: Library, guides: Sequence[Guide], budget: WakeBudget) -> dict[str, Any]:
    """One wake as the command line and the service print it; `reason` and `detail` only where it isn't
    solved.
    """
    attempt = wake(task, library, guides, budget)
    best = attempt.entries[0] if attempt.entries else None
    line: dict[str, Any] = {
        "name": task.name,
        "solved": best is not None,
        "program": best and best.program,
        "python": best and library.python(best.program, task.request),
        "log_posterior": best and best.log_posterior,
        "seconds": attempt.seconds,
        "cpu_seconds": attempt.cpu_seconds,
        "programs": attempt.programs,
    }
    return line if best is not None else line | _reason(task, attempt, budget)


def refused(error: TaskError) -> dict[str, Any]:
    """The line of a task that can't be attempted: contradictory, ill-typed or unsupported."""
    return {
        "name": error.task,
        "solved": False,
        "program": None,
        "python": None,
        "log_posterior": None,
        "seconds": 0.0,
        "cpu_seconds": 0.0,
        "programs": 0,
        "reason": error.kind,
        "detail": str(error),
    }


def _reason(task: Task, attempt: Attempt, budget: WakeBudget) -> dict[str, str]:
    errors = "; ".join(f"{name}: {report.error}" for name, report in attempt.guides.items() if report.error)
    note = f" (without {errors})" if errors else ""
    if attempt.stopped == "contradictory":
        return {"reason": "contradictory", "detail": contradiction(task) or ""}
    if attempt.stopped == "exhausted" and attempt.programs == 0:
        return {"reason": "unsupported", "detail": f"the library has no program of type {task.request}{note}"}
    searched = f"no solution among {attempt.programs:,} programs in {attempt.cpu_seconds:.1f} CPU seconds"
    if attempt.stopped == "seconds":
        return {"reason": "budget", "detail": f"{searched}; give it more than {budget.seconds:g}{note}"}
    return {"reason": "budget", "detail": f"{searched}; stopped by: {attempt.stopped}{note}"}
