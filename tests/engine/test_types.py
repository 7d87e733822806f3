"""Types and inference against the reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import IllTyped, Language, ParseError, Term, Type, UnknownName
from tests.reference import terms, types
from tests.reference.evaluation import FIX, LIST_PRIMITIVES
from tests.strategies import any_terms, programs, reference_types

LANGUAGE = Language([*LIST_PRIMITIVES, FIX])
TYPES = {name: types.parse(type_) for name, type_ in [*LIST_PRIMITIVES, FIX]}


@given(reference_types())
def test_a_printed_type_reads_back(type_: types.Type) -> None:
    native = Type.parse(types.show(type_))
    assert str(native) == types.show(type_)
    assert Type.parse(str(native)) == native
    assert hash(Type.parse(str(native))) == hash(native)
    assert [str(argument) for argument in native.arguments] == [types.show(a) for a in types.arguments(type_)]
    assert str(native.returns) == types.show(types.returns(type_))
    assert native.is_polymorphic == bool(types.variables(type_))
    if isinstance(type_, types.Constructor):
        assert native.constructor == type_.name
        assert [str(p) for p in native.parameters] == [types.show(p) for p in type_.parameters]
    else:
        assert (native.constructor, native.parameters) == (types.show(type_), [])


@given(reference_types(), reference_types())
def test_equality_is_of_text(left: types.Type, right: types.Type) -> None:
    assert (Type.parse(types.show(left)) == Type.parse(types.show(right))) == (left == right)


def test_spaces_and_parentheses_do_not_matter() -> None:
    assert Type.parse(" ( list( int ) )->((int)) ") == Type.parse("list(int) -> int")
    assert Type.parse("int -> int -> int") == Type.parse("int -> (int -> int)")
    assert Type.parse("(int -> int) -> int") != Type.parse("int -> int -> int")
    assert Type.parse("int") != "int"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "(",
        "()",
        "list(",
        "list()",
        "int ->",
        "-> int",
        "int int",
        "list(int",
        "int)",
        "int,",
        "t999999",
        "(" * 100_000,
        "list(" * 100_000,
        "int -> " * 100_000,
        "é",
        "\0",
        "\N{SNOWMAN}",
        "int \N{SNOWMAN}",
    ],
)
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(ParseError, match=r"^line \d+, column \d+: "):
        Type.parse(text)


@given(st.text(alphabet="tintlist01()->, \né\0", max_size=25))
def test_arbitrary_text_is_a_type_or_refused(text: str) -> None:
    try:
        type_ = Type.parse(text)
    except ParseError as error:
        assert str(error).startswith("line ")
    else:
        assert Type.parse(str(type_)) == type_


@given(reference_types(), reference_types())
def test_unification_agrees(parameter: types.Type, argument: types.Type) -> None:
    """`(f a)` has a type just when the types of a and f's parameter unify; its type shows how."""
    function = types.arrow(parameter, types.Constructor("pair", (parameter, types.Constructor("int"))))
    primitives = [("f", types.show(function)), ("a", types.show(argument))]
    try:
        expected = types.show(
            types.infer(terms.parse("(f a)"), {name: types.parse(type_) for name, type_ in primitives})
        )
    except types.IllTyped:
        with pytest.raises(IllTyped):
            Language(primitives).infer(Term.parse("(f a)"))
    else:
        assert str(Language(primitives).infer(Term.parse("(f a)"))) == expected


@given(any_terms(open_terms=False))
def test_inference_agrees_on_any_term(term: terms.Term) -> None:
    native = Term.parse(terms.show(term))
    try:
        expected = types.show(types.infer(term, TYPES))
    except types.IllTyped:
        with pytest.raises(IllTyped):
            LANGUAGE.infer(native)
    else:
        assert str(LANGUAGE.infer(native)) == expected


@given(programs(depth=4, redexes=0.1, abstractions=0.1))
def test_inference_agrees_on_programs(program: tuple[terms.Term, str]) -> None:
    term, _ = program
    assert str(LANGUAGE.infer(Term.parse(terms.show(term)))) == types.show(types.infer(term, TYPES))


@pytest.mark.parametrize(
    "text", ["$0", "(lambda $1)", "(lambda ($0 $0))", "(car 1)", "(0 1)", "(if 0 1 1)", "(+ 1 empty)"]
)
def test_ill_typed(text: str) -> None:
    with pytest.raises(IllTyped):
        LANGUAGE.infer(Term.parse(text))


def test_unknown_names() -> None:
    with pytest.raises(UnknownName, match="frobnicate"):
        LANGUAGE.infer(Term.parse("(lambda (frobnicate $0))"))


@given(programs(depth=4, redexes=0.1, abstractions=0.1))
def test_eta_long_keeps_the_type_and_is_stable(program: tuple[terms.Term, str]) -> None:
    request = Type.parse(program[1])
    long = LANGUAGE.eta_long(Term.parse(terms.show(program[0])), request)
    assert LANGUAGE.eta_long(long, request) == long
    reference = terms.beta_normal(terms.parse(str(long)))
    types.unify(types.infer(reference, TYPES), types.parse(program[1]), {})


@pytest.mark.parametrize(
    ("text", "request_", "long"),
    [
        ("car", "list(int) -> int", "(lambda (car $0))"),
        ("(map (+ 1))", "list(int) -> list(int)", "(lambda (map (lambda (+ 1 $0)) $0))"),
        ("(lambda (fold $0 0 +))", "list(int) -> int", "(lambda (fold $0 0 (lambda (lambda (+ $1 $0)))))"),
        ("(lambda ((lambda (+ $0 $0)) $0))", "int -> int", "(lambda (+ $0 $0))"),
        ("#(lambda (+ $0 1))", "int -> int", "(lambda (#(lambda (+ $0 1)) $0))"),
        (
            "(lambda (lambda (map $1 $0)))",
            "(int -> int) -> list(int) -> list(int)",
            "(lambda (lambda (map (lambda ($2 $0)) $0)))",
        ),
    ],
)
def test_eta_long_form(text: str, request_: str, long: str) -> None:
    assert str(LANGUAGE.eta_long(Term.parse(text), Type.parse(request_))) == long


@pytest.mark.parametrize(
    ("text", "request_"),
    [("car", "int -> int"), ("0", "bool"), ("(lambda $0)", "int -> bool"), ("0", "int -> int")],
)
def test_eta_long_checks_the_request(text: str, request_: str) -> None:
    with pytest.raises(IllTyped):
        LANGUAGE.eta_long(Term.parse(text), Type.parse(request_))
