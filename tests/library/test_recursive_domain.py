"""The recursive domain: its tasks, equations and plain Python twin, and what few programs teach."""

from __future__ import annotations

import doctest
import json
import random
from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Limits, Term, Type
from engine.python_form import from_python, to_python
from library.compression import CompressionConfig, FrontierPrograms, compress
from library.domains import recursive_python
from library.domains.families import make_task
from library.domains.list import EQUATIONS as LIST_EQUATIONS
from library.domains.recursive import EQUATIONS, RECURSIVE
from library.domains.recursive_families import FAMILIES
from library.domains.recursive_tasks import EXAMPLES, shipped_tasks
from library.snapshot import Abstraction, Library, surface_of
from synthesis.task import load_tasks
from tests.library.exported import check_package
from tests.recursive_domain import each
from tests.reference import terms, types
from tests.reference.generation import ProgramSource, random_value

TRAIN, TEST = shipped_tasks()
BY_NAME = {family.task_name(p): (family, p) for family in FAMILIES for p in family.train + family.test}
LANGUAGE = RECURSIVE.language()

INTS, TO_INT = "list(int) -> list(int)", "list(int) -> int"
TWO_LISTS = "list(int) -> list(int) -> list(int)"


# ---- tasks


def test_enough_and_disjoint() -> None:
    train, test = {task["name"] for task in TRAIN}, {task["name"] for task in TEST}
    assert len(TRAIN) == len(train) >= 30 and len(TEST) == len(test) >= 20
    assert not train & test
    behaviours = {json.dumps([task["request"], task["examples"]]) for task in TRAIN + TEST}
    assert len(behaviours) == len(TRAIN) + len(TEST)


@pytest.mark.parametrize("task", TRAIN + TEST, ids=lambda task: task["name"])
def test_each_task(task: dict[str, Any]) -> None:
    family, parameters = BY_NAME[task["name"]]
    examples = task["examples"]
    assert len(examples) == EXAMPLES == len({json.dumps(example["inputs"]) for example in examples})
    for example in examples:
        assert family.function(*example["inputs"], *parameters) == example["output"]
    assert any(example["output"] not in example["inputs"] for example in examples)
    (read,) = load_tasks([task], "recursive")
    assert [example.to_json() for example in read.examples] == examples


def test_reproducible() -> None:
    assert shipped_tasks() == (TRAIN, TEST)
    one, other = (make_task(FAMILIES[0], (1,), seed=seed)["examples"] for seed in (1, 2))
    assert one != other


def test_usual_requests_are_trained_on() -> None:
    assert {task["request"] for task in TRAIN} >= {*RECURSIVE.requests}


PROGRAMS = {
    "number of elements plus 1": """(lambda (fix1 $0 (lambda (lambda
        (if (empty? $0) 1 (+ 1 ($1 (cdr $0))))))))""",
    "2 more than every element": each("(+ 1 (+ 1 (car $0)))"),
    "1 at the end": """(lambda (fix1 $0 (lambda (lambda
        (if (empty? $0) (cons 1 empty) (cons (car $0) ($1 (cdr $0))))))))""",
    "numbers from n to 1": """(lambda (fix1 $0 (lambda (lambda
        (if (eq? $0 0) empty (cons $0 ($1 (- $0 1))))))))""",
    "one list and then the other": """(lambda (lambda (fix1 $1 (lambda (lambda (lambda
        (if (empty? $1) $0 (cons (car $1) ($2 (cdr $1) $0)))))) $0)))""",
    "element at position n and 1 more": """(lambda (lambda (fix1 $1 (lambda (lambda (lambda
        (if (eq? $1 0) (+ 1 (car $0)) ($2 (- $1 1) (cdr $0)))))) $0)))""",
    "all but the first n elements": """(lambda (lambda (fix1 $1 (lambda (lambda (lambda
        (if (eq? $1 0) $0 ($2 (- $1 1) (cdr $0)))))) $0)))""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_hand_written_programs_solve_them_and_read_back_from_python(name: str) -> None:
    task = next(task for task in TRAIN if task["name"] == name)
    request, surface = Type.parse(task["request"]), surface_of(RECURSIVE)
    program = LANGUAGE.eta_long(Term.parse(PROGRAMS[name]), request)
    inputs = [example["inputs"] for example in task["examples"]]
    outputs = LANGUAGE.evaluate(program, request, inputs, Limits())
    assert outputs == [example["output"] for example in task["examples"]]
    assert from_python(to_python(program, surface, task["request"]), surface) == program


# ---- equations


def test_equations_are_the_lists_where_they_speak_of_its_primitives() -> None:
    names = {primitive.name for primitive in RECURSIVE.primitives}
    spoken = {
        equation: {
            str(leaf) for side in equation.split(" = ") for leaf in terms_of(side) if leaf in known_names()
        }
        for equation in LIST_EQUATIONS
    }
    assert list(EQUATIONS) == [equation for equation, used in spoken.items() if used <= names]


def known_names() -> set[str]:
    from library.domains.list import PRIMITIVES

    return {primitive.name for primitive in PRIMITIVES}


def terms_of(side: str) -> list[str]:
    return side.replace("(", " ").replace(")", " ").split()


# ---- the twin


def test_its_examples_run() -> None:
    assert doctest.testmod(recursive_python).failed == 0


@st.composite
def cases(draw: st.DrawFn) -> tuple[Library, str, list[tuple[Any, ...]]]:
    """A library whose only function is a program that may call itself, the program's request, and inputs."""
    productions = [
        (primitive.name, primitive.type) for primitive in RECURSIVE.primitives if primitive.name != "fix1"
    ]
    choose: random.Random = draw(st.randoms(use_true_random=False))
    request = draw(st.sampled_from(RECURSIVE.requests))
    arguments = types.arguments(types.parse(request))
    count = len(arguments)
    source = ProgramSource(productions, depth=draw(st.integers(2, 5)))
    body = source.program(choose, f"({request}) -> {request}")
    for _ in range(count + 1):
        assert isinstance(body, terms.Lambda)
        body = body.body
    text = terms.show(body)
    if count in terms.free(body):
        step = "(lambda " * (count + 1) + text + ")" * (count + 1)
        others = " ".join(f"${count - 1 - i}" for i in range(1, count))
        text = f"(fix1 ${count - 1} {step} {others})"
    term = Term.abstraction(Term.parse("(lambda " * count + text + ")" * count))
    program = Abstraction("program", str(term), str(LANGUAGE.infer(term)))
    library = Library("recursive", (program,), (0.0,) * (len(RECURSIVE.primitives) + 2))
    return library, request, [tuple(random_value(choose, type_) for type_ in arguments) for _ in range(4)]


@settings(max_examples=150, deadline=None)
@given(case=cases())
def test_packages_agree_with_the_engine_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[Library, str, list[tuple[Any, ...]]]
) -> None:
    check_package(*case, (IndexError, RecursionError), tmp_path_factory.mktemp("read"))


