"""Wake: one task, the guides there are, a budget of CPU seconds; what comes out is what really fits the
examples.

Cheap guides are asked first: their samples are run on the examples, and the enumerator searches a short
round under each one's grammar, so that an easy task costs little. A grammar that holds a share of another's
(a network's of the prior's) is searched in its place: two that know nearly the same would halve the budget.
The one replaced has the end of the budget, `late_share`, for the tasks that the other is wrong about.
Only what is left unsolved is put to the dear guides. Then come the long rounds, under all grammars. The first
round with a solution is the last; it runs on a little (`slack_nats`) for alternatives, and the most probable
programs under the library are kept.

**Who searches how long.** A grammar Q claims that the program costs about -log Q, and how much of its
probability a second of search covers falls by a factor e with each nat. So the grammar that has come least
far is always worth most: long rounds go window by window, and all grammars reach one level of nats before
any goes deeper, the guide that is cheaper first. A guide that is right early ends the search early, and one
that knows nothing spends seconds only where the others have looked as far.

**What a mistake costs.** Levels alone would let a grammar with too many programs keep the others waiting, so
of a budget for G grammars 1 / 2G is kept for each: a task that one of them would solve in s seconds is solved
with a budget of 2G s, however wrong the others are; where one is searched in another's place with half as
much again, and what that other would solve with 3 s. Asking counts as the guide's time, what it waited for a
server included, and a guide that took its G-th part by being asked searches last. It can't be interrupted
when it takes more than that; then what the cheap guides had before is what is certain: `short_share` of the
budget each, or 1 / `short_share` times the seconds. A guide that searches itself (`BoundedGuide`: deduction)
may spend `bounded_share` of the budget on that, and the rest is what the grammars share.

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
from library.domain import get_domain
from library.snapshot import Library
from synthesis.fit import fit_of_outputs, fit_of_program
from synthesis.frontier import FRONTIER_SIZE, Entry, Frontier, score
from synthesis.guide import BoundedGuide, Guidance, Guide
from synthesis.report import Attempt, FailedSample, GuideReport
from synthesis.task import Task, contradiction
from synthesis.tried_samples import TriedSample, distinct_by_outputs, try_samples

WINDOW_NATS = 1.5
"""How much deeper a grammar is searched before it is another's turn; the engine's own step."""

FAILED_KEPT = 16
"""Failed samples of one task that are recorded for hindsight."""


@dataclass(frozen=True)
class WakeBudget:
    """`seconds` of CPU time for one task, guides, samples and enumeration together; what guides wait for
    servers is taken from them too.

    `short_share`: of the seconds, what the short round under each cheap grammar may take (all of it where
    there is but one grammar and no dear guide). `bounded_share`: what a guide that searches itself may take.
    `late_share`: what a grammar has at the end in whose place another was searched.
    `programs`: a bound on all that is enumerated, 0 for none; with one that is hit before the clock, wake is
    deterministic. `bytes`: memory for one search's tables.
    """

    seconds: float
    short_share: float = 0.1
    bounded_share: float = 0.5
    late_share: float = 1 / 3
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
        search.run(guides)
    return search.attempt(time.monotonic() - started)


@dataclass
class _Round:
    """Where the search under one guide's grammar has come to."""

    guide: str
    grammar: Grammar
    explored_nats: float = 0.0
    over: bool = False  # nothing is left to search, or no memory to search it with
    cut: bool = False  # had all it may have while others wait
    seconds: float = 0.0  # that asking and the long rounds took
    programs: int = 0  # enumerated in the long rounds


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
    replaced: set[str] = field(default_factory=set)  # guides of whose grammar another's holds a share
    late_share: float = 0.0  # of the budget, what isn't to be spent yet
    entries: list[Entry] = field(default_factory=list)
    failed: dict[str, FailedSample] = field(default_factory=dict)  # by behaviour
    cpu_seconds: float = 0.0
    waited_seconds: float = 0.0
    programs: int = 0
    solved_by: str | None = None
    stopped: str = "no guide"

    @property
    def seconds_left(self) -> float:
        return (1 - self.late_share) * self.budget.seconds - self.cpu_seconds - self.waited_seconds

    @property
    def programs_left(self) -> int:
        return math.ceil((1 - self.late_share) * self.budget.programs) - self.programs

    @property
    def spent(self) -> bool:
        """Whether there is nothing left to search with."""
        return self.seconds_left <= 0 or bool(self.budget.programs and self.programs_left <= 0)

    def run(self, guides: Sequence[Guide]) -> None:
        """Asks and searches until something fits or the budget is spent."""
        dear = [guide for guide in guides if guide.dear]
        for guide in guides:
            if not guide.dear:
                self._ask(guide)
        late = [each for each in self.rounds if each.guide in self.replaced]
        self.rounds = [each for each in self.rounds if each.guide not in self.replaced]
        self.late_share = self.budget.late_share if late else 0.0
        if not self.entries and (len(self.rounds) > 1 or dear):
            for short in self.rounds:
                self._search(short, *self._share(self.budget.short_share))
        for guide in dear:
            if not self.entries and not self.spent and not self.cancellation.cancelled:
                self._ask(guide)
        if self.entries:
            self._improve()
        else:
            self._long_rounds()
            if late and not self.entries:
                self.late_share, self.rounds = 0.0, late
                self._long_rounds()

    def _ask(self, guide: Guide) -> None:
        """Gets one guide's grammar and samples, and runs the samples."""
        started = time.thread_time()
        try:
            if isinstance(guide, BoundedGuide):
                seconds = min(self.budget.bounded_share * self.budget.seconds, self.seconds_left)
                guide = guide.bounded(seconds, self.cancellation)
            guidance = guide.guide(self.task)
        except (
            Exception
        ) as error:  # whatever befalls a guide, the task still has the others: reported, not raised
            guidance = Guidance(cpu_seconds=time.thread_time() - started)
            self._report(guide.name, error=f"{type(error).__name__}: {error}"[:500])
        tried = try_samples(self.library, self.task.request, self.task.inputs, guidance.samples)
        measured = [(one.sample.program, self._fit(one.outputs)) for one in tried]
        fitting = [(program, fit) for program, fit in measured if math.isfinite(fit)]
        distinct = distinct_by_outputs(tried)
        cpu_seconds = max(time.thread_time() - started, guidance.cpu_seconds)
        self._report(
            guide.name,
            requested=guidance.requested,
            valid=guidance.valid,
            unique=len(tried),
            distinct_outputs=len(distinct),
            fitting=len(fitting),
            cpu_seconds=cpu_seconds,
            waited_seconds=guidance.waited_seconds,
            tokens=guidance.tokens,
            prompt=dict(guidance.prompt),
            programs=guidance.programs,
        )
        if guidance.grammar is not None:
            asked = cpu_seconds + guidance.waited_seconds
            self.rounds.append(_Round(guide.name, guidance.grammar, seconds=asked))
            if guidance.smoothed_with is not None:
                self.replaced.add(guidance.smoothed_with)
        for one in distinct:
            self._remember(guide.name, one)
        self.cpu_seconds += cpu_seconds
        self.waited_seconds += guidance.waited_seconds
        self.programs += len(tried) + guidance.programs
        self._keep(guide.name, fitting)

    def _long_rounds(self) -> None:
        """Window by window under the grammar that has come least far, until something fits."""
        for each in self.rounds:
            each.cut = each.seconds >= self.budget.seconds / len(self.rounds)
        while not self.entries and not self.spent and not self.cancellation.cancelled:
            going = [each for each in self.rounds if not each.over]
            turn = [each for each in going if not each.cut] or going
            if not turn:
                return
            chosen = min(turn, key=lambda each: each.explored_nats)
            others = [each.explored_nats for each in turn if each is not chosen]
            level = max(chosen.explored_nats + WINDOW_NATS, min(others)) if others else 0.0
            last = chosen.cut or not others
            self._long_round(chosen, self._unreserved(chosen, going), level)
            if level == 0 or chosen.explored_nats < level:
                if last and not chosen.over:
                    break
                chosen.cut = True
        if self.entries:
            return
        if self.cancellation.cancelled:
            self.stopped = "cancelled"
        elif self.spent:
            self.stopped = "seconds" if self.seconds_left <= 0 else "programs"

    def _long_round(self, chosen: _Round, most: tuple[float, int], level: float) -> None:
        """Searches down to `level` (0: no bound), and on for alternatives to what was found there."""
        before = self.cpu_seconds, self.programs
        cheapest = self._search(chosen, *most, nats=level)
        if cheapest is not None and level:
            alternatives = cheapest + self.budget.slack_nats
            if chosen.explored_nats < alternatives:
                self._search(chosen, *self._share(self.budget.short_share), nats=alternatives)
        chosen.seconds += self.cpu_seconds - before[0]
        chosen.programs += self.programs - before[1]

    def _share(self, share: float) -> tuple[float, int]:
        """So much of the budget, in seconds and programs, as far as that is left."""
        programs = min(math.ceil(share * self.budget.programs), self.programs_left)
        return min(share * self.budget.seconds, self.seconds_left), programs

    def _unreserved(self, chosen: _Round, going: Sequence[_Round]) -> tuple[float, int]:
        """What is left of the budget, in seconds and programs, without what is kept for the others."""
        share = 1 / (2 * len(self.rounds))
        seconds, programs = self.seconds_left, float(self.programs_left)
        for other in going:
            if other is not chosen and not other.cut:
                seconds -= max(0.0, share * self.budget.seconds - other.seconds)
                programs -= max(0.0, share * self.budget.programs - other.programs)
        even = 1 / len(going)  # where asking took more than a share, what is left is shared evenly
        return max(seconds, even * self.seconds_left), math.ceil(max(programs, even * self.programs_left))

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
            failed=tuple(
                sorted(self.failed.values(), key=lambda sample: -sample.log_probability)[:FAILED_KEPT]
            ),
        )

    def _remember(self, guide: str, tried: TriedSample) -> None:
        """Keeps a sample that ran, is no constant and doesn't fit: the most probable of its behaviour."""
        constant = len(tried.outputs) > 1 and len(set(map(repr, tried.outputs))) < 2
        if tried.failed or constant or math.isfinite(self._fit(tried.outputs)):
            return
        sample = FailedSample(guide, str(tried.sample.program), tried.sample.log_probability)
        known = self.failed.setdefault(tried.behaviour, sample)
        if known.log_probability < sample.log_probability:
            self.failed[tried.behaviour] = sample

    def _improve(self) -> None:
        """Samples that fit may be long-winded: a short search for programs that are likelier than the best
        of them.
        """
        best = max(self.entries, key=lambda entry: entry.log_posterior)
        request = Type.parse(self.task.request)
        for cheapest in self.rounds[:1]:
            nats = -cheapest.grammar.log_likelihood(Term.parse(best.program), request)
            if math.isfinite(nats) and nats > cheapest.explored_nats:
                self._search(cheapest, *self._share(self.budget.short_share), nats=nats)

    def _search(self, of: _Round, seconds: float, programs: int, nats: float = 0.0) -> float | None:
        """Goes on under one grammar for so many seconds and (0 in the budget: any number of) programs, as
        deep as `nats` (0: no bound). The cost of the first solution under that grammar, in nats.
        """
        if of.over or self.spent:
            return None
        limits = Budget(
            cpu_seconds=seconds,
            programs=programs if self.budget.programs else 0,
            nats=nats,
            start_nats=of.explored_nats,
            slack_nats=self.budget.slack_nats,
            bytes=self.budget.bytes,
            keep=self.budget.keep,
        )
        examples = [(example.inputs, example.output) for example in self.task.examples]
        try:
            result = of.grammar.search(
                Type.parse(self.task.request),
                examples,
                limits,
                self.cancellation,
                likelihood=get_domain(self.library.domain).likelihood,
            )
        except EngineError as error:  # a grammar that can't be searched for this request
            of.over = True
            self._report(of.guide, error=f"{type(error).__name__}: {error}"[:500])
            return None
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
        measured = [(term, fit_of_program(self.task, self.library, term)) for term, _ in result.solutions]
        self._keep(of.guide, [(term, fit) for term, fit in measured if math.isfinite(fit)])
        return min((cost for _, cost in result.solutions), default=None)

    def _fit(self, outputs: Sequence[Any]) -> float:
        return fit_of_outputs(self.task, self.library.domain, outputs)

    def _keep(self, guide: str, fitting: Iterable[tuple[Term, float]]) -> None:
        """`fitting`: programs with their log likelihoods."""
        for term, log_likelihood in fitting:
            scored = score(term, self.task.request, self.library)
            if scored is not None:
                program, log_prior = scored
                self.entries.append(Entry(str(program), log_prior, log_likelihood, guide, self.iteration))
        if self.entries and self.solved_by is None:
            self.solved_by = guide
            self.stopped = "found"
            self._report(guide, solved=True)

    def _report(self, guide: str, **changes: Any) -> None:
        self.reports[guide] = replace(self.reports.get(guide, GuideReport()), **changes)
