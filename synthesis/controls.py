"""Controls: what each part of a run is worth, on the same tasks at the same cost.

An arm is a library and the parts of guides that it may use. Every arm gets the same CPU seconds for a task,
all in: the guides' own, the enumeration's, and the time spent waiting for a language model, a second for a
second. A solution counts only if it came within them. Arms are compared task by task, for two counts that
differ by one say nothing.

It runs after the last iteration, with what that one left, and learns nothing.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import Cancellation, Term
from library.snapshot import Library
from synthesis.executor import Executor
from synthesis.frontier import Entry, Frontier
from synthesis.guide import BoundedGuide, Guidance, Guide, SamplingGuide
from synthesis.prior import FittedPrior
from synthesis.report import finite, reuse
from synthesis.task import Task, contradiction
from synthesis.wake import WakeBudget, wake

MODEL, DEDUCTION = "model", "deduction"
MEASURED = {"network": "recognition network", MODEL: "language model", DEDUCTION: "deduction"}
"""Guides besides the prior, and what people call them. Each has an arm without it."""

OVERRUN = 0.1
"""Of a task's seconds: what a solution may come late by, since the clock is looked at between steps only."""


@dataclass(frozen=True)
class Knowledge:
    """A library, and the guides that were made for it."""

    library: Library
    guides: Sequence[Guide]


@dataclass(frozen=True)
class Part:
    """What an arm uses of a guide."""

    guide: Guide
    samples: bool = True
    grammar: bool = True


