"""Reply grammars: all that they derive is a program of the request, and what the printer writes is derived."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import EngineError, Grammar, Language, Term, Type, UnknownName
from engine.python_form import Surface, from_python, reply_grammar, to_python
from library.domain import get_domain
from library.snapshot import surface_of
from tests.reference import ebnf

DOMAIN = get_domain("list")
INCREMENT = Term.parse("#(lambda (map (lambda (+ $0 1)) $0))")
FILTER = Term.parse("#(lambda (lambda (fold $0 empty (lambda (lambda (if ($3 $1) (cons $1 $0) $0))))))")
TWICE = Term.parse("#(lambda (lambda ($1 ($1 $0))))")
PLAIN = surface_of(DOMAIN)
LEARNED = Surface(PLAIN.primitives, (("increment_all", INCREMENT), ("filter", FILTER), ("twice", TWICE)))
LANGUAGES = {
    PLAIN: DOMAIN.language(),
    LEARNED: DOMAIN.language([INCREMENT, FILTER, TWICE]),
}
REQUESTS = (
    "list(int) -> list(int)",
    "list(int) -> int",
    "list(int) -> bool",
    "int -> list(int)",
    "int -> int",
    "list(int) -> int -> list(int)",
    "bool -> list(bool) -> int",
    "list(list(int)) -> list(int)",
    "(int -> bool) -> list(int) -> list(int)",
    "list(t0) -> list(t0)",
    "list(int)",
)
CONSTANTS = Surface(
    (
        ("REAL", "real", "call:REAL"),
        ("0.", "real", "literal:0.0"),
        ("+.", "real -> real -> real", "binary:+"),
        ("power", "real -> real -> real", "binary:**"),
        ("STRING", "list(char)", "call:STRING"),
        ("'-'", "char", "literal:'-'"),
        ("cons", "t0 -> list(t0) -> list(t0)", "call:cons"),
        ("empty", "list(t0)", "literal:[]"),
        ("car", "list(t0) -> t0", "call:car"),
        ("if", "bool -> t0 -> t0 -> t0", "conditional"),
        ("char-eq?", "char -> char -> bool", "binary:=="),
    )
)
LANGUAGES[CONSTANTS] = Language([(name, type_) for name, type_, _ in CONSTANTS.primitives])


@cache
def derived(surface: Surface, request: str, depth: int) -> ebnf.Grammar:
    return ebnf.Grammar(reply_grammar(surface, Type.parse(request), depth=depth))


@settings(max_examples=300)
@given(
    st.sampled_from([PLAIN, LEARNED]),
    st.sampled_from(REQUESTS),
    st.integers(0, 4),
    st.randoms(use_true_random=False),
)
def test_what_is_derived_has_the_type(
    surface: Surface, request: str, depth: int, choose: random.Random
) -> None:
    if depth == 0 and request.endswith("bool"):
        depth = 1  # no literal is true or false
    text = derived(surface, request, depth).sample(choose)
    LANGUAGES[surface].eta_long(from_python(text, surface), Type.parse(request))


@given(
    st.sampled_from(["real -> real", "list(char) -> list(char)", "list(char) -> bool", "char -> char"]),
    st.randoms(use_true_random=False),
)
def test_constants_are_derived_with_their_types(request: str, choose: random.Random) -> None:
    text = derived(CONSTANTS, request, 3).sample(choose)
    LANGUAGES[CONSTANTS].eta_long(from_python(text, CONSTANTS), Type.parse(request))


@pytest.mark.parametrize(
    ("term", "request_"),
    [
        ("(lambda (+. $0 -2.5))", "real -> real"),
        ("(lambda (power -2.5 (+. $0 0.0)))", "real -> real"),
        ("(lambda (power 0. $0))", "real -> real"),
        ('(lambda (cons (car $0) "."))', "list(char) -> list(char)"),
        ('(lambda (cons (car "-") "]^ 12"))', "list(char) -> list(char)"),
        ('(lambda (if (char-eq? (car $0) \'-\') "" $0))', "list(char) -> list(char)"),
    ],
)
def test_constants_as_printed(term: str, request_: str) -> None:
    text = to_python(Term.parse(term), CONSTANTS, request_)
    assert from_python(text, CONSTANTS) == Term.parse(term)
    assert derived(CONSTANTS, request_, 3).derives(text), text


@pytest.mark.parametrize("surface", [PLAIN, LEARNED])
@pytest.mark.parametrize("request_", REQUESTS)
def test_programs_as_printed_are_derived(surface: Surface, request_: str) -> None:
    """The most probable ones, but for those with a variable whose type is open."""
    language, grammar = LANGUAGES[surface], derived(surface, request_, 5)
    programs = Grammar.uniform(language).enumerate(Type.parse(request_), 0.0, 15.0, 1500)
    assert len(programs) > 100
    missed: list[str] = []
    for term, _ in programs:
        text = to_python(term, surface, request_)
        if not grammar.derives(text):
            missed.append(text)
    print(len(programs), len(missed), missed[:20])
    assert len(missed) < len(programs) / 50