# ---- what is learned


def over_list(empty: str, step: str) -> str:
    return f"(lambda (fix1 $0 (lambda (lambda (if (empty? $0) {empty} {step})))))"


EACH = [each(f) for f in ("(+ (car $0) 1)", "(- (car $0) 1)", "(+ (car $0) (car $0))", "(- 0 (car $0))")]
OVER = [
    (over_list("0", "(+ (car $0) ($1 (cdr $0)))"), TO_INT),
    (over_list("0", "(+ 1 ($1 (cdr $0)))"), TO_INT),
    (over_list("1", "(- ($1 (cdr $0)) (car $0))"), TO_INT),
    (over_list("(cons 0 empty)", "(cons (car $0) ($1 (cdr $0)))"), INTS),
    (over_list("empty", "(cons (car $0) (cons (car $0) ($1 (cdr $0))))"), INTS),
    (over_list("0", "(if (eq? (car $0) 0) (+ 1 ($1 (cdr $0))) ($1 (cdr $0)))"), TO_INT),
]

MAP = ("(lambda (+ $0 $0))", lambda xs: [2 * x for x in xs])
FOLD = ("(lambda (lambda (- $1 $0)))", lambda xs: reduce(lambda z, x: x - z, reversed(xs), 7))


def does(abstraction: Abstraction, starts: list[str], function: Any) -> bool:
    """Whether it is the function, applied to these and a list in some order."""
    inputs = [([],), ([4],), ([3, 1, 2],), ([5, 0, 0, 9],)]
    for order in permutations(["$0", *starts]):
        applied = Term.parse(f"(lambda ({abstraction.term} {' '.join(order)}))")
        for request in (INTS, TO_INT):
            try:
                program = LANGUAGE.eta_long(applied, Type.parse(request))
            except ValueError:
                continue
            outputs = LANGUAGE.evaluate(program, Type.parse(request), inputs)
            if outputs == [function(*given_) for given_ in inputs]:
                return True
    return False


def test_map_and_fold_come_back_from_recursive_programs() -> None:
    corpus = [*((program, INTS) for program in EACH), *OVER]
    frontiers = [
        FrontierPrograms(str(number), request, ((program, 0.0),))
        for number, (program, request) in enumerate(corpus)
    ]
    config = CompressionConfig(structure_penalty=RECURSIVE.structure_penalty)
    result = compress(Library.initial("recursive"), frontiers, config)
    seven = "(+ 1 (+ (+ 1 (+ 1 1)) (+ 1 (+ 1 1))))"
    maps = [a for a in result.added if does(a, [MAP[0]], MAP[1])]
    folds = [a for a in result.added if does(a, [seven, FOLD[0]], FOLD[1])]
    assert maps and folds
    assert result.uses[folds[0].name] == len(corpus) and result.uses[maps[0].name] == len(EACH)
    assert {"map", "fold"} <= {abstraction.name for abstraction in result.added}
