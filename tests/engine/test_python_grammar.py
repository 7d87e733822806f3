"""Reply grammars: what they derive is a program of the request, and what the printer writes is derived."""

from __future__ import annotations

import ast
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import EngineError, Grammar, Language, Term, Type, UnknownName
from engine.python_form import Surface, from_python, reply_grammar, to_python
from library.domain import Primitive, get_domain
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


@settings(max_examples=150)
@given(
    st.sampled_from([PLAIN, LEARNED]),
    st.sampled_from(REQUESTS),
    st.integers(0, 3),
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
        ("(lambda (if (char-eq? (car $0) '-') \"\" $0))", "list(char) -> list(char)"),
    ],
)
def test_constants_as_printed(term: str, request_: str) -> None:
    text = to_python(Term.parse(term), CONSTANTS, request_)
    assert from_python(text, CONSTANTS) == Term.parse(term)
    assert derived(CONSTANTS, request_, 3).derives(text), text


def nesting(python: str) -> int:
    """How many calls, operators, conditionals, list displays and inner lambdas are inside each other."""

    def of(node: ast.AST) -> int:
        counts = isinstance(node, ast.Call | ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.Lambda)
        counts = counts or (isinstance(node, ast.List) and bool(node.elts))
        return counts + max(map(of, ast.iter_child_nodes(node)), default=0)

    tree = ast.parse(python, mode="eval").body
    return of(tree) - isinstance(tree, ast.Lambda)


@pytest.mark.parametrize("surface", [PLAIN, LEARNED], ids=["plain", "learned"])
@pytest.mark.parametrize(
    "request_", [each for each in REQUESTS if "t0" not in each and "list(list" not in each]
)
def test_programs_as_printed_are_derived(surface: Surface, request_: str) -> None:
    """The most probable ones. Without the empty list no type is open, nor outside the universe."""
    functions = [term for term in surface.types if "empty" not in str(term).split()]
    language = Language(
        [(str(term), surface.types[term]) for term in functions if term.kind == "primitive"],
        [term for term in functions if term.kind == "abstraction"],
    )
    grammar = ebnf.Grammar(reply_grammar(surface, Type.parse(request_), functions))
    programs = Grammar.uniform(language).enumerate(Type.parse(request_), 0.0, 16.0, 300)
    assert len(programs) > 100
    texts = [to_python(term, surface, request_) for term, _ in programs]
    assert [text for text in texts if not grammar.derives(text) and nesting(text) <= 5] == []
    assert not any(grammar.derives(text) for text in texts if nesting(text) > 5)


SOLVED = [
    ("lambda xs: fold(xs, 0, lambda x, y: x + y)", "list(int) -> int"),
    ("lambda xs: fold(xs, [], lambda x, ys: cons(x, ys) if x % 2 == 0 else ys)", "list(int) -> list(int)"),
    ("lambda xs: map(lambda x: map(lambda y: x * y, xs), xs)", "list(int) -> list(list(int))"),
    ("lambda n: unfold(n, lambda x: x == 0, lambda x: x * x, lambda x: x - 1)", "int -> list(int)"),
    ("lambda xs: [car(xs), -1, 17, (1 if is_empty(xs) else 0) - (2 - 3)]", "list(int) -> list(int)"),
    ("lambda xs, n: index(n % length(xs), map(is_prime, xs))", "list(int) -> int -> bool"),
    ("lambda xs: fold(xs, 0, add)", "list(int) -> int"),
    ("lambda f, xs: map(f, xs) if f(car(xs)) else [f(3)]", "(int -> bool) -> list(int) -> list(bool)"),
]


@pytest.mark.parametrize(("python", "request_"), SOLVED)
def test_what_people_write_is_derived(python: str, request_: str) -> None:
    assert derived(PLAIN, request_, 5).derives(python)


