"""The loop: wake, abstraction sleep, dream sleep, as phases that go on where a killed process left them.

A phase reads what it needs from the keeper, does what isn't recorded yet, and records it: wake task by
task, the sleeps as a whole. Before the first wake there is a dream of the initial library (iteration 0), so
that even the first wake has its guides. What was solved once stays solved: frontiers are merged, never
replaced by an empty one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import Term
from library.compression import CompressionConfig, FrontierPrograms, compress
from library.domain import get_domain
from library.snapshot import Library
from synthesis.controls import Knowledge, draw_tasks, make_arms, run_controls
from synthesis.dream_sleep import Cancelled, dream_sleep
from synthesis.executor import LocalExecutor, make_executor
from synthesis.frontier import Entry, Frontier
from synthesis.keeper import Keeper, MemoryKeeper, RunConfig
from synthesis.report import Attempt, Dream, Sleep, iteration_report
from synthesis.run_guides import documented_by_model
from synthesis.task import Task
from synthesis.wake import WakeBudget
from synthesis.wake_work import WakeWork

__all__ = [
    "PHASES",
    "Attempt",
    "Dream",
    "Keeper",
    "MemoryKeeper",
    "RunConfig",
    "Sleep",
    "help_wake",
    "learn",
    "run_phase",
]

PHASES = ("wake", "abstraction", "dream")


def learn(
    tasks: Sequence[Task],
    config: RunConfig,
    keeper: Keeper,
    test_tasks: Sequence[Task] = (),
    model_key: str = "none",
) -> Iterator[dict[str, Any]]:
    """The whole run, resuming what the keeper has of it; yields each iteration's report. Ends early if
    cancelled.

    `test_tasks` are only attempted, with what each iteration learned, never learned from.
    """
    keeper.emit({"type": "run", "state": "running"})
    for iteration in range(1, config.iterations + 1):
        for phase in PHASES:
            run_phase(phase, iteration, tasks, config, keeper, test_tasks, model_key)
            if keeper.cancelled():
                keeper.emit({"type": "run", "state": "cancelled"})
                return
        report = keeper.report(iteration)
        assert report is not None  # the dream phase records it
        yield report
    keeper.emit({"type": "run", "state": "finished"})


def run_phase(
    phase: str,
    iteration: int,
    tasks: Sequence[Task],
    config: RunConfig,
    keeper: Keeper,
    test_tasks: Sequence[Task] = (),
    model_key: str = "none",
) -> None:
    """Does what is left of one phase; returns early, with less recorded, once the keeper is cancelled.

    Raises ValueError where the phases before it are incomplete.
    """
    run = _Run(tasks, config, keeper, test_tasks, model_key)
    if phase == "wake":
        if iteration == 1:
            run.dream(0)
        run.wake(iteration)
    elif phase == "abstraction":
        run.abstract(iteration)
    elif phase == "dream":
        run.dream(iteration)
        run.report(iteration)
    else:
        raise ValueError(f"no phase is called {phase!r}; they are {', '.join(PHASES)}")


def help_wake(
    iteration: int, tasks: Sequence[Task], config: RunConfig, keeper: Keeper, model_key: str = "none"
) -> None:
    """Attempts tasks of a wake that another process has begun, as long as there are some that nobody has."""
    _Run(tasks, config, keeper, (), model_key).search(iteration, waits=False)


class _Run:
    """The phases of one run."""

    def __init__(
        self,
        tasks: Sequence[Task],
        config: RunConfig,
        keeper: Keeper,
        test_tasks: Sequence[Task],
        model_key: str,
    ):
        self.tasks, self.config, self.keeper = tasks, config, keeper
        self.test_tasks, self.model_key = test_tasks, model_key

    def wake(self, iteration: int) -> None:
        """Attempts every task that has no attempt in this iteration yet, and records each as it ends."""
        attempts = self.keeper.attempts(iteration)
        if all(task.name in attempts for task in self.tasks) or self.keeper.cancelled():
            return
        self._phase(iteration, "wake", "started")
        self.search(iteration, waits=True)
        if not self.keeper.cancelled():
            self._phase(iteration, "wake", "finished")

    def search(self, iteration: int, waits: bool) -> None:
        """Attempts what nobody has attempted in this iteration. Where other processes have the rest of it,
        it waits for them (one may die, and leave us its tasks), or ends."""
        attempts = self.keeper.attempts(iteration)
        left = [task for task in self.tasks if task.name not in attempts]
        library, frontiers = self._before(iteration)
        solved = {name for name, frontier in frontiers.items() if frontier.solved}
        solved |= {attempt.task for attempt in attempts.values() if attempt.entries}
        left.sort(key=lambda task: task.name in solved)  # the long searches first: no worker idles at the end
        told: set[tuple[str, str]] = set()
        mine = self._claimed(iteration, left, waits)
        work = self._work(iteration, iteration - 1, library, frontiers, solved)
        for attempt in self._attempts(work, mine):
            self.keeper.record_attempt(iteration, attempt)
            self._tell_errors(iteration, attempt, told)
            best = attempt.entries[0] if attempt.entries else frontiers[attempt.task].best
            self.keeper.emit(
                {
                    "type": "task",
                    "iteration": iteration,
                    "task": attempt.task,
                    "solved": best is not None,
                    "guide": best and best.guide,
                    "program": best and best.program,
                    "python": best and library.python(best.program, attempt.request),
                    "solved_total": self.keeper.solved(),
                }
            )

    def _claimed(self, iteration: int, tasks: Sequence[Task], waits: bool) -> Iterator[Task | None]:
        """Of these tasks those that are for this process; None while others have the rest."""
        left = {task.name: task for task in tasks}
        while left:
            # many at a time while there are many, so that claiming costs nothing; one at a time at the end
            names = self.keeper.claim(iteration, list(left), 1 + len(left) // (8 * self.config.workers))
            if names is None or (not names and not waits):
                return
            yield from [left.pop(name) for name in names]
            if not names:
                yield None

    def abstract(self, iteration: int) -> None:
        """Compresses what is known of all tasks after this iteration's wake."""
        if self.keeper.sleep(iteration) is not None or self.keeper.cancelled():
            return
        attempts = self.keeper.attempts(iteration)
        if any(task.name not in attempts for task in self.tasks):
            raise ValueError(f"the wake of iteration {iteration} isn't complete; run it first")
        self._phase(iteration, "abstraction", "started")
        started = time.thread_time()
        library, frontiers = self._before(iteration)
        merged = {name: frontier.with_entries(attempts[name].entries) for name, frontier in frontiers.items()}
        corpus = [
            FrontierPrograms(
                frontier.task,
                frontier.request,
                tuple((entry.program, entry.log_likelihood) for entry in frontier.entries),
            )
            for frontier in merged.values()
        ]
        config = CompressionConfig(
            inversion_steps=self.config.inversion_steps,
            max_arity=self.config.max_arity,
            structure_penalty=get_domain(library.domain).structure_penalty,
            max_abstractions=self.config.max_abstractions,
        )
        result = compress(library, corpus, config)
        if "model" in self.config.guides:
            result = documented_by_model(result, self.tasks, self.config, self.model_key)
        rewritten = {
            programs.task: _rewritten(merged[programs.task], programs, result.library)
            for programs in result.frontiers
        }
        sleep = Sleep(
            library=result.library,
            frontiers=rewritten,
            added=tuple(abstraction.name for abstraction in result.added),
            description_length_before=result.description_length_before,
            description_length_after=result.description_length_after,
            cpu_seconds=time.thread_time() - started,
            gains=result.gains,
            savings=result.savings,
        )
        self.keeper.record_sleep(iteration, sleep)
        for abstraction in result.added:
            self.keeper.emit(
                {
                    "type": "abstraction",
                    "iteration": iteration,
                    "name": abstraction.name,
                    "signature": abstraction.type,
                    "body": abstraction.body,
                    "python": result.library.python(str(abstraction.term.body), abstraction.type),
                    "uses": result.uses[abstraction.name],
                    "gain": result.gains[abstraction.name],
                }
            )
        self._phase(iteration, "abstraction", "finished")

    def dream(self, iteration: int) -> None:
        """Dreams of the library as this iteration left it, and learns from them."""
        if self.keeper.dream(iteration) is not None or self.keeper.cancelled():
            return
        self._phase(iteration, "dream", "started")
        library, frontiers = self._after(iteration)
        failed = self._failed_samples(iteration)
        try:
            dream = dream_sleep(iteration, library, frontiers, self.tasks, failed, self.config, self.keeper)
        except Cancelled:
            return
        self.keeper.record_dream(iteration, dream)
        self._phase(iteration, "dream", "finished")

    def report(self, iteration: int) -> None:
        """Sums the iteration up, after its last phase; test tasks are attempted here, and after the last
        iteration the controls.
        """
        if self.keeper.report(iteration) is not None or self.keeper.cancelled():
            return
        sleep, dream = self.keeper.sleep(iteration), self.keeper.dream(iteration)
        if sleep is None or dream is None:
            raise ValueError(f"iteration {iteration} hasn't slept; run its phases first")
        solved_tests = None
        if self.test_tasks:
            work = self._work(iteration, iteration, sleep.library, sleep.frontiers)
            attempts = self._attempts(work, self.test_tasks)
            solved_tests = sum(bool(attempt.entries) for attempt in attempts)
            if self.keeper.cancelled():
                return
        attempts_so_far = [self.keeper.attempts(i) for i in range(1, iteration + 1)]
        report = iteration_report(iteration, attempts_so_far, sleep, dream, solved_tests)
        if iteration == self.config.iterations and self.config.control_tasks:
            controls = self._controls(iteration)
            if self.keeper.cancelled():
                return
            report |= {"controls": controls} if controls is not None else {}
        self.keeper.record_report(iteration, report)
        self.keeper.emit({"type": "iteration", **report})

    def _controls(self, iteration: int) -> dict[str, Any] | None:
        """What this iteration left against parts of it, and against what there was before the first wake.
        None where no task could be solved at all, or once cancelled."""
        (library, frontiers), (initial, empty) = self._after(iteration), self._after(0)
        solved = {name for name, frontier in frontiers.items() if frontier.solved}
        count, seed = self.config.control_tasks, self.config.seed
        drawn = draw_tasks(self.tasks, self.test_tasks, solved, count, seed)
        if not drawn.tasks:
            return None
        arms = make_arms(
            Knowledge(library, self._work(iteration, iteration, library, frontiers).guides),
            Knowledge(initial, self._work(iteration, 0, initial, empty).guides),
        )
        budget, executor = WakeBudget(self.config.seconds), LocalExecutor(self.config.workers)
        return run_controls(arms, drawn, budget, executor, self.keeper.cancelled)

    def _before(self, iteration: int) -> tuple[Library, dict[str, Frontier]]:
        """The library and every task's frontier as this iteration finds them."""
        return self._after(iteration - 1)

    def _after(self, iteration: int) -> tuple[Library, dict[str, Frontier]]:
        """The library and every task's frontier as this iteration's abstraction sleep left them."""
        empty = {task.name: Frontier(task.name, task.request) for task in self.tasks}
        if iteration == 0:
            return Library.initial(self.config.domain), empty
        sleep = self.keeper.sleep(iteration)
        if sleep is None:
            raise ValueError(f"iteration {iteration} has no abstraction sleep yet; run it first")
        return sleep.library, empty | dict(sleep.frontiers)

    def _failed_samples(self, iteration: int) -> list[tuple[str, str, str]]:
        """What guides proposed up to this iteration and failed with, the latest first: (request, program,
        task).
        """
        return [
            (attempt.request, sample.program, attempt.task)
            for earlier in range(iteration, 0, -1)
            for attempt in self.keeper.attempts(earlier).values()
            for sample in attempt.failed
        ]

    def _work(
        self,
        iteration: int,
        dreamt: int,
        library: Library,
        frontiers: Mapping[str, Frontier],
        solved: Iterable[str] = (),
    ) -> WakeWork:
        """A wake of this iteration with what the dream of iteration `dreamt` left for `library`; a short one
        for the tasks in `solved`."""
        dream = self.keeper.dream(dreamt)
        if dream is None:
            raise ValueError(f"iteration {dreamt} has no dream yet; run it first")
        bests = [(task, frontiers[task.name].best) for task in self.tasks]
        examples = tuple((task, best.program) for task, best in bests if best is not None)
        adapter = self.keeper.adapter(dreamt + 1)
        return WakeWork(
            iteration,
            self.config,
            self.model_key,
            library,
            dreamt,
            dream,
            examples,
            adapter,
            frozenset(solved),
            tuple(frontiers.values()),
        )

    def _attempts(self, work: WakeWork, tasks: Iterable[Task | None]) -> Iterator[Attempt]:
        """Wakes for `tasks`, side by side, as they end."""
        if self.config.executor == "local":
            work.guides  # noqa: B018  (built before threads share them)
        return make_executor(self.config).map(work, tasks, self.keeper.cancelled)

    def _tell_errors(self, iteration: int, attempt: Attempt, told: set[tuple[str, str]]) -> None:
        """An event for each guide that was left out, and why; once for each reason in a wake."""
        for name, report in attempt.guides.items():
            if report.error and (name, report.error) not in told:
                told.add((name, report.error))
                event = {"type": "guide", "iteration": iteration, "guide": name, "task": attempt.task}
                self.keeper.emit(event | {"detail": report.error})

    def _phase(self, iteration: int, phase: str, state: str) -> None:
        self.keeper.emit({"type": "phase", "iteration": iteration, "phase": phase, "state": state})


def _rewritten(frontier: Frontier, programs: FrontierPrograms, library: Library) -> Frontier:
    """The frontier with its programs as compression wrote them, each still credited to the guide that found
    it.
    """
    finder: dict[Term, Entry] = {}
    for entry in frontier.entries:
        finder.setdefault(Term.parse(entry.program).beta_normal(inline=True), entry)
    entries = [
        replace(finder[Term.parse(program).beta_normal(inline=True)], program=program)
        for program, _ in programs.programs
    ]
    return replace(frontier, entries=tuple(entries)).rescored(library)