@dataclass(frozen=True)
class Arm:
    """One way to spend the budget. `redraw`: draw again and again until it is spent, and don't enumerate."""

    name: str
    library: Library
    parts: tuple[Part, ...]
    redraw: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for arms that would do the same."""
        used = [(id(part.guide), part.samples and _samples(part.guide), part.grammar) for part in self.parts]
        return self.library.content_hash, tuple(used), self.redraw


@dataclass(frozen=True)
class ControlTasks:
    """The tasks of the controls. `source`: "test", or "training": then what was learned was learned from them
    too, and `solved_before` of them are ones that the run had solved."""

    tasks: tuple[Task, ...]
    source: str
    solved_before: int = 0


@dataclass(frozen=True)
class Trial:
    """One task in one arm. `charged_seconds` all in, `waited_seconds` of them for a server; `distinct`: valid
    samples without repetitions; `errors`: by guide, why it was left out."""

    task: Task
    entries: tuple[Entry, ...]
    charged_seconds: float
    waited_seconds: float
    programs: int
    requested: int
    valid: int
    distinct: int
    tokens: int
    errors: Mapping[str, str]


def draw_tasks(
    tasks: Sequence[Task], test_tasks: Sequence[Task], solved: set[str], count: int, seed: int
) -> ControlTasks:
    """At most `count` tasks that have a solution to be found, each as likely as the next.

    Test tasks where there are any; else training tasks, half of them in `solved` and half not, or as near to
    that as they allow. The same for the same seed, in their own order.
    """
    rng = random.Random(seed)
    possible = [task for task in (test_tasks or tasks) if contradiction(task) is None]
    if test_tasks:
        drawn = rng.sample(possible, min(count, len(possible)))
    else:
        known = [task for task in possible if task.name in solved]
        unknown = [task for task in possible if task.name not in solved]
        of_known = min(len(known), max(count // 2, count - len(unknown)))
        drawn = rng.sample(known, of_known) + rng.sample(unknown, min(len(unknown), count - of_known))
    chosen = {task.name for task in drawn}
    ordered = tuple(task for task in possible if task.name in chosen)
    if test_tasks:
        return ControlTasks(ordered, "test")
    return ControlTasks(ordered, "training", sum(name in solved for name in chosen))


def make_arms(learned: Knowledge, initial: Knowledge) -> list[Arm]:
    """The arms that these guides allow. `initial`: as before the first wake.

    A language model's grammar is counted from its samples, so enumeration alone does without it, as without
    deduction; a network's is not. Where no other guide is left, the library's own weights take their place.
    """
    library, guides = learned.library, learned.guides
    others = [guide for guide in guides if guide.name not in (MODEL, DEDUCTION)]
    others = others or [FittedPrior(library.grammar)]
    drawing = [guide for guide in guides if _samples(guide)]
    arms: list[Arm] = []
    if drawing:
        arms.append(Arm("enumeration", library, tuple(Part(guide, samples=False) for guide in others)))
        parts = tuple(Part(guide, grammar=False) for guide in drawing)
        arms.append(Arm("samples", library, parts, redraw=True))
    arms.append(Arm("both", library, tuple(map(Part, guides))))
    arms.append(Arm("initial library", initial.library, tuple(map(Part, initial.guides))))
    for name in MEASURED:
        if any(guide.name == name and (name == DEDUCTION or _samples(guide)) for guide in guides):
            left = [guide for guide in guides if guide.name != name] or [FittedPrior(library.grammar)]
            arms.append(Arm(f"without the {name}", library, tuple(map(Part, left))))
    return arms


def run_controls(
    arms: Sequence[Arm],
    on: ControlTasks,
    budget: WakeBudget,
    executor: Executor,
    cancelled: Callable[[], bool],
) -> dict[str, Any] | None:
    """The controls as a report has them; None where they were cancelled.

    Arms that would do the same are run once. The arms of a task are run one after another, so that whatever
    else the machine does is the same for all of them.
    """
    distinct = {arm.key: arm for arm in arms}
    trials: dict[tuple[Any, ...], list[Trial]] = {key: [] for key in distinct}

    def run(item: tuple[tuple[Any, ...], Task], cancellation: Cancellation) -> tuple[tuple[Any, ...], Trial]:
        key, task = item
        return key, attempt(distinct[key], task, budget, cancellation)

    for key, trial in executor.map(run, [(key, task) for task in on.tasks for key in distinct], cancelled):
        trials[key].append(trial)
    if cancelled():
        return None
    summed = [_arm_report(arm, trials[arm.key], budget) for arm in arms]
    both = next(report for report in summed if report["name"] == "both")
    compared = [report if report is both else report | _paired(both, report) for report in summed]
    return finite(
        {
            "source": on.source,
            "tasks": [task.name for task in on.tasks],
            "solved_before": on.solved_before,
            "seconds": budget.seconds,
            "charged_seconds": sum(trial.charged_seconds for of_arm in trials.values() for trial in of_arm),
            "arms": compared,
        }
    )


def attempt(arm: Arm, task: Task, budget: WakeBudget, cancellation: Cancellation) -> Trial:
    """One wake; or, where the arm redraws, one after another with new samples until one of them fits, or the
    next draw would go beyond the budget."""
    meter, parts, errors = _Meter(), list(arm.parts), dict[str, str]()
    spent, programs, draw, dearest = 0.0, 0, 0, 0.0
    while True:
        guides = [_Metered(part, draw, meter) for part in parts]
        left, waited = replace(budget, seconds=budget.seconds - spent), meter.waited_seconds
        made = wake(task, arm.library, guides, left, cancellation=cancellation)
        cost = made.cpu_seconds + meter.waited_seconds - waited
        spent, programs, draw, dearest = spent + cost, programs + made.programs, draw + 1, max(dearest, cost)
        errors |= {name: report.error for name, report in made.guides.items() if report.error}
        parts = [part for part in parts if part.guide.name not in errors]  # a dead server isn't asked again
        if not arm.redraw or not parts or not made.guides or made.entries or cancellation.cancelled:
            break
        if spent + dearest > budget.seconds or 0 < budget.programs <= programs:
            break
    return Trial(
        task=task,
        entries=made.entries,
        charged_seconds=spent,
        waited_seconds=meter.waited_seconds,
        programs=programs,
        requested=meter.requested,
        valid=meter.valid,
        distinct=len(meter.distinct),
        tokens=meter.tokens,
        errors=errors,
    )


@dataclass
class _Meter:
    """What became of an attempt's samples, over all of its draws."""

    requested: int = 0
    valid: int = 0
    distinct: set[Term] = field(default_factory=set)
    waited_seconds: float = 0.0
    tokens: int = 0


