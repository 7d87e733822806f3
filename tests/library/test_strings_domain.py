"""The strings domain's tasks, and that its plain Python twin gives what the engine gives."""

from __future__ import annotations

import doctest
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Limits, Term, Type
from library.domains import strings_python
from library.domains.strings import STRINGS
from library.snapshot import Abstraction, Library
from synthesis.task import load_tasks
from tests.library.exported import check_package
from tests.reference import types
from tests.reference.generation import ProgramSource, random_value
from tests.reference.terms import show

TRAIN, TEST = STRINGS.shipped_tasks()
LANGUAGE = STRINGS.language()
PROGRAMS = {
    "word 0 split at '-'": '(lambda (str.substr $0 0 (str.indexof $0 "-" 0)))',
    "'Dr. ' in front": '(lambda (str.++ "Dr. " $0))',
    "last character": "(lambda (str.at $0 (- (str.len $0) 1)))",
    "ends with '.', added where it is missing": '(lambda (if (str.suffixof "." $0) $0 (str.++ $0 ".")))',
    "how many characters": "(lambda (str.len $0))",
    "does '-' occur": '(lambda (str.contains $0 "-"))',
}


def test_tasks_are_read_and_disjoint() -> None:
    train, test = load_tasks(TRAIN, "strings"), load_tasks(TEST, "strings")
    assert len(train) >= 128 and len(test) >= 50
    assert not {task.name for task in train} & {task.name for task in test}
    assert {task.request for task in train} == {str(Type.parse(request)) for request in STRINGS.requests}


@pytest.mark.parametrize("name", PROGRAMS)
def test_hand_written_programs_solve_them(name: str) -> None:
    task = next(task for task in TRAIN if task["name"] == name)
    request = Type.parse(task["request"])
    program = LANGUAGE.eta_long(Term.parse(PROGRAMS[name]), request)
    outputs = LANGUAGE.evaluate(
        program, request, [example["inputs"] for example in task["examples"]], Limits()
    )
    assert outputs == [example["output"] for example in task["examples"]]


def test_the_twins_examples_run() -> None:
    assert doctest.testmod(strings_python).failed == 0


def text_of(characters: Any) -> str:
    return "".join(characters)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Library, str, list[tuple[Any, ...]]]:
    """A library whose only function is a program, the program's request, and inputs."""
    productions = [(one.name, one.type) for one in STRINGS.primitives if one.name != "STRING"]
    productions += [('"-"', "list(char)"), ('"a b"', "list(char)"), ('""', "list(char)")]
    choose: random.Random = draw(st.randoms(use_true_random=False))
    request = str(Type.parse(draw(st.sampled_from(STRINGS.requests))))
    source = ProgramSource(
        [(name, str(Type.parse(type_))) for name, type_ in productions], depth=draw(st.integers(2, 5))
    )
    term = Term.abstraction(Term.parse(show(source.program(choose, request))))
    program = Abstraction("program", str(term), str(LANGUAGE.infer(term)))
    library = Library("strings", (program,), (0.0,) * (len(STRINGS.primitives) + 2))
    arguments = types.arguments(types.parse(request))
    return (
        library,
        request,
        [tuple(text_of(random_value(choose, each)) for each in arguments) for _ in range(4)],
    )


@settings(max_examples=100, deadline=None)
@given(case=cases())
def test_packages_agree_with_the_engine_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[Library, str, list[tuple[Any, ...]]]
) -> None:
    check_package(*case, (), tmp_path_factory.mktemp("read"))
