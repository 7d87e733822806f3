"""Deduction as a guide: what it finds is verified, what it takes is counted, and it has its own arm in
controls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from engine import Cancellation, Term
from library.snapshot import Library
from synthesis.controls import Knowledge, make_arms
from synthesis.deduction import Deduction, DeductionGuide, deduction_guides
from synthesis.deduction import table as table_module
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import learn
from synthesis.prior import FittedPrior
from synthesis.task import Example, Task
from synthesis.wake import WakeBudget, wake

LIBRARY = Library.initial("list")
PRIOR = FittedPrior(LIBRARY.grammar)
TASK = Task("heads", "list(int) -> int", (Example(([3, 1],), 3), Example(([5],), 5)), "list")
RIGHT, WRONG, NO_TYPE = "(lambda (index 0 $0))", "(lambda (length $0))", "(lambda $0)"


@dataclass
class Answers:
    """A deducer that always answers the same, and notes what it was given."""

    programs: tuple[str, ...]
    given: list[float] = field(default_factory=list)

    def deduce(self, task: Task, library: Library, seconds: float, cancellation: Cancellation) -> Deduction:
        self.given.append(seconds)
        return Deduction(tuple(map(Term.parse, self.programs)), tried=7, cpu_seconds=0.25)


def test_what_is_deduced_is_verified_and_counted():
    answers = Answers((RIGHT, WRONG, NO_TYPE))
    attempt = wake(TASK, LIBRARY, [DeductionGuide(answers, LIBRARY)], WakeBudget(2.0))
    assert [entry.program for entry in attempt.entries] == [RIGHT]
    assert (attempt.solved_by, attempt.entries[0].guide) == ("deduction", "deduction")
    report = attempt.guides["deduction"]
    assert (report.requested, report.valid, report.fitting, report.programs) == (3, 2, 1, 7)
    assert attempt.cpu_seconds == report.cpu_seconds >= 0.25
    assert attempt.programs == 7 + 2
    assert answers.given == [1.0]  # half of the budget


def test_a_deduction_that_fails_leaves_the_task_to_the_others():
    attempt = wake(TASK, LIBRARY, [DeductionGuide(Answers((WRONG,)), LIBRARY), PRIOR], WakeBudget(2.0))
    assert attempt.solved_by == "prior"
    assert attempt.guides["deduction"].fitting == 0


def test_without_deduction_is_a_control_of_its_own():
    guide = DeductionGuide(Answers((RIGHT,)), LIBRARY)
    arms = make_arms(Knowledge(LIBRARY, [guide, PRIOR]), Knowledge(LIBRARY, [PRIOR]))
    assert {arm.name: [part.guide.name for part in arm.parts] for arm in arms} == {
        "both": ["deduction", "prior"],
        "initial library": ["prior"],
        "without the deduction": ["prior"],
    }


def test_a_run_asks_the_deducer_of_its_domain(monkeypatch: pytest.MonkeyPatch):
    assert deduction_guides(LIBRARY) == []
    monkeypatch.setitem(table_module.DEDUCERS, "list", Answers((RIGHT,)))
    config = RunConfig("list", 1, 0.5, guides=("prior",), dream_seconds=0.2, control_tasks=1)
    (report,) = learn([TASK], config, MemoryKeeper())
    assert report["solved_by_guide"] == {"deduction": 1}
    arms = {arm["name"]: arm for arm in report["controls"]["arms"]}
    assert arms["without the deduction"]["guides"] == ["prior"]
    assert arms["both"]["programs"] > 7  # the deducer's are among them


STRINGS = Library.initial("strings")


def strings_task(request: str, *examples: tuple[tuple[Any, ...], Any]) -> Task:
    return Task("strings", request, tuple(Example(inputs, output) for inputs, output in examples), "strings")


@pytest.mark.parametrize(
    "task",
    [
        strings_task(
            "list(char) -> list(char)",
            (("Ada Lovelace",), "Lovelace, A."),
            (("Alan Turing",), "Turing, A."),
            (("Kurt Goedel",), "Goedel, K."),
        ),
        strings_task("list(char) -> int", (("a-bc",), 2), (("-x",), 1), (("ab-cdef",), 4)),
        strings_task("list(char) -> list(char) -> bool", (("a", "ba"), True), (("b", "ba"), False)),
    ],
)
def test_functions_on_strings_are_deduced(task: Task):
    attempt = wake(task, STRINGS, deduction_guides(STRINGS), WakeBudget(10.0))
    assert attempt.solved_by == "deduction"
    assert attempt.programs > 0


def test_lists_of_strings_are_left_to_others():
    task = strings_task("list(list(char)) -> int", (([],), 0))
    (guide,) = deduction_guides(STRINGS)
    assert guide.guide(task).samples == ()