class _Metered:
    """A part as a guide for one attempt: it says no more than the part may, and notes what that cost."""

    def __init__(self, part: Part, draw: int, meter: _Meter):
        self.name, self.dear = part.guide.name, part.guide.dear
        self._part, self._draw, self._meter = part, draw, meter
        self._bound: tuple[float, Cancellation] | None = None

    def bounded(self, seconds: float, cancellation: Cancellation) -> Guide:
        self._bound = seconds, cancellation
        return self

    def guide(self, task: Task) -> Guidance:
        guide = self._part.guide
        if self._bound is not None and isinstance(guide, BoundedGuide):
            guide = guide.bounded(*self._bound)
        if self._draw and isinstance(guide, SamplingGuide):
            guide = guide.redrawn(self._draw)
        guidance = guide.guide(task)
        self._meter.waited_seconds += guidance.waited_seconds
        self._meter.tokens += guidance.tokens
        if not self._part.grammar:
            guidance = replace(guidance, grammar=None)
        if not self._part.samples:
            return replace(guidance, samples=(), requested=0, valid=0)
        self._meter.requested += guidance.requested
        self._meter.valid += guidance.valid
        self._meter.distinct.update(sample.program for sample in guidance.samples)
        return guidance


def _samples(guide: Guide) -> bool:
    return isinstance(guide, SamplingGuide)


def _arm_report(arm: Arm, trials: Sequence[Trial], budget: WakeBudget) -> dict[str, Any]:
    """One arm's figures. Seconds and programs are a task's, on average; a rate of nothing is None."""
    limit = budget.seconds * (1 + OVERRUN)
    found = [trial for trial in trials if trial.entries]
    solved = [trial for trial in found if trial.charged_seconds <= limit]
    frontiers = {
        trial.task.name: Frontier(trial.task.name, trial.task.request, trial.entries) for trial in solved
    }
    requested, valid = sum(trial.requested for trial in trials), sum(trial.valid for trial in trials)
    failures = Counter(f"{name}: {error}" for trial in trials for name, error in trial.errors.items())
    return {
        "name": arm.name,
        "guides": [part.guide.name for part in arm.parts],
        "solved": len(solved),
        "late": len(found) - len(solved),
        "tasks": len(trials),
        "solved_tasks": sorted(frontiers),
        "charged_seconds": _ratio(sum(trial.charged_seconds for trial in trials), len(trials)),
        "waited_seconds": _ratio(sum(trial.waited_seconds for trial in trials), len(trials)),
        "programs": _ratio(sum(trial.programs for trial in trials), len(trials)),
        "tokens": sum(trial.tokens for trial in trials),
        "requested": requested,
        "valid": valid,
        "valid_rate": _ratio(valid, requested),
        "unique_rate": _ratio(sum(trial.distinct for trial in trials), valid),
        "reuse": reuse(arm.library, frontiers) if frontiers else None,
        "left_out": [{"error": error, "tasks": count} for error, count in failures.most_common(3)],
    }


def _paired(both: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Task by task against the arm "both". `p_value`: how often a split would be as uneven as this
    one, or more so, if either arm were as likely to be the only one to solve a task."""
    ours, theirs = set(both["solved_tasks"]), set(other["solved_tasks"])
    only_both, only_this = len(ours - theirs), len(theirs - ours)
    return {"only_both": only_both, "only_this": only_this, "p_value": sign_test(only_both, only_this)}


def sign_test(one: int, other: int) -> float:
    """Two-sided p-value of the split one : other of a fair coin's throws."""
    total = one + other
    tail = sum(math.comb(total, k) for k in range(max(one, other), total + 1))
    return min(1.0, 2 * tail / 2**total)


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None
