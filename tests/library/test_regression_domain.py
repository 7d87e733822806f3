"""The regression domain: its tasks, and that searches find the simple law, noise or not."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Failure, Grammar, Likelihood, Limits, SearchResult, Term, Type
from library.domains.regression import REGRESSION
from library.domains.regression_families import FAMILIES, NEAREST, WIDEST
from library.domains.regression_tasks import EXAMPLES, shipped_tasks
from library.snapshot import Abstraction, Library
from synthesis.task import load_tasks
from tests.library.exported import called, imported

TRAIN, TEST = shipped_tasks()
BY_NAME = {family.task_name(p): (family, p) for family in FAMILIES for p in family.train + family.test}
LANGUAGE = REGRESSION.language()
GRAMMAR = Grammar.uniform(LANGUAGE)
REQUEST = Type.parse("real -> real")
POINTS = [-4.9 + 0.31 * i for i in range(32)]
Law = Callable[[float], float]


def find(law: Law, nats: float, likelihood: Likelihood = REGRESSION.likelihood) -> SearchResult:
    examples = [((x,), law(x)) for x in POINTS]
    return GRAMMAR.search(REQUEST, examples, Budget(cpu_seconds=0, nats=nats), likelihood=likelihood)


def best(found: SearchResult) -> Term:
    return found.solutions[0][0]


def constants(term: Term) -> list[float]:
    if term.kind == "application":
        return [*constants(term.function), *constants(term.argument)]
    if term.kind == "lambda":
        return constants(term.body)
    return [float(term.constant_value)] if term.constant_value is not None else []


def values(term: Term, inputs: list[float]) -> list[float]:
    found = LANGUAGE.evaluate(term, REQUEST, [(x,) for x in inputs], Limits())
    assert not any(isinstance(value, Failure) for value in found)
    return [float(value) for value in found]


# ---- tasks


def test_enough_and_disjoint() -> None:
    train, test = {task["name"] for task in TRAIN}, {task["name"] for task in TEST}
    assert len(TRAIN) == len(train) >= 100 and len(TEST) == len(test) >= 50
    assert not train & test
    assert len({json.dumps(task["examples"]) for task in TRAIN + TEST}) == len(TRAIN) + len(TEST)
    assert shipped_tasks() == (TRAIN, TEST)


@pytest.mark.parametrize("task", TRAIN + TEST, ids=lambda task: task["name"])
def test_each_task(task: dict[str, Any]) -> None:
    family, parameters = BY_NAME[task["name"]]
    assert len(task["examples"]) == EXAMPLES
    for example in task["examples"]:
        (x,) = example["inputs"]
        assert abs(x) <= WIDEST
        assert example["output"] == family.function(x, *parameters)
        assert abs(example["output"]) <= 100 / NEAREST**2
    assert len(load_tasks([task], "regression")) == 1


# ---- laws


@pytest.mark.parametrize(
    ("law", "nats", "meant"),
    [
        (lambda x: 2.1 * x * x - 1.8 * x + 0.6, 16.5, [2.1, -1.8, 0.6]),
        (lambda x: 1.7 * x - 0.4, 10.5, [1.7, -0.4]),
        (lambda x: -1.7 * x**3 + 2.4 * x**2 + 0.3 * x - 0.7, 22.5, [-1.7, 2.4, 0.3, -0.7]),
        (lambda x: -4.7 / x, 6, [-4.7]),
        (lambda x: 4.8 / x**3, 12, [4.8]),
        (lambda x: 2.3 / (x - 2.85), 10.5, [2.3, -2.85]),
        (lambda x: (1.8 * x + 1.3) / (x * x - 3.4 * x - 6.7), 21, [1.8, 1.3, -3.4, -6.7]),
    ],
)
def test_laws_come_back_with_their_own_constants(law: Law, nats: float, meant: list[float]) -> None:
    """And hold far outside of the range they were seen in."""
    found = find(law, nats)
    assert sorted(constants(best(found))) == sorted(meant)
    far = [-1000.0, -31.7, 12.3, 55.5, 4321.0]
    assert values(best(found), far) == pytest.approx([law(x) for x in far], rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-25, 25).filter(bool).map(lambda n: n / 10), min_size=3, max_size=3))
def test_quadratics_without_real_roots_too(coefficients: list[float]) -> None:
    """The coefficients are found as they were, or others that together take no more to write down."""
    a, b, c = coefficients
    found = find(lambda x: (a * x + b) * x + c, 16.5)
    horner = f"(lambda (+. {c} (*. $0 (+. {b} (*. {a} $0)))))"
    assert found.solutions[0][1] <= -GRAMMAR.log_likelihood(Term.parse(horner), REQUEST) + 1e-9
    outside = [-20.0, 17.5]
    assert values(best(found), outside) == pytest.approx([(a * x + b) * x + c for x in outside], rel=1e-5)


def test_digits_are_paid_for() -> None:
    """A sign, a power of ten, and ln 20 nats for each significant digit; in all no more than certainty."""

    def nats(real: float) -> float:
        hole, written = (Term.parse(f"(lambda {leaf})") for leaf in ("REAL", str(Term.constant(real))))
        return GRAMMAR.log_likelihood(hole, REQUEST) - GRAMMAR.log_likelihood(written, REQUEST)

    assert nats(2.0) == pytest.approx(2 * math.log(2) + math.log(3) + math.log(20))
    assert nats(1.8) - nats(2.0) == pytest.approx(math.log(20)) == nats(1.83) - nats(1.8)
    assert nats(-0.2) - nats(2.0) == pytest.approx(math.log(2)) == nats(2e4) - nats(2e3)
    decimals = {
        float(f"{sign}{digits}e{power}") for sign in "+-" for digits in range(1000) for power in range(-6, 4)
    }
    assert sum(math.exp(-nats(real)) for real in decimals) < 1


# ---- noise


def noisy(law: Law, sigma: float, seed: int) -> Law:
    rng = random.Random(seed)
    off = {x: rng.gauss(0, sigma) for x in POINTS}
    return lambda x: law(x) + off[x]


@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_line_is_no_cubic(seed: int) -> None:
    """Every further power fits better; its constant's digits cost more than that is worth."""
    found = find(noisy(lambda x: 1.4 * x - 0.9, 0.3, seed), 22.5, Likelihood.gaussian(0.3))
    slope, *rest = (values(best(found), [x])[0] for x in (1001.0, 1000.0, 0.0))
    assert slope - rest[0] == pytest.approx(1.4, abs=0.1)
    assert rest[1] == pytest.approx(-0.9, abs=0.3)
    assert len(constants(best(found))) == 2
    assert all(len(f"{abs(each):g}".replace(".", "").lstrip("0")) <= 3 for each in constants(best(found)))


def test_a_noisy_quadratic_is_no_line() -> None:
    law: Law = lambda x: 0.8 * x * x - 2.0 * x - 1.2  # noqa: E731
    found = find(noisy(law, 0.1, 7), 16.5, Likelihood.gaussian(0.1))
    far = [-9.0, 8.0]
    assert values(best(found), far) == pytest.approx([law(x) for x in far], rel=0.05)


# ---- exports


@pytest.mark.parametrize(
    "body", ["#(lambda (lambda (lambda (+. $2 (*. $1 $0)))))", "#(lambda (/. 2.5 (+. $0 -1.5)))"]
)
def test_packages_give_what_the_engine_gives(body: str) -> None:
    law = Abstraction("law", body, str(LANGUAGE.infer(Term.parse(body))))
    library = Library("regression", (law,), (0.0,) * (len(REGRESSION.primitives) + 2))
    arity = len(Type.parse(law.type).arguments)
    function = imported(library).law
    for inputs in ((0.5, 2.0, -3.0), (4.0, 0.25, 1.0)):
        [expected] = library.language.evaluate(law.term, Type.parse(law.type), [inputs[:arity]])
        assert called(function, arity, inputs[:arity]) == expected
