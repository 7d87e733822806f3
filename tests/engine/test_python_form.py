"""Programs as Python expressions: exact round trips, friendly input, and no way to break the reader."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import EngineError, ParseError, Term, UnknownName
from engine.python_form import Surface, from_python, to_python
from tests.reference import terms
from tests.reference.evaluation import LIST_PRIMITIVES
from tests.reference.generation import ProgramSource
from tests.strategies import any_terms, programs

_FORMS = {
    "if": "conditional",
    "+": "binary:+",
    "-": "binary:-",
    "*": "binary:*",
    "mod": "binary:%",
    "gt?": "binary:>",
    "eq?": "binary:==",
    "empty": "literal:[]",
    "0": "integer",
    "1": "integer",
    "empty?": "call:is_empty",
    "is-prime": "call:is_prime",
    "is-square": "call:is_square",
}
_TYPED_FORMS = tuple((name, type_, _FORMS.get(name, f"call:{name}")) for name, type_ in LIST_PRIMITIVES)
INCREMENT = Term.parse("#(lambda (map (lambda (+ $0 1)) $0))")
SURFACE = Surface(primitives=_TYPED_FORMS, abstractions=(("increment_all", INCREMENT),))


@pytest.mark.parametrize(
    ("term", "request_", "python"),
    [
        (
            "(lambda (map (lambda (+ $0 (+ 1 1))) $0))",
            "list(int) -> list(int)",
            "lambda xs: map(lambda x: x + 2, xs)",
        ),
        ("(lambda (map (lambda (+ $0 1)) $0))", None, "lambda xs: map(lambda x: x + 1, xs)"),
        ("(lambda (if (gt? $0 1) $0 (- 0 1)))", None, "lambda n: n if n > 1 else -1"),
        ("(lambda (if (if $0 $0 $0) 1 0))", None, "lambda p: 1 if (p if p else p) else 0"),
        ("(lambda (lambda (- $1 (- $0 1))))", None, "lambda n, m: n - (m - 1)"),
        ("(lambda (lambda (- (- $1 $0) 1)))", None, "lambda n, m: n - m - 1"),
        ("(lambda (* (+ $0 1) (* $0 $0)))", None, "lambda n: (n + 1) * (n * n)"),
        ("(+ 1 (+ 1 1))", "int", "3"),
        ("(+ (+ 1 1) 1)", "int", "2 + 1"),
        ("(cons 1 (cons 0 empty))", None, "[1, 0]"),
        ("(lambda (cons 0 $0))", None, "lambda xs: cons(0, xs)"),
        (
            "(lambda (fold $0 0 (lambda (lambda (+ $1 $0)))))",
            None,
            "lambda xs: fold(xs, 0, lambda x, y: x + y)",
        ),
        ("(lambda (fold $0 0 +))", None, "lambda xs: fold(xs, 0, add)"),
        ("(map car)", None, "map(car)"),
        ("(lambda (lambda ($1 $0)))", "(int -> bool) -> int -> bool", "lambda f, n: f(n)"),
        ("(lambda $0)", "list(list(int)) -> list(list(int))", "lambda xss: xss"),
        ("(lambda (#(lambda (map (lambda (+ $0 1)) $0)) $0))", None, "lambda xs: increment_all(xs)"),
        ("(lambda (#(lambda (cdr $0)) $0))", None, "lambda xs: (lambda xs: cdr(xs))(xs)"),
        ("(eq? 0 (if (eq? 0 1) 1 0))", None, "0 == (1 if 0 == 1 else 0)"),
    ],
)
def test_prints(term: str, request_: str | None, python: str) -> None:
    assert to_python(Term.parse(term), SURFACE, request_) == python


@pytest.mark.parametrize(
    ("python", "term"),
    [
        ("lambda xs: xs[0]", "(lambda (index 0 $0))"),
        ("lambda xs: len(xs)", "(lambda (length $0))"),
        ("lambda x: -x", "(lambda (- 0 $0))"),
        ("lambda x, y: x < y", "(lambda (lambda (gt? $0 $1)))"),
        ("lambda x, y: x >= y", "(lambda (lambda (gt? (+ $1 1) $0)))"),
        ("lambda x, y: x <= y", "(lambda (lambda (gt? (+ $0 1) $1)))"),
        ("lambda x: 1 if x != 0 else 0", "(lambda (if (if (eq? $0 0) (eq? 0 1) (eq? 0 0)) 1 0))"),
        ("lambda p: 1 if not p else 0", "(lambda (if $0 0 1))"),
        ("lambda p, q: p and q", "(lambda (lambda (if $1 $0 (eq? 0 1))))"),
        ("lambda p, q: p or q", "(lambda (lambda (if $1 (eq? 0 0) $0)))"),
        ("lambda x: lambda x: x", "(lambda (lambda $0))"),
        ("lambda length: length", "(lambda $0)"),
        ("  \n lambda xs: [1, 2]", "(lambda (cons 1 (cons (+ 1 1) empty)))"),
        ("map(lambda x: x)([])", "(map (lambda $0) empty)"),
    ],
)
def test_reads_what_people_write(python: str, term: str) -> None:
    assert str(from_python(python, SURFACE)) == term


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("", "line 1"),
        ("lambda x: y", "line 1, column 11: unknown name 'y'"),
        ("\n\n  foo", "line 3, column 3: unknown name 'foo'"),
        ("(1 +\n  foo)", "line 2, column 3: unknown name 'foo'"),
        ("[].append", "line 1, column 1: an attribute"),
        ("f'{1}'", "an f-string"),
        ("'text'", "a literal of type str"),
        ("1.5", "a literal of type float"),
        ("None", "NoneType"),
        ("[x for x in []]", "a comprehension"),
        ("(x := 1)", "an assignment"),
        ("range(*[1])", "a starred argument"),
        ("range(n=1)", "arguments by name"),
        ("range()", "a call without arguments"),
        ("lambda: 1", "a lambda without parameters"),
        ("lambda x=1: x", "plain parameters"),
        ("lambda *x: x", "plain parameters"),
        ("lambda x, x: x", "two parameters of one name"),
        ("lambda xs: xs[1:]", "a slice"),
        ("lambda xs: xs[-1]", "negative subscript"),
        ("0 < 1 < 2", "a chain"),
        ("1 in [1]", "`in`"),
        ("~1", "this operator"),
        ("1 // 1", "no operator //"),
        ("1 & 1", "no operator"),
        ("101", "numbers above 100"),
        ("0x" + "f" * 9000, "line 1, column 1"),
        ("9" * 9000, "line 1, column 1"),
        ("1\0", "line 1"),
        ("\ud800", "line 1"),
        ("1; 2", "line 1, column 2"),
        ("import os", "line 1"),
        ("__import__('os')", "unknown name '__import__'"),
        ("[" + "1, " * 101 + "]", "more than 100 elements"),
        ("1" * 10_001, "longer than 10000 characters"),
        ("-" * 9000 + "1", "nested"),
        ("(" * 3000 + "1" + ")" * 3000, "nested"),
        ("lambda x: " * 900 + "x", "nested"),
        ("1 ** " * 1900 + "1", "line 1, column 1"),
        ("1 + " * 2400 + "1", "nested"),
        ("not " * 2400 + "1", "nested"),
        ("1 if 1 else " * 800 + "1", "nested"),
        ("[" * 120 + "]" * 120, "nested"),
        ("range" + "(1)" * 450, "nested"),
        ("await x", "Await"),
    ],
)
def test_refuses(python: str, message: str) -> None:
    with pytest.raises(ParseError, match=r"^line \d+, column \d+: ") as caught:
        from_python(python, SURFACE)
    assert message in str(caught.value)


def closed_with_named_abstraction(term: terms.Term) -> terms.Term:
    """The term with all its abstractions replaced by the one that the surface names."""
    match term:
        case terms.Abstraction():
            return terms.parse(str(INCREMENT))
        case terms.Apply(function, argument):
            return terms.Apply(
                closed_with_named_abstraction(function), closed_with_named_abstraction(argument)
            )
        case terms.Lambda(body):
            return terms.Lambda(closed_with_named_abstraction(body))
        case _:
            return term


@given(programs(depth=5, redexes=0.1, abstractions=0.1))
def test_well_typed_programs_come_back(program: tuple[terms.Term, str]) -> None:
    term = Term.parse(terms.show(closed_with_named_abstraction(program[0])))
    assert from_python(to_python(term, SURFACE, program[1]), SURFACE) == term
    assert from_python(to_python(term, SURFACE), SURFACE) == term


@given(any_terms())
def test_any_closed_term_comes_back(term: terms.Term) -> None:
    native = Term.parse(terms.show(closed_with_named_abstraction(term)))
    try:
        text = to_python(native, SURFACE)
    except EngineError as error:
        assert "bound by no lambda" in str(error)
    else:
        assert from_python(text, SURFACE) == native


def test_many_random_programs_come_back() -> None:
    choose, source = random.Random(7), ProgramSource(depth=5, redexes=0.05)
    for _ in range(1000):
        term = Term.parse(terms.show(source.program(choose, "list(int) -> list(int)")))
        assert from_python(to_python(term, SURFACE, "list(int) -> list(int)"), SURFACE) == term


_PUNCTUATION = ", ( ) [ ] : . + - * % > < = := == >= ** ... @ # \\ \n ;"
_WORDS = (
    "lambda x y xs if else not and or True None await map fold range car add 0 1 2 99 1.5e9 1j 'a' f'{x}' é"
)
_TOKENS = st.sampled_from(f"{_PUNCTUATION} {_WORDS} \N{SNOWMAN}".split(" "))


@given(st.one_of(st.text(max_size=60), st.lists(_TOKENS, max_size=25).map(" ".join)))
def test_arbitrary_text_is_read_or_refused(text: str) -> None:
    try:
        term = from_python(text, SURFACE)
    except ParseError as error:
        assert str(error).startswith("line ")
    else:
        assert from_python(to_python(term, SURFACE), SURFACE) == term


def test_names_never_capture() -> None:
    surface = Surface(
        primitives=_TYPED_FORMS, abstractions=(("xs", INCREMENT), ("add", Term.parse("#(lambda $0)")))
    )
    term = Term.parse(f"(lambda (fold ({INCREMENT} $0) (#(lambda $0) 0) +))")
    text = to_python(term, surface, "list(int) -> int")
    assert text == "lambda ys: fold(xs(ys), add(0), add_)"
    assert from_python(text, surface) == term


def test_many_variables_get_different_names() -> None:
    term = Term.parse("(lambda " * 30 + "(+ $29 $0)" + ")" * 30)
    text = to_python(term, SURFACE)
    assert from_python(text, SURFACE) == term


def test_what_cannot_be_printed() -> None:
    with pytest.raises(UnknownName, match="frobnicate"):
        to_python(Term.parse("(lambda (frobnicate $0))"), SURFACE)
    with pytest.raises(EngineError, match="closed"):
        to_python(Term.parse("$0"), SURFACE)


@pytest.mark.parametrize(
    ("primitives", "abstractions"),
    [
        ((("f", "int -> int", "call:not a name"),), ()),
        ((("f", "int -> int", "call:lambda"),), ()),
        ((("f", "int -> int", "binary:@@"),), ()),
        ((("f", "int -> int", "shout"),), ()),
        ((("f", "int", "integer"),), ()),
        ((("f", "int -> int", "call:g"), ("h", "int", "call:g")), ()),
        ((), (("f", Term.parse("(lambda $0)")),)),
        ((), (("not a name", INCREMENT),)),
        ((("f", "int -> int", "call:g"),), (("g", INCREMENT),)),
    ],
)
def test_surfaces_that_make_no_sense(
    primitives: tuple[tuple[str, str, str], ...], abstractions: tuple[tuple[str, Term], ...]
) -> None:
    with pytest.raises(EngineError):
        Surface(primitives=primitives, abstractions=abstractions)
