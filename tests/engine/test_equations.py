"""Equations: which are understood, and that just the programs they make redundant are left out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import EngineError, Grammar, IllTyped, Language, ParseError, Term, Type
from tests.reference import terms, types
from tests.reference.equations import Rewriting

INTEGERS = [("+", "int -> int -> int"), ("-", "int -> int -> int"), ("0", "int"), ("1", "int")]
LISTS = [
    ("map", "(t0 -> t1) -> list(t0) -> list(t1)"),
    ("pam", "list(t0) -> (t0 -> t1) -> list(t1)"),
    ("empty", "list(t0)"),
    ("cons", "t0 -> list(t0) -> list(t0)"),
    ("car", "list(t0) -> t0"),
    ("length", "list(t0) -> int"),
    ("rev", "list(t0) -> list(t0)"),
    ("sort", "list(int) -> list(int)"),
    ("if", "bool -> t0 -> t0 -> t0"),
    ("same?", "t0 -> t0 -> bool"),
    ("true", "bool"),
    ("clamp", "int -> int -> int -> int"),
]
PRIMITIVES = [*INTEGERS, *LISTS]
EQUATIONS = [
    "(+ a b) = (+ b a)",
    "(+ a 0) = a",
    "(+ 0 a) = a",
    "(- a 0) = a",
    "(- a a) = 0",
    "(map (lambda $0) a) = a",
    "(pam a (lambda $0)) = a",
    "(map f empty) = empty",
    "(car (cons a b)) = a",
    "(car empty) = any",
    "(length empty) = 0",
    "(rev (rev a)) = a",
    "(rev empty) = empty",
    "(sort (sort a)) = (sort a)",
    "(if c a a) = a",
    "(if true a b) = a",
    "(same? a a) = true",
    "(clamp a b c) = (clamp a c b)",
]
REQUESTS = [
    ("list(int) -> list(int)", 13.0),
    ("int -> int", 13.0),
    ("bool", 13.5),
    ("list(t0) -> list(t0)", 12.0),
    ("list(int -> int) -> list(int)", 13.0),
    ("list(int -> int) -> list(int -> int)", 13.0),
    ("(int -> int) -> int -> int", 12.5),
    ("int -> t0 -> list(t0)", 11.5),
]


def programs(
    primitives: Sequence[tuple[str, str]],
    equations: Sequence[str],
    request: str,
    nats: float,
    weights: np.ndarray | None = None,
) -> tuple[dict[str, float], dict[str, float]]:
    """All programs with their costs, and those that are kept."""
    language = Language(primitives, [], equations)
    grammar = Grammar.uniform(language) if weights is None else Grammar(language, weights)
    found = [grammar.enumerate(Type.parse(request), 0, nats, 1_000_000, pruned) for pruned in (False, True)]
    everything, kept = ({str(program): cost for program, cost in each} for each in found)
    assert [len(each) for each in found] == [len(everything), len(kept)]
    return everything, kept


def left_out(
    primitives: Sequence[tuple[str, str]], equations: Sequence[str], request: str, nats: float
) -> set[str]:
    everything, kept = programs(primitives, equations, request, nats)
    assert kept.keys() <= everything.keys()
    return everything.keys() - kept.keys()


@settings(max_examples=100)
@given(
    st.sampled_from(REQUESTS),
    st.lists(st.sampled_from(EQUATIONS), max_size=10, unique=True),
    st.none() | st.integers(0, 99),
)
def test_just_the_redundant_programs_are_left_out(
    asked: tuple[str, float], equations: list[str], seed: int | None
) -> None:
    request, nats = asked
    weights = None
    if seed is not None:
        weights = np.random.default_rng(seed).normal(0, 1, (1, len(PRIMITIVES) + 1))
    everything, kept = programs(PRIMITIVES, equations, request, nats, weights)
    assert {program: everything[program] for program in kept} == pytest.approx(kept)
    productions = [(terms.parse(name), types.parse(type_)) for name, type_ in PRIMITIVES]
    rewriting = Rewriting(productions, equations)

    def cheaper(text: str, ground: bool = False) -> str | None:
        found = rewriting.rewritings(terms.parse(text), types.parse(request), ground=ground)
        for changed in map(terms.show, found):
            if everything.get(changed, np.inf) <= everything[text] + 1e-9:
                return changed
        return None

    choose = random.Random(0)
    dropped = sorted(everything.keys() - kept.keys())
    for text in choose.sample(dropped, min(100, len(dropped))):
        last: str | None = text
        while last not in kept:
            assert last is not None, f"{text} has no substitute"
            last = cheaper(last)
    # Without a constant to weigh against the left side, an equation is in force wherever types are known.
    if seed is None or not any(text.endswith((" 0", "= true", "= empty", "any")) for text in equations):
        for text in choose.sample(sorted(kept), min(100, len(kept))):
            assert cheaper(text, ground=True) is None


def test_one_of_two_orders_is_kept() -> None:
    dropped = left_out(INTEGERS, ["(+ a b) = (+ b a)"], "int", 10)
    assert {"(+ 1 0)", "(+ (- 0 1) (+ 0 1))"} <= dropped
    assert dropped.isdisjoint({"(+ 0 1)", "(+ 0 0)", "(+ 1 1)", "(- 1 0)", "(+ (+ 0 1) (- 0 1))"})


def test_unknown_types() -> None:
    """In a hole with a type variable an equation holds only if it leaves the variable alone."""
    equations = ["(rev (rev a)) = a", "(car (cons a b)) = a", "(car empty) = any", "(if c a a) = a"]
    names = ("if", "true", "rev", "car", "cons", "empty", "length")
    primitives = [primitive for primitive in LISTS if primitive[0] in names]
    dropped = left_out(primitives, equations, "list(int) -> int", 12)
    assert {
        "(lambda (length (rev (rev $0))))",  # length's hole, list(t0)
        "(lambda (length (car empty)))",
        "(lambda (length (if true $0 $0)))",
        "(lambda (if true (length $0) (length $0)))",
        "(lambda (car (cons (length $0) $0)))",
    } <= dropped
    # Below map's λ the scope has a type variable until it is used.
    request = "list(list(int)) -> list(int)"
    _, kept = programs([*primitives, LISTS[0]], equations, request, 13)
    assert "(lambda (map (lambda (length (rev (rev $0)))) $0))" in kept
    assert "(lambda (map (lambda (length (rev (rev $1)))) $0))" in kept


@pytest.mark.parametrize(
    ("primitives", "likely", "equation", "program", "substitute"),
    [
        (  # rev makes the first argument's type a list
            [("rev", "list(t0) -> list(t0)"), ("car", "list(t0) -> t0"), ("same?", "t0 -> t0 -> bool")],
            ("0", "int"),
            "(rev (rev a)) = a",
            "(same? (rev (rev (car empty))) empty)",
            "(same? (car empty) empty)",
        ),
        (  # range makes it a list of integers
            [("range", "int -> list(int)"), ("0", "int"), ("equal?", "list(t0) -> list(t0) -> bool")],
            ("bits", "list(bool)"),
            "(range 0) = empty",
            "(equal? (range 0) empty)",
            "(equal? empty empty)",
        ),
    ],
)  # fmt: skip
def test_what_tells_a_type_to_later_holes_is_kept(
    primitives: list[tuple[str, str]], likely: tuple[str, str], equation: str, program: str, substitute: str
) -> None:
    """Without it, `likely` would be a rival there: the substitute costs more."""
    primitives = [("empty", "list(t0)"), *primitives, likely]
    weights = np.zeros((1, len(primitives) + 1))
    weights[0, -2] = 12
    grammar, request = Grammar(Language(primitives, [], [equation]), weights), Type.parse("bool")
    costs = [-grammar.log_likelihood(Term.parse(text), request) for text in (program, substitute)]
    assert costs[0] < costs[1]
    found = grammar.enumerate(request, costs[0] - 1e-6, costs[0] + 1e-6, 1_000_000, True)
    assert program in [str(kept) for kept, _ in found]


def test_a_bare_variable_below_as_many_lambdas() -> None:
    equations = ["(map (lambda $0) a) = a", "(pam a (lambda $0)) = a"]
    primitives = [primitive for primitive in LISTS if primitive[0] in ("map", "pam", "empty")]
    assert left_out(primitives, equations, "list(int) -> list(int)", 4) == {
        "(lambda (map (lambda $0) $0))",
        "(lambda (map (lambda $0) empty))",
        "(lambda (pam $0 (lambda $0)))",
        "(lambda (pam empty (lambda $0)))",
    }
    # Applied, or below one λ more, it is another function.
    applied, deeper = "(lambda (pam $0 (lambda ($0 1))))", "(lambda (map (lambda (lambda $0)) $0))"
    primitives.append(("1", "int"))
    assert applied in programs(primitives, equations, "list(int -> int) -> list(int)", 6)[1]
    assert deeper in programs(primitives, equations, "list(int) -> list(int -> int)", 6)[1]


def test_a_constant_stands_in_only_where_it_costs_no_more() -> None:
    equations = ["(- a a) = 0", "(length empty) = 0"]
    weights = np.zeros((1, len(PRIMITIVES) + 1))
    names = [name for name, _ in PRIMITIVES]
    for weight, pruned in [(0.0, True), (-9.0, False), (-np.inf, False)]:
        weights[0, names.index("0")] = weight
        everything, kept = programs(PRIMITIVES, equations, "int", 8, weights)
        assert {"(- 1 1)", "(length empty)"} <= everything.keys()
        assert kept.keys().isdisjoint({"(- 1 1)", "(length empty)"}) == pruned
    weights[0, names.index("0")] = -9.0  # a part of the left side needs no such test
    everything, kept = programs(PRIMITIVES, ["(+ a 0) = 0"], "int", 16, weights)
    assert "(+ 1 0)" in everything and "(+ 1 0)" not in kept
    # On both sides, but in another kind of hole, where its rivals are others.
    primitives, weights = [("f", "int -> bool"), ("0", "int"), ("nil", "t0")], np.zeros((1, 4))
    for weight, pruned in [(0.0, True), (5.0, False)]:
        weights[0, 0] = weight
        everything, kept = programs(primitives, ["(f nil) = nil"], "bool", 8, weights)
        assert set(everything) == {"nil", "(f 0)", "(f nil)"}
        assert ("(f nil)" not in kept) == pruned


def test_contexts_and_continuations_switch_equations_off() -> None:
    language = Language(PRIMITIVES, [], EQUATIONS)
    request = Type.parse("list(int) -> list(int)")
    rows = np.zeros((len(Grammar.contexts(language)), len(PRIMITIVES) + 1))
    for grammar, continuation in [
        (Grammar(language, rows), None),
        (Grammar.uniform(language), Type.parse("list(int)")),
    ]:
        counts = [grammar.count_windows(request, 8, continuation, equations=on) for on in (False, True)]
        assert counts[0] == counts[1]
    plain = Grammar.uniform(language)
    assert plain.count_windows(request, 8, equations=True) != plain.count_windows(request, 8)


def test_windows_join_without_a_seam() -> None:
    grammar = Grammar.uniform(Language(PRIMITIVES, [], EQUATIONS))
    request = Type.parse("list(int) -> int")
    whole = [str(program) for program, _ in grammar.enumerate(request, 0, 9, 1_000_000, True)]
    edges = [0, 3.3, 5.1, 7.7, 9]
    pieces = [
        str(program)
        for lower, upper in pairwise(edges)
        for program, _ in grammar.enumerate(request, lower, upper, 1_000_000, True)
    ]
    assert sorted(pieces) == sorted(whole)
    assert sum(count for _, count in grammar.count_windows(request, 9, equations=True)) == len(whole)


def test_abstractions_may_head_an_equation() -> None:
    twice = Term.parse("#(lambda (+ $0 $0))")
    equations = ["(#(lambda (+ $0 $0)) 0) = 0", "(- #(+ 1 1) a) = (- #(+ 1 1) a)"]
    grammar = Grammar.uniform(Language(INTEGERS, [twice], equations[:1]))
    found = {str(program) for program, _ in grammar.enumerate(Type.parse("int"), 0, 5, 1000, True)}
    assert f"({twice} 1)" in found and f"({twice} 0)" not in found
    with pytest.raises(EngineError):
        Language(INTEGERS, [twice], equations)


@pytest.mark.parametrize(
    ("equation", "why"),
    [
        ("(+ a b)", "of the form 'left = right'"),
        ("(+ a 0)=a", "of the form 'left = right'"),
        ("(+ a 0) = a = a", "more than one ' = '"),
        ("a = a", "the left side must apply a primitive"),
        ("(plus a 0) = a", "the left side must apply a primitive"),
        ("(lambda $0) = a", "the left side must apply a primitive"),
        ("(+ a) = a", "must have all its 2 arguments"),
        ("(car (cons a)) = a", "'cons' must have all its 2 arguments"),
        ("(+ 0 0) = 0", "only one argument on the left"),
        ("(car (rev (rev a))) = (car a)", r"'\(rev a\)' is nested too deep"),
        ("(car (cons a a)) = a", "'a' stands twice on the left, beside another condition"),
        ("(- (+ a b) b) = a", "'b' stands twice on the left, beside another condition"),
        ("(clamp a a 0) = a", "a variable stands twice on the left, beside another condition"),
        ("(clamp a a a) = a", "a variable stands twice on the left, beside another condition"),
        ("(map (lambda (+ $0 0)) a) = a", "a bare variable below λ's"),
        ("(map (lambda $1) a) = a", r"\$1 is bound by no lambda"),
        ("(map $0 a) = a", r"\$0 is bound by no lambda"),
        ("(map (lambda 0) a) = a", "a bare variable below λ's"),
        ("(map (f a) b) = b", "a bare variable below λ's"),
        ("(+ a b) = a", "the right side must exchange two arguments"),
        ("(+ a b) = (- b a)", "the right side must exchange two arguments"),
        ("(+ a b) = (+ a b)", "the right side must exchange two arguments"),
        ("(clamp a b c) = (clamp b c a)", "the right side must exchange two arguments"),
        ("(same? a b) = (same? b a)", "must have one type without type variables, not t0 and t0"),
        ("(rev (rev a)) = (rev b)", "the variable 'b' is not on the left"),
        ("(rev (rev a)) = (rev a)", None),
        ("(same? a a) = any", None),
        ("(rev (rev a)) = (sort a)", "not as general"),
        ("(- a 0) = (+ 0 1)", "must be a part of the left, or a primitive or abstraction without arguments"),
        ("(- a 0) = +", "not as general"),
        ("(length empty) = true", "not as general"),
        ("(if c a a) = 0", "not as general"),
        ("(+ a (cons 0 b)) = a", "nested too deep"),
        ("(+ a true) = a", "the argument true has type bool"),
        ("(+ a 0) = ", "of the form|the text ends"),
        ("(+ a 0) = a)", "line 1, column"),
    ],
)
def test_equations_that_are_refused(equation: str, why: str | None) -> None:
    if why is None:
        assert Language(PRIMITIVES, [], [equation]).equations == [equation]
        return
    with pytest.raises(EngineError, match=why) as raised:
        Language(PRIMITIVES, [], [*EQUATIONS, equation])
    assert str(raised.value).startswith(f"the equation '{equation}': ")
    if "not as general" in why or "has type" in why:
        assert isinstance(raised.value, IllTyped)
    if "line" in why:
        assert isinstance(raised.value, ParseError)


def test_equations_come_back() -> None:
    assert Language(PRIMITIVES, [], EQUATIONS).equations == EQUATIONS
    assert Language(PRIMITIVES).equations == []
