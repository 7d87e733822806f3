"""The list domain's equations: each holds, and what a search leaves out for them it doesn't need."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Failure, Grammar, Language, Limits, SearchConfig, Term, Type
from library.domain import get_domain
from library.domains.list import EQUATIONS
from library.snapshot import Abstraction, Library
from tests.reference import terms, types
from tests.reference.equations import Equation, Rewriting
from tests.reference.evaluation import LIST_PRIMITIVES, Evaluator, Failed
from tests.reference.generation import ProgramSource, random_value
from tests.reference.terms import Apply, Lambda

LANGUAGE = get_domain("list").language()
PLAIN = Grammar.uniform(LANGUAGE)
PRODUCTIONS = [(terms.parse(name), types.parse(type_)) for name, type_ in LIST_PRIMITIVES]
NAMES = [name for name, _ in LIST_PRIMITIVES]
ELEMENTS = [types.parse(text) for text in ("int", "int", "bool", "list(int)")]
INPUTS = ("list(int)", "int", "list(bool)", "list(list(int))")
BATTERY = [[3, 1, 2], [], [5], [0, 7, 7, 4], [9, 2], [1], [0], [-3, 2, 0, 1, 1]]


# ---- each equation holds


def sides(equation: Equation, choose: random.Random) -> tuple[terms.Term, terms.Term, tuple[object, ...]]:
    """Both sides as functions of INPUTS, with random programs for the variables, and inputs."""
    closed = terms.parse(terms.show(equation.left))
    for name in reversed(equation.variables):
        closed = Lambda(_bound(closed, name))
    inferred = types.infer(closed, {name: types.parse(type_) for name, type_ in LIST_PRIMITIVES})
    ground = {variable: choose.choice(ELEMENTS) for variable in types.variables(inferred)}
    wanted = [types.apply(ground, type_) for type_ in types.arguments(inferred)]
    source = ProgramSource(depth=choose.choice([1, 2, 3]))
    values: dict[str, terms.Term] = {"any": terms.Primitive("0")}
    for name, type_ in zip(equation.variables, wanted, strict=True):
        request = " -> ".join([*INPUTS, f"({types.show(type_)})"])
        value = source.program(choose, request)
        for _ in INPUTS:
            assert isinstance(value, Lambda)
            value = value.body
        values[name] = value
    left, right = (
        values.get("any", side) if side == terms.Primitive("any") else equation.instance(side, values)
        for side in (equation.left, equation.right)
    )
    for _ in INPUTS:
        left, right = Lambda(left), Lambda(right)
    return left, right, tuple(random_value(choose, type_) for type_ in INPUTS)


def _bound(term: terms.Term, name: str, depth: int = 0) -> terms.Term:
    match term:
        case terms.Primitive(found) if found == name:
            return terms.Index(depth)
        case terms.Index(number):
            return terms.Index(number + 1) if number >= depth else term
        case Lambda(body):
            return Lambda(_bound(body, name, depth + 1))
        case Apply(function, argument):
            return Apply(_bound(function, name, depth), _bound(argument, name, depth))
        case _:
            return term


def holds(equation: Equation, choose: random.Random) -> bool:
    left, right, inputs = sides(equation, choose)
    try:
        expected = Evaluator(20_000).run(left, inputs)
    except Failed:
        return True
    try:
        return repr(Evaluator(20_000).run(right, inputs)) == repr(expected)
    except Failed:
        return False


@pytest.mark.parametrize("text", EQUATIONS)
@settings(max_examples=100)
@given(choose=st.randoms(use_true_random=False))
def test_equations_hold(text: str, choose: random.Random) -> None:
    assert holds(Equation.parse(text, NAMES), choose)


@pytest.mark.parametrize(
    "text",
    [
        "(- a b) = (- b a)",
        "(mod a 1) = a",
        "(length (range a)) = a",
        "(cons a b) = b",
        "(if c a b) = a",
        "(- a 0) = any",
    ],
)
def test_false_equations_would_be_found_out(text: str) -> None:
    equation, choose = Equation.parse(text, NAMES), random.Random(1)
    assert not all(holds(equation, choose) for _ in range(300))


# ---- what search leaves out

CASES = [
    ("list(int) -> list(int)", 14.5),
    ("list(int) -> int", 14.0),
    ("list(int) -> bool", 14.0),
    ("list(int) -> list(bool)", 14.5),
    ("int -> list(int)", 13.5),
    ("list(int) -> int -> int", 13.5),
]


def programs(grammar: Grammar, request: str, nats: float, equations: bool) -> dict[Term, float]:
    found = grammar.enumerate(Type.parse(request), 0, nats, 10_000_000, equations)
    kept = dict(found)
    assert len(kept) == len(found)
    return kept


def outputs(program: Term, request: str) -> list[Any]:
    battery = BATTERY
    if request.startswith("int"):
        battery = [len(xs) - 1 for xs in BATTERY]
    inputs = [(given,) for given in battery]
    if request.startswith("list(int) -> int ->"):
        inputs = [(xs, n) for n, xs in enumerate(BATTERY)]
    return LANGUAGE.evaluate(program, Type.parse(request), inputs, Limits())


@pytest.mark.parametrize(("request_", "nats"), CASES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_program_left_out_has_a_substitute(request_: str, nats: float, seed: int) -> None:
    weights = np.zeros((1, len(NAMES) + 1))
    if seed:
        weights = np.random.default_rng(seed).normal(0, 0.7, weights.shape)
    grammar = Grammar(LANGUAGE, weights)
    everything, kept = (programs(grammar, request_, nats, equations) for equations in (False, True))
    assert {program: everything[program] for program in kept} == pytest.approx(kept)
    assert len(kept) < 0.7 * len(everything)

    costs = {str(program): cost for program, cost in everything.items()}
    rewriting = Rewriting(PRODUCTIONS, EQUATIONS)

    def cheaper(text: str, ground: bool = False) -> str | None:
        """What an equation makes of a program, if that costs no more."""
        for changed in rewriting.rewritings(terms.parse(text), types.parse(request_), ground=ground):
            if costs.get(terms.show(changed), np.inf) <= costs[text] + 1e-9:
                return terms.show(changed)
        return None

    left_out = sorted(costs.keys() - {str(program) for program in kept})
    if not seed:  # all equations are in force where types are known
        sample = random.Random(seed).sample(sorted(map(str, kept)), min(400, len(kept)))
        assert not any(cheaper(text, ground=True) for text in sample)
    for text in random.Random(seed).sample(left_out, min(400, len(left_out))):
        assert cheaper(text)
        last = text
        while following := cheaper(last):
            last = following
        assert Term.parse(last) in kept
        for expected, found in zip(
            outputs(Term.parse(text), request_), outputs(Term.parse(last), request_), strict=True
        ):
            assert isinstance(expected, Failure) or repr(found) == repr(expected)


@pytest.mark.parametrize(
    ("request_", "function"),
    [
        ("list(int) -> list(int)", lambda xs: [x + 1 for x in xs]),
        ("list(int) -> list(int)", lambda xs: xs),
        ("list(int) -> int", lambda xs: len(xs) + 1),
        ("list(int) -> int", lambda xs: 0),
        ("list(int) -> bool", lambda xs: len(xs) > 1),
    ],
)
def test_search_finds_as_cheap_a_solution_with_fewer_programs(request_: str, function: Any) -> None:
    examples = [((xs,), function(xs)) for xs in BATTERY]
    budget = Budget(cpu_seconds=0, nats=15.0, slack_nats=100, keep=1000)
    request = Type.parse(request_)
    default = PLAIN.search(request, examples, budget, config=SearchConfig(equivalence="none"))
    without = PLAIN.search(
        request, examples, budget, config=SearchConfig(equivalence="none", equations=False)
    )
    assert default.programs < 0.7 * without.programs
    assert default.solutions[0][1] == pytest.approx(without.solutions[0][1])
    assert {program for program, _ in default.solutions} <= {program for program, _ in without.solutions}
    counted = sum(count for _, count in PLAIN.count_windows(request, 15.0, equations=True))
    assert counted == default.programs
    assert sum(count for _, count in PLAIN.count_windows(request, 15.0)) == without.programs


def test_libraries_keep_the_equations() -> None:
    library = Library("list", (Abstraction("two", "#(+ 1 1)", "int"),), (0.0,) * 24)
    assert tuple(library.language.equations) == EQUATIONS
    found = library.grammar.enumerate(Type.parse("int -> int"), 0, 7, 100_000, True)
    assert any("#(+ 1 1)" in str(program) for program, _ in found)
    assert not any("(+ 0" in str(program) for program, _ in found)
    assert Language(LIST_PRIMITIVES).equations == []
