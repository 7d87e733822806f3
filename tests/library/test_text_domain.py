"""The text domain's tasks and equations, and that its plain Python twin gives what the engine gives."""

from __future__ import annotations

import doctest
import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Limits, Term, Type
from library.domain import get_domain
from library.domains import text_python
from library.domains.families import make_task
from library.domains.list import EQUATIONS as LIST_EQUATIONS
from library.domains.text import EQUATIONS, TEXT
from library.domains.text_families import DELIMITERS, FAMILIES, WORDS
from library.domains.text_tasks import EXAMPLES, shipped_tasks
from library.naming import name_abstraction
from library.snapshot import Abstraction, Library
from synthesis.task import load_tasks
from tests.library.exported import check_package
from tests.reference import types
from tests.reference.generation import ProgramSource, random_value
from tests.reference.terms import show

TRAIN, TEST = shipped_tasks()
BY_NAME = {family.task_name(p): (family, p) for family in FAMILIES for p in family.train + family.test}
LANGUAGE = TEXT.language()


# ---- tasks


def test_enough_and_disjoint() -> None:
    train, test = {task["name"] for task in TRAIN}, {task["name"] for task in TEST}
    assert len(TRAIN) == len(train) >= 128
    assert len(TEST) == len(test) >= 50
    assert not train & test
    behaviours = {json.dumps([task["request"], task["examples"]]) for task in TRAIN + TEST}
    assert len(behaviours) == len(TRAIN) + len(TEST)
    assert not any(delimiter in word for word in WORDS for delimiter in DELIMITERS)


@pytest.mark.parametrize("task", TRAIN + TEST, ids=lambda task: task["name"])
def test_each_task(task: dict[str, Any]) -> None:
    family, parameters = BY_NAME[task["name"]]
    examples = task["examples"]
    assert len(examples) == EXAMPLES == len({json.dumps(example["inputs"]) for example in examples})
    for example in examples:
        assert family.function(*example["inputs"], *parameters) == example["output"]
    assert len({json.dumps(example["output"]) for example in examples}) > 1
    assert any(example["output"] not in example["inputs"] for example in examples)
    (read,) = load_tasks([task], "text")
    assert [example.to_json() for example in read.examples] == examples


def test_reproducible() -> None:
    assert shipped_tasks() == (TRAIN, TEST)
    family = FAMILIES[0]
    assert (
        make_task(family, (",", "."), seed=1)["examples"] != make_task(family, (",", "."), seed=2)["examples"]
    )


def test_usual_requests_come_in_both_halves() -> None:
    for records in (TRAIN, TEST):
        assert {task.request for task in load_tasks(records, "text")} == {*TEXT.requests}


PROGRAMS = {
    "replace ',' by '.'": "(lambda (map (lambda (if (char-eq? $0 ',') '.' $0)) $0))",
    "remove every '-'": "(lambda (fold $0 empty (lambda (lambda (if (char-eq? $1 '-') $0 (cons $1 $0))))))",
    "word 0 split at '-'": """(lambda (unfold $0
        (lambda (char-eq? (car $0) '-')) (lambda (car $0)) (lambda (cdr $0))))""",
    "first 3 characters": "(lambda (map (lambda (index $0 $1)) (range (+ 1 (+ 1 1)))))",
    "all but the last 1 characters": "(lambda (map (lambda (index $0 $1)) (range (- (length $0) 1))))",
    "'Dr. ' in front": """(lambda (fold "Dr. " $0 (lambda (lambda (cons $1 $0)))))""",
    "' Ltd' at the end": """(lambda (fold $0 " Ltd" (lambda (lambda (cons $1 $0)))))""",
    "one text, '@', the other": """(lambda (lambda
        (fold $1 (cons (car "@") $0) (lambda (lambda (cons $1 $0))))))""",
    "initials of two texts, each with '.'": """(lambda (lambda
        (cons (car $1) (cons '.' (cons (car $0) ".")))))""",
    "how many characters": "(lambda (length $0))",
    "how often ','": "(lambda (fold $0 0 (lambda (lambda (if (char-eq? $1 ',') (+ 1 $0) $0)))))",
    "does it start with '('": "(lambda (char-eq? LPAREN (car $0)))",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_hand_written_programs_solve_them(name: str) -> None:
    task = next(task for task in TRAIN if task["name"] == name)
    request = Type.parse(task["request"])
    program = LANGUAGE.eta_long(Term.parse(PROGRAMS[name]), request)
    inputs = [example["inputs"] for example in task["examples"]]
    outputs = LANGUAGE.evaluate(program, request, inputs, Limits())
    assert outputs == [example["output"] for example in task["examples"]]


# ---- equations


def test_equations_are_the_lists_and_one_more() -> None:
    assert {*EQUATIONS} - {*LIST_EQUATIONS} == {"(char-eq? a b) = (char-eq? b a)"}
    request = Type.parse("char -> char -> bool")
    pairs = list(itertools.product("a, (", repeat=2))
    one, other = (
        LANGUAGE.evaluate(Term.parse(program), request, pairs)
        for program in ("(lambda (lambda (char-eq? $1 $0)))", "(lambda (lambda (char-eq? $0 $1)))")
    )
    assert one == other == [c == d for c, d in pairs]


# ---- the twin


def test_its_examples_run() -> None:
    assert doctest.testmod(text_python).failed == 0


@st.composite
def cases(draw: st.DrawFn) -> tuple[Library, str, list[tuple[Any, ...]]]:
    """A library whose only function is a program, the program's request, and inputs."""
    productions = [
        (primitive.name, primitive.type) for primitive in TEXT.primitives if primitive.name != "STRING"
    ]
    productions += [('"-"', "list(char)"), ('"a b"', "list(char)"), ('""', "list(char)")]
    choose: random.Random = draw(st.randoms(use_true_random=False))
    request = draw(st.sampled_from([*TEXT.requests, "list(list(char)) -> list(char)"]))
    source = ProgramSource(productions, depth=draw(st.integers(2, 5)))
    term = Term.abstraction(Term.parse(show(source.program(choose, request))))
    program = Abstraction("program", str(term), str(LANGUAGE.infer(term)))
    library = Library("text", (program,), (0.0,) * (len(TEXT.primitives) + 2))
    arguments = types.arguments(types.parse(request))
    return library, request, [tuple(random_value(choose, each) for each in arguments) for _ in range(4)]


@settings(max_examples=100, deadline=None)
@given(case=cases())
def test_packages_agree_with_the_engine_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[Library, str, list[tuple[Any, ...]]]
) -> None:
    check_package(*case, (IndexError, OverflowError), tmp_path_factory.mktemp("read"))


@pytest.mark.parametrize(
    "body",
    ["#(cons RPAREN empty)", '#(fold "Dr. ")', '#("abc")', "#(map (lambda (cons '-' $0)))", '#(car "x")'],
)
def test_functions_without_parameters_have_names(body: str) -> None:
    term = Term.parse(body)
    assert name_abstraction(term, get_domain("text"), LANGUAGE, ()).isidentifier()