@pytest.mark.parametrize("primitive", DOMAIN.primitives, ids=lambda primitive: primitive.name)
def test_the_domains_examples_are_derived(primitive: Primitive) -> None:
    request = primitive.example.request
    assert derived(PLAIN, request, 5).derives(
        to_python(Term.parse(primitive.example.program), PLAIN, request)
    )


def test_ill_typed_unbound_and_deeper_programs_are_not_derived() -> None:
    grammar = derived(PLAIN, "list(int) -> int", 3)
    for body in (
        "xs",
        "length(0)",
        "x",
        "car(xs) > 1",
        "fold(xs, 0, lambda x, x: x)",
        "((0))",
        "xs[0]",
        "101",
    ):
        assert not grammar.derives(f"lambda xs: {body}"), body
    assert grammar.derives("lambda xs: car(cdr(cdr(xs)))")
    assert not grammar.derives("lambda xs: car(cdr(cdr(cdr(xs))))")


def test_only_the_functions_given_are_used() -> None:
    functions = [Term.primitive(name) for name in ("map", "+", "1")]
    text = reply_grammar(PLAIN, Type.parse("list(int) -> list(int)"), functions)
    grammar = ebnf.Grammar(text)
    assert grammar.derives("lambda xs: map(lambda x: x + 3, xs)")
    assert not any(name in text for name in ("fold", "car", "[]", "if", '"0"', '"-"'))


@pytest.mark.parametrize(
    ("request_", "names", "depth"),
    [
        ("list(int) -> bool", ["map", "+", "1"], 5),  # nothing gives a bool
        ("list(int) -> bool", ["empty?"], 0),
        ("int -> list(int)", ["cdr", "map"], 5),  # these need a list to begin with
    ],
)
def test_a_request_that_nothing_fits(request_: str, names: list[str], depth: int) -> None:
    with pytest.raises(EngineError, match="no program of type"):
        reply_grammar(PLAIN, Type.parse(request_), [Term.primitive(name) for name in names], depth)


def test_a_function_that_the_surface_lacks() -> None:
    with pytest.raises(UnknownName, match="frobnicate"):
        reply_grammar(PLAIN, Type.parse("int -> int"), [Term.primitive("frobnicate")])


@pytest.mark.parametrize(
    "request_", ["list(int) -> list(int)", "list(int) -> int", "list(list(int)) -> list(int)"]
)
def test_the_grammar_stays_small(request_: str) -> None:
    text = reply_grammar(PLAIN, Type.parse(request_))
    assert text.count("\n") < 1500
    assert len(text) < 100_000


def test_xgrammar_reads_it_alike() -> None:
    """Its matcher takes what our reader derives, as bytes, and can stop there; and nothing else."""
    xgrammar = pytest.importorskip("xgrammar")
    tokens = xgrammar.TokenizerInfo([bytes([byte]) for byte in range(256)] + [b"<end>"], stop_token_ids=[256])
    compiler = xgrammar.GrammarCompiler(tokens, max_threads=1)
    choose = random.Random(5)
    for surface, request, depth in (
        (LEARNED, "list(int) -> list(int)", 5),
        (PLAIN, "list(list(int)) -> list(int)", 3),
        (CONSTANTS, "list(char) -> list(char)", 3),
        (CONSTANTS, "real -> real", 3),
    ):
        grammar = derived(surface, request, depth)
        compiled = compiler.compile_grammar(reply_grammar(surface, Type.parse(request), depth=depth))

        def accepts(text: str, compiled: object = compiled) -> bool:
            matcher = xgrammar.GrammarMatcher(compiled)
            return all(map(matcher.accept_token, text.encode())) and matcher.accept_token(256)

        for _ in range(30):
            text = grammar.sample(choose)
            assert accepts(text), text
            position = choose.randrange(len(text))
            for changed in (text[:-1], text[:position] + choose.choice("x(0'] ") + text[position + 1 :]):
                assert accepts(changed) == grammar.derives(changed), changed
