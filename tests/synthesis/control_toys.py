"""Toy guides for controls, and tasks that one, the other or none of them solves. Search is real, and budgets
are counted in programs, so that it ends the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import Grammar, Term
from library.snapshot import Library
from synthesis.controls import ControlTasks, Knowledge, make_arms, run_controls
from synthesis.executor import LocalExecutor
from synthesis.guide import Guidance, Guide, Sample
from synthesis.prior import FittedPrior
from synthesis.task import Example, Task
from synthesis.wake import WakeBudget

LIBRARY = Library.initial("list")
PRIOR = FittedPrior(LIBRARY.grammar)
INPUTS = ([1, 2, 3], [], [4], [0, 7, 2], [9, 9])
BUDGET = WakeBudget(seconds=20.0, programs=4_000)


def task(name: str, function: Any) -> Task:
    return Task(name, "list(int) -> list(int)", tuple(Example((xs,), function(xs)) for xs in INPUTS), "list")


EASY = task("add one", lambda xs: [x + 1 for x in xs])  # enumeration finds it within the budget
LONG = task("square of a square plus 1", lambda xs: [(x * x + 1) ** 2 for x in xs])  # only samples do
HARD = task("no rule", lambda xs: [x * 7919 + 17 for x in xs])
SQUARED = "(lambda (map (lambda (* (+ (* $0 $0) 1) (+ (* $0 $0) 1))) $0))"
WRONG = "(lambda (cdr $0))"
TASKS = ControlTasks((EASY, LONG, HARD), "test")


class Draws:
    """A guide with one sample a drawing, the last of them for ever; every other request isn't valid."""

    dear = False

    def __init__(self, *programs: str, name: str = "network", grammar: Grammar | None = None, draw: int = 0):
        self.name, self.programs, self.grammar, self.draw = name, programs, grammar, draw

    def redrawn(self, draw: int) -> Draws:
        return Draws(*self.programs, name=self.name, grammar=self.grammar, draw=draw)

    def guide(self, task: Task) -> Guidance:
        program = self.programs[min(self.draw, len(self.programs) - 1)]
        return Guidance((Sample(Term.parse(program), -1.0),), self.grammar, requested=2, valid=1, tokens=7)


def controls(
    guides: Sequence[Guide], on: ControlTasks = TASKS, budget: WakeBudget = BUDGET
) -> dict[str, Any]:
    arms = make_arms(Knowledge(LIBRARY, guides), Knowledge(LIBRARY, [PRIOR]))
    made = run_controls(arms, on, budget, LocalExecutor(1), lambda: False)
    assert made is not None
    return made


def by_name(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {arm["name"]: arm for arm in made["arms"]}
