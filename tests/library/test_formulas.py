"""Formulas: read and evaluated, written from programs, compared by SymPy."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Term, Type
from library.domains.physics import PHYSICS
from library.domains.physics_laws import TEST, TRAIN
from library.exports.formula import formula_of
from library.formulas import FormulaError, equivalent, evaluate
from tests.reference.generation import ProgramSource
from tests.reference.terms import show

LANGUAGE = PHYSICS.language()
VECTOR, REAL = "list(real)", "real"
SUM = "(lambda (lambda (+. $0 $1)))"
ADD = f"(lambda (lambda (zip $1 $0 {SUM})))"

WRITTEN = [
    ("(lambda (power (*. 19.6 $0) 0.5))", "real -> real", "h", "sqrt(19.6*h)"),
    ("(lambda (lambda (*. (*. $0 $0) (/. $1 2.0))))", "real -> real -> real", "m v", "m*v**2/2"),
    (
        f"(lambda (lambda (fold (zip $0 $1 (lambda (lambda (*. $0 $1)))) 0. {SUM})))",
        "list(real) -> list(real) -> real",
        "F d",
        "sum(F*d)",
    ),
    (
        "(lambda (/. 1. (fold $0 0. (lambda (lambda (+. $0 (/. 1. $1)))))))",
        "list(real) -> real",
        "C",
        "1/sum(1/C)",
    ),
    (f"(lambda (fold (cdr $0) (car $0) {ADD}))", "list(list(real)) -> list(real)", "F", "F[0] + sum(F[1:])"),
    ("(lambda (lambda (map (lambda (*. $0 $2)) $0)))", "real -> list(real) -> list(real)", "m v", "m*v"),
    ("(lambda (fold $0 1. (lambda (lambda (*. $0 $1)))))", "list(real) -> real", "a", "prod(a)"),
    ("(lambda (fold $0 0. (lambda (lambda (-. $1 $0)))))", "list(real) -> real", "a", "a[0] + a[2] - a[1]"),
    ("(lambda (-. 0. (/. 1. $0)))", "real -> real", "f", "-1/f"),
    ("(lambda (power (+. 1. pi) $0))", "real -> real", "t", "(1 + pi)**(t)"),
    ("(lambda (cons $0 (cons (/. $0 pi) empty)))", "real -> list(real)", "t", "[t, t/pi]"),
    ("(lambda (lambda (-. $1 (-. $0 1.))))", "real -> real -> real", "a b", "1 + a - b"),
]


@pytest.mark.parametrize(("program", "request_", "names", "formula"), WRITTEN)
def test_programs_are_written_as(program: str, request_: str, names: str, formula: str) -> None:
    assert formula_of(Term.parse(program), Type.parse(request_), LANGUAGE, names.split()) == formula


def test_abstractions_are_written_out() -> None:
    root = "#(lambda (power $0 0.5))"
    program = Term.parse(f"(lambda (*. pi ({root} (+. $0 1.))))")
    language = PHYSICS.language([Term.parse(root)])
    assert formula_of(program, Type.parse("real -> real"), language, ["x"]) == "pi*sqrt(1 + x)"


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(PHYSICS.requests), st.integers(1, 4))
def test_a_formula_gives_what_the_program_gives(choose: random.Random, request_: str, depth: int) -> None:
    """On other numbers than those that it was checked on; there may be no formula."""
    productions = [(each.name, each.type) for each in PHYSICS.primitives if each.name != "REAL"]
    program = Term.parse(show(ProgramSource(productions, depth=depth).program(choose, request_)))
    request = Type.parse(request_)
    program = LANGUAGE.eta_long(program, request)
    names = ("a", "b", "c", "d")
    try:
        text = formula_of(program, request, LANGUAGE, names)
    except FormulaError:
        return
    values = [
        [choose.uniform(1, 3) for _ in range(3)] if str(part) == VECTOR else choose.uniform(1, 3)
        for part in request.arguments
    ]
    [output] = LANGUAGE.evaluate(program, request, [values])
    if isinstance(output, float | list):
        assert evaluate(text, dict(zip(names, values, strict=False))) == pytest.approx(
            output, rel=1e-6, abs=1e-9
        )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2**2", -4.0),
        ("dot([1, 2], [3, 4])", 11.0),
        ("cross([1, 0, 0], [0, 1, 0])", [0.0, 0.0, 1.0]),
        ("norm([3, 4])", 5.0),
        ("sum([[1, 2], [3, 4]])", [4.0, 6.0]),
        ("2*[1, 2] + 1", [3.0, 5.0]),
        ("[1, 2, 3][1:]", [2.0, 3.0]),
    ],
)
def test_formulas_are_evaluated(text: str, value: object) -> None:
    assert evaluate(text, {}) == value


@pytest.mark.parametrize(
    "text",
    ["x", "1 +", "__import__('os')", "x.y", "[1, 2] + [1, 2, 3]", "sum(1)", "f(2)", "lambda: 1", "'a'"],
)
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        evaluate(text, {})


SAME = [
    ("sqrt(2*9.8*h)", "sqrt(19.6*h)", {"h": REAL}, False, True),
    ("2*pi*sqrt(m/k)", "6.2831853*sqrt(m/k)", {"m": REAL, "k": REAL}, False, True),
    (
        "(a - b)*q/norm(a - b)**3",
        "q*(a - b)/sum((a - b)**2)**1.5",
        {"a": VECTOR, "b": VECTOR, "q": REAL},
        False,
        True,
    ),
    ("3*m/r**2", "m/r**2", {"m": REAL, "r": REAL}, True, True),
    ("3*m/r**2", "m/r**2", {"m": REAL, "r": REAL}, False, False),
    ("x + y", "x - y", {"x": REAL, "y": REAL}, True, False),
    ("[x, 2*x]", "[x, x]", {"x": REAL}, True, False),
    ("x*v", "norm(v)*x", {"x": REAL, "v": VECTOR}, True, False),
    ("sum(F)", "F[0] + sum(F[1:])", {"F": "list(list(real))"}, False, True),
]


@pytest.mark.parametrize(("one", "other", "variables", "up_to_constant", "same"), SAME)
def test_equivalence(
    one: str, other: str, variables: dict[str, str], up_to_constant: bool, same: bool
) -> None:
    pytest.importorskip("sympy")
    assert equivalent(one, other, variables, up_to_constant) is same
    assert equivalent(other, one, variables, up_to_constant) is same


def test_no_two_laws_of_one_half_are_the_same_but_in_name() -> None:
    pytest.importorskip("sympy")
    trained = {(law.request, law.formula) for law in TRAIN}
    assert len(trained) == len(TRAIN)
    assert not trained & {(law.request, law.formula) for law in TEST}
