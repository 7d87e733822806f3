"""The shipped tasks: enough of them, varied, consistent, reproducible, and solvable in the language."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import Limits, Term, Type
from library.domain import get_domain
from library.domains.families import EXAMPLES, Family, make_task
from library.domains.list_families import FAMILIES, INTS_TO_INT, an_int
from library.domains.list_tasks import shipped_tasks

TRAIN, TEST = shipped_tasks()
BY_NAME = {family.task_name(p): (family, p) for family in FAMILIES for p in family.train + family.test}


def values_fit(value: Any, type: Type) -> bool:
    if type.constructor == "list":
        return isinstance(value, list) and all(values_fit(item, type.parameters[0]) for item in value)
    return isinstance(value, {"int": int, "bool": bool}[type.constructor]) and (
        type.constructor == "bool" or not isinstance(value, bool)
    )


def test_enough_and_disjoint() -> None:
    train, test = {task["name"] for task in TRAIN}, {task["name"] for task in TEST}
    assert len(TRAIN) == len(train) >= 60
    assert len(TEST) == len(test) >= 25
    assert not train & test
    behaviours = {json.dumps([task["request"], task["examples"]]) for task in TRAIN + TEST}
    assert len(behaviours) == len(TRAIN) + len(TEST)


@pytest.mark.parametrize("task", TRAIN + TEST, ids=lambda task: task["name"])
def test_each_task(task: dict[str, Any]) -> None:
    request = Type.parse(task["request"])
    family, parameters = BY_NAME[task["name"]]
    examples = task["examples"]
    assert len(examples) == EXAMPLES
    assert len({json.dumps(example["inputs"]) for example in examples}) == EXAMPLES
    for example in examples:
        assert all(values_fit(*pair) for pair in zip(example["inputs"], request.arguments, strict=True))
        assert values_fit(example["output"], request.returns)
        assert family.function(*example["inputs"], *parameters) == example["output"]
    assert len({json.dumps(example["output"]) for example in examples}) > 1
    assert any(example["output"] not in example["inputs"] for example in examples), (
        "an argument is the answer"
    )
    assert json.loads(json.dumps(task)) == task


def test_reproducible() -> None:
    assert shipped_tasks() == (TRAIN, TEST)
    family = FAMILIES[0]
    assert make_task(family, (1,), seed=1)["examples"] != make_task(family, (1,), seed=2)["examples"]


def test_usual_requests_come_in_both_halves() -> None:
    for request in get_domain("list").requests:
        assert any(task["request"] == request for task in TRAIN)
        assert any(task["request"] == request for task in TEST)


def test_families_that_cannot_make_a_task() -> None:
    constant = Family("nothing", INTS_TO_INT, lambda n: 0, an_int(0, 100))
    with pytest.raises(ValueError, match="task 'nothing': 15 examples with 1 different"):
        make_task(constant, ())
    few = Family("few", INTS_TO_INT, lambda n: n, an_int(0, 3))
    with pytest.raises(ValueError, match="task 'few': 4 examples"):
        make_task(few, ())


def test_hand_written_programs_solve_them(frontiers: tuple[Any, ...], tasks: list[dict[str, Any]]) -> None:
    language = get_domain("list").language()
    solved = 0
    for frontier, task in zip(frontiers, tasks, strict=True):
        request = Type.parse(task["request"])
        inputs = [tuple(example["inputs"]) for example in task["examples"]]
        for text, _ in frontier.programs:
            program = language.eta_long(Term.parse(text), request)
            outputs = language.evaluate(program, request, inputs, Limits())
            assert outputs == [example["output"] for example in task["examples"]], (task["name"], text)
        solved += bool(frontier.programs)
    assert solved >= 40
