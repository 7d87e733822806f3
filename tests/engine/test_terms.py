"""Terms: DreamCoder's text form, and β-normal forms, against the reference."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import EngineError, ParseError, Term
from tests.reference import terms
from tests.strategies import any_terms, programs


def build(term: terms.Term) -> Term:
    """The native term, through the constructors."""
    match term:
        case terms.Index(number):
            return Term.index_of(number)
        case terms.Primitive(name):
            return Term.primitive(name)
        case terms.Apply(function, argument):
            return Term.apply(build(function), build(argument))
        case terms.Lambda(body):
            return Term.lambda_(build(body))
        case terms.Abstraction(body):
            return Term.abstraction(build(body))


def unbuild(term: Term) -> terms.Term:
    """The reference's term, through the accessors."""
    match term.kind:
        case "index":
            return terms.Index(term.index)
        case "primitive":
            return terms.Primitive(term.name)
        case "application":
            return terms.Apply(unbuild(term.function), unbuild(term.argument))
        case "lambda":
            return terms.Lambda(unbuild(term.body))
        case "abstraction":
            return terms.Abstraction(unbuild(term.body))
        case kind:
            raise AssertionError(kind)


@given(any_terms())
def test_a_printed_term_reads_back(term: terms.Term) -> None:
    native = Term.parse(terms.show(term))
    assert str(native) == terms.show(term)
    assert Term.parse(str(native)) == native == build(term)
    assert hash(build(term)) == hash(native)
    assert unbuild(native) == term
    assert native.size == terms.size(term)
    assert [str(found) for found in native.abstractions] == [
        terms.show(found) for found in terms.abstractions(term)
    ]


@given(any_terms(), any_terms())
def test_equality_is_of_structure(left: terms.Term, right: terms.Term) -> None:
    assert (build(left) == build(right)) == (left == right)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("(lam (+ $0 1))", "(lambda (+ $0 1))"),
        (" ( lambda\n\t$0 ) ", "(lambda $0)"),
        ("((f x) y)", "(f x y)"),
        ("(f)", "f"),
        ("(lambda (lam $1))", "(lambda (lambda $1))"),
        ("#(lam $0)", "#(lambda $0)"),
        ("#(map car)", "#(map car)"),
        ("#(car)", "#(car)"),
        ("(#(lambda (#(lambda $0) $0)) 1)", "(#(lambda (#(lambda $0) $0)) 1)"),
    ],
)
def test_other_ways_to_write_it(text: str, same: str) -> None:
    assert str(Term.parse(text)) == same


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("(", "line 1, column 2"),
        ("()", "line 1, column 2"),
        ("(lambda)", "line 1, column 8"),
        ("(lambda $0 $0)", "line 1, column 12"),
        ("(f\n  x", "line 2, column 4"),
        ("(f x))", "line 1, column 6"),
        ("(f $)", "line 1, column"),
        ("(f $x)", "line 1, column"),
        ("$123456789012", "line 1, column"),
        ("#(lambda $1)", "line 1, column"),
        ("(f \N{SNOWMAN}) é", "line 1, column"),
        ("\0", "line 1, column 1"),
        ("(f \0)", "line 1, column"),
        ("(" * 100_000, "line 1, column"),
        ("(lambda " * 100_000, "line 1, column"),
        ("#(" * 100_000, "line 1, column"),
        ("(f" + " a" * 100_000 + ")", "line 1, column"),
        ("lam", "line 1, column 4"),
        ("(f \ud800)", "line 1, column 1"),
    ],
)
def test_what_is_no_term(text: str, place: str) -> None:
    with pytest.raises(ParseError) as caught:
        Term.parse(text)
    assert place in str(caught.value)


@given(st.one_of(st.text(max_size=30), st.text(alphabet="()#$01 lambdé\n", max_size=40)))
def test_arbitrary_text_is_a_term_or_refused(text: str) -> None:
    try:
        term = Term.parse(text)
    except ParseError as error:
        assert str(error).startswith("line ")
    else:
        assert Term.parse(str(term)) == term


@given(any_terms(), st.booleans())
def test_beta_normal_agrees(term: terms.Term, inline: bool) -> None:
    try:
        expected = terms.beta_normal(term, inline)
    except terms.TooManySteps:
        return
    assert unbuild(build(term).beta_normal(inline)) == expected


@given(programs(depth=5, redexes=0.3, abstractions=0.3), st.booleans())
def test_beta_normal_agrees_on_programs(program: tuple[terms.Term, str], inline: bool) -> None:
    term, _ = program
    try:
        expected = terms.beta_normal(term, inline)
    except terms.TooManySteps:
        return
    assert unbuild(build(term).beta_normal(inline=inline)) == expected


TWO = "(lambda (lambda ($1 ($1 $0))))"


@pytest.mark.parametrize(
    "text",
    [
        "((lambda ($0 $0)) (lambda ($0 $0)))",
        "((lambda ($0 $0 $0)) (lambda ($0 $0 $0)))",
        "((lambda (f ($0 $0))) (lambda (f ($0 $0))))",
        f"({TWO} {TWO} {TWO} {TWO} {TWO})",
        "((lambda (pair $0 $0)) " * 60 + "1" + ")" * 60,
    ],
)
def test_normalisation_without_end_is_refused(text: str) -> None:
    started = time.process_time()
    with pytest.raises(EngineError):
        Term.parse(text).beta_normal()
    assert time.process_time() - started < 5


def test_constructors_keep_terms_sane() -> None:
    with pytest.raises(EngineError):
        Term.index_of(-1)
    with pytest.raises(EngineError):
        Term.abstraction(Term.parse("(lambda $1)"))
    deep = Term.primitive("x")
    with pytest.raises(EngineError):
        for _ in range(1_000_000):
            deep = Term.lambda_(deep)
    wide = Term.primitive("x")
    with pytest.raises(EngineError):
        for _ in range(1_000):
            wide = Term.apply(wide, wide)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("x", ["index", "function", "argument", "body"]),
        ("$0", ["name", "body"]),
        ("(lambda $0)", ["name", "function"]),
    ],
)
def test_accessors_of_another_kind_raise(text: str, missing: list[str]) -> None:
    for accessor in missing:
        with pytest.raises((EngineError, AttributeError)):
            getattr(Term.parse(text), accessor)
