"""Constants in programs: how they are written, typed, weighed, and looked like in Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import EngineError, Grammar, IllTyped, Language, ParseError, Term, Type, UnknownName
from engine.python_form import Surface, from_python, to_python

REALS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.text('"\\ ()$#a\n', max_size=8)

REAL_PRIMITIVES = [("REAL", "real"), *((name, "real -> real -> real") for name in ("+.", "*.", "/."))]
TEXT_PRIMITIVES = [
    ("STRING", "list(char)"),
    ("'-'", "char"),
    ("cons", "t0 -> list(t0) -> list(t0)"),
    ("car", "list(t0) -> t0"),
]
BOTH = Language([*REAL_PRIMITIVES, *TEXT_PRIMITIVES, ("1.", "real")])
_FORMS = {"+.": "binary:+", "*.": "binary:*", "/.": "binary:/", "'-'": "literal:'-'", "1.": "literal:1.0"}
SURFACE = Surface(
    primitives=tuple(
        (name, type_, _FORMS.get(name, f"call:{name}"))
        for name, type_ in [*REAL_PRIMITIVES, *TEXT_PRIMITIVES, ("1.", "real")]
    )
)


@given(REALS | TEXTS)
def test_constants_come_back_from_their_text(value: float | str) -> None:
    term = Term.constant(value)
    assert Term.parse(str(term)) == term
    assert term.constant_value == value and type(term.constant_value) is type(value)
    around = Term.parse(f"(lambda (f {term} #(lambda (g $0 {term}))))")
    assert Term.parse(str(around)) == around
    if isinstance(value, float) and value != 0:
        assert term.name == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.5", 2.5),
        ("-0.25", -0.25),
        ("2.50", 2.5),
        ("-0.0", 0.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e5", 1e5),
        ("-1.5E-3", -1.5e-3),
        ('"ab c"', "ab c"),
        (r'"a\"b\\c"', 'a"b\\c'),
        ('""', ""),
        ("1", None),
        ("1e", None),
        ("e5", None),
        ("-", None),
        ("+.", None),
        (".", None),
        ("1.5x", None),
        ("1e999", None),
        ("1.0e+", None),
        ("'a'", None),
        ("nan", None),
    ],
)
def test_what_a_primitive_spells(text: str, value: Any) -> None:
    assert Term.parse(text).constant_value == value


@pytest.mark.parametrize(
    "text", ['"ab', '"', '(f "ab)', '"a"b', '"a""b"', r'"\x"', '"\\"', f'"{"a" * 10_001}"']
)
def test_texts_that_do_not_end_well(text: str) -> None:
    with pytest.raises(ParseError, match="line 1, column"):
        Term.parse(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, 1, True, None, ["a"], "\ud800", "a" * 10_001])
def test_what_is_no_constant(value: Any) -> None:
    with pytest.raises((EngineError, TypeError)):
        Term.constant(value)


def test_only_primitives_have_a_constant_value() -> None:
    assert Term.parse("$0").constant_value is None
    assert Term.parse("#(2.5)").constant_value is None


def test_languages_have_the_constants_that_they_have_holes_for() -> None:
    real, text = Language(REAL_PRIMITIVES), Language(TEXT_PRIMITIVES)
    assert str(real.infer(Term.parse("(lambda (+. $0 2.5))"))) == "real -> real"
    assert str(text.infer(Term.parse('(cons (car "a b") "")'))) == "list(char)"
    with pytest.raises(UnknownName, match=r"constants like 2\.5"):
        text.infer(Term.parse("2.5"))
    with pytest.raises(UnknownName, match="constants like"):
        real.infer(Term.parse('"ab"'))
    with pytest.raises(IllTyped):
        real.eta_long(Term.parse("(+. 2.5)"), Type.parse("real"))
    with pytest.raises(UnknownName):  # a production of that name, but no constants
        Language([("REAL", "int")]).infer(Term.parse("2.5"))


def test_a_production_of_the_very_name_goes_first() -> None:
    language = Language([("2.5", "int"), ("REAL", "real")])
    assert str(language.infer(Term.parse("2.5"))) == "int"
    assert str(language.infer(Term.parse("2.50"))) == "real"


def test_a_constant_weighs_what_its_hole_weighs_and_its_digits() -> None:
    request = Type.parse("real -> real")
    grammar = Grammar.uniform(BOTH)
    hole = grammar.log_likelihood(Term.parse("(lambda (+. $0 REAL))"), request)
    digits = 2 * math.log(2) + math.log(3) + 2 * math.log(20)
    assert grammar.log_likelihood(Term.parse("(lambda (+. $0 2.5))"), request) == pytest.approx(hole - digits)
    uses, _ = Grammar.count(BOTH, [Term.parse("(lambda (+. $0 2.5))")], [request], [1.0])
    assert uses[:, 0].sum() == 1 and uses.sum() == 3


@given(TEXTS)
def test_characters_of_a_text_cost_one_in_62_each(text: str) -> None:
    request = Type.parse("char -> list(char)")
    weights = np.array([[-0.5, -1.0, -2.0, -3.0, -1.5, -0.1, -0.2, -0.3, -0.4, -0.6]])
    grammar = Grammar(BOTH, weights)
    hole = grammar.log_likelihood(Term.parse("(lambda (cons $0 STRING))"), request)
    term = Term.parse(f"(lambda (cons $0 {Term.constant(text)}))")
    assert grammar.log_likelihood(term, request) == pytest.approx(hole - len(text) * math.log(62))


@pytest.mark.parametrize(
    ("term", "python"),
    [
        ("(lambda (+. $0 2.5))", "lambda x: x + 2.5"),
        ("(lambda (*. -0.25 $0))", "lambda x: -0.25 * x"),
        ("(lambda (/. $0 1e+22))", "lambda x: x / 1e+22"),
        ("(lambda (+. $0 1.))", "lambda x: x + 1.0"),
        ("(lambda (+. $0 1.0))", "lambda x: x + float(1.0)"),
        ("(lambda (+. $0 REAL))", "lambda x: x + REAL"),
        ('(lambda (cons (car $0) "b c"))', "lambda s: cons(car(s), 'b c')"),
        ("(lambda (cons '-' \"-\"))", "lambda a: cons('-', str('-'))"),
        (r'"it\"s \\"', "'it\"s \\\\'"),
    ],
)
def test_constants_as_python(term: str, python: str) -> None:
    assert to_python(Term.parse(term), SURFACE) == python
    assert from_python(python, SURFACE) == Term.parse(term)


@given(REALS | TEXTS)
def test_constants_come_back_from_python(value: float | str) -> None:
    for term in (Term.constant(value), Term.parse(f"(lambda (+. (*. {Term.constant(value)} $0) $0))")):
        assert from_python(to_python(term, SURFACE), SURFACE) == term


@pytest.mark.parametrize(
    ("python", "term"),
    [
        ("2.50", "2.5"),
        ("-(0.5)", "-0.5"),
        ("float(-1.0)", "-1.0"),
        ("-1.0", "-1.0"),
        ("str('ab')", '"ab"'),
        ("lambda str: str(REAL)", "(lambda ($0 REAL))"),
        ("'a' 'b'", '"ab"'),
    ],
)
def test_other_ways_to_write_a_constant(python: str, term: str) -> None:
    assert from_python(python, SURFACE) == Term.parse(term)


@pytest.mark.parametrize(
    "python", ["1e999", "-1e999", "str(1.0)", "float('a')", "str()", "b'a'", "'\\ud800'", "2"]
)
def test_python_that_is_no_constant(python: str) -> None:
    with pytest.raises(ParseError, match="line 1, column 1"):
        from_python(python, SURFACE)


def test_surfaces_without_holes_have_no_constants() -> None:
    surface = Surface(primitives=(("1.", "real", "literal:1.0"),))
    assert from_python("1.0", surface) == Term.parse("1.")
    for python in ("2.5", "'ab'", "-1.0"):
        with pytest.raises(ParseError):
            from_python(python, surface)
    with pytest.raises(UnknownName):
        to_python(Term.parse("2.5"), surface)


def test_str_is_short_for_a_list_of_characters() -> None:
    assert Type.parse("str -> list(str)") == Type.parse("list(char) -> list(list(char))")
    assert str(Type.parse("str(int)")) == "str(int)"
