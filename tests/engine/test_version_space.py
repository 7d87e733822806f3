"""Version spaces against slow enumerations of the same sets."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import _engine as engine
from engine._engine import Term, VersionSpaces

PLENTY = 100_000


def terms(max_leaves: int = 5, free: int = 2) -> st.SearchStrategy[Term]:
    """Small terms in β-normal form, whose free indices lie below `free`."""

    def grow(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        return st.one_of(
            inner.map(Term.lambda_),
            st.tuples(inner.filter(lambda term: term.kind != "lambda"), inner).map(
                lambda pair: Term.apply(*pair)
            ),
        )

    leaves = st.one_of(
        st.sampled_from(["+", "1", "f"]).map(Term.primitive), st.integers(0, free - 1).map(Term.index_of)
    )
    return st.recursive(leaves, grow, max_leaves=max_leaves)


def shift(term: Term, by: int, cutoff: int = 0) -> Term | None:
    """Free indices raised by `by`; None where one would come below the cutoff."""
    if term.kind == "index":
        if term.index < cutoff:
            return term
        return Term.index_of(term.index + by) if term.index + by >= cutoff else None
    if term.kind == "lambda":
        body = shift(term.body, by, cutoff + 1)
        return None if body is None else Term.lambda_(body)
    if term.kind == "application":
        function, argument = shift(term.function, by, cutoff), shift(term.argument, by, cutoff)
        return None if function is None or argument is None else Term.apply(function, argument)
    return term


def occurrences(term: Term, path: tuple[str, ...] = (), depth: int = 0) -> list[tuple[tuple[str, ...], Term]]:
    """Each sub-term that no λ on its path binds into, as seen from the root, and where it is."""
    seen_from_root = shift(term, -depth)
    found = [] if seen_from_root is None else [(path, seen_from_root)]
    if term.kind == "lambda":
        found += occurrences(term.body, (*path, "body"), depth + 1)
    elif term.kind == "application":
        found += occurrences(term.function, (*path, "function"), depth)
        found += occurrences(term.argument, (*path, "argument"), depth)
    return found


def abstracted(term: Term, paths: set[tuple[str, ...]], at: tuple[str, ...] = (), depth: int = 0) -> Term:
    """The λ's body for a redex: a variable at `paths`, other free indices raised past it."""
    if at in paths:
        return Term.index_of(depth)
    if term.kind == "index":
        return term if term.index < depth else Term.index_of(term.index + 1)
    if term.kind == "lambda":
        return Term.lambda_(abstracted(term.body, paths, (*at, "body"), depth + 1))
    if term.kind == "application":
        return Term.apply(
            abstracted(term.function, paths, (*at, "function"), depth),
            abstracted(term.argument, paths, (*at, "argument"), depth),
        )
    return term


def reduces_in_one_step(term: Term) -> set[Term]:
    """Every term from which one β-step leads to `term`; not vacuous ones, nor `(λ $0) term`."""
    found: set[Term] = set()
    places = occurrences(term)
    for value in {value for _, value in places}:
        here = [path for path, other in places if other == value]
        for count in range(1, len(here) + 1):
            for chosen in combinations(here, count):
                body = abstracted(term, set(chosen))
                if body != Term.index_of(0):
                    found.add(Term.apply(Term.lambda_(body), value))
    if term.kind == "lambda":
        found |= {Term.lambda_(body) for body in reduces_in_one_step(term.body)}
    elif term.kind == "application":
        found |= {Term.apply(function, term.argument) for function in reduces_in_one_step(term.function)}
        found |= {Term.apply(term.function, argument) for argument in reduces_in_one_step(term.argument)}
    return found


def closure(term: Term) -> set[Term]:
    """The refactorings within one step: at the top, and independently in every sub-term."""
    found = {term} | reduces_in_one_step(term)
    if term.kind == "lambda":
        found |= {Term.lambda_(body) for body in closure(term.body)}
    elif term.kind == "application":
        arguments = closure(term.argument)
        found |= {
            Term.apply(function, argument) for function in closure(term.function) for argument in arguments
        }
    return found


def cost(term: Term) -> float:
    if term.kind == "lambda":
        return 1 + cost(term.body)
    if term.kind == "application":
        return 1 + cost(term.function) + cost(term.argument)
    return 100


@settings(max_examples=60, deadline=None)
@given(terms())
def test_one_step_is_the_slow_enumeration(term: Term) -> None:
    spaces = VersionSpaces()
    space = spaces.inverse_beta(spaces.incorporate(term), 1)
    members = spaces.members(space, PLENTY)
    assert len(members) == len(set(members)) <= spaces.size(space)
    assert set(members) == closure(term)


@settings(max_examples=25, deadline=None)
@given(terms(max_leaves=4), st.integers(0, 3))
def test_members_reduce_to_the_original(term: Term, steps: int) -> None:
    spaces = VersionSpaces()
    members = spaces.members(spaces.inverse_beta(spaces.incorporate(term), steps), 3_000)
    assert term in members
    assert {member.beta_normal() for member in members} == {term.beta_normal()}


@settings(max_examples=25, deadline=None)
@given(terms(max_leaves=4), terms(max_leaves=4))
def test_union_and_intersection_are_those_of_the_members(a: Term, b: Term) -> None:
    spaces = VersionSpaces()
    space_a, space_b = (spaces.inverse_beta(spaces.incorporate(term), 1) for term in (a, b))
    members_a, members_b = (set(spaces.members(space, PLENTY)) for space in (space_a, space_b))
    assert set(spaces.members(spaces.union(space_a, space_b), PLENTY)) == members_a | members_b
    assert set(spaces.members(spaces.intersect(space_a, space_b), PLENTY)) == members_a & members_b


@settings(max_examples=25, deadline=None)
@given(terms(max_leaves=4))
def test_minimal_is_the_cheapest_member(term: Term) -> None:
    spaces = VersionSpaces()
    space = spaces.inverse_beta(spaces.incorporate(term), 2)
    assert cost(spaces.minimal(space)) == min(cost(member) for member in spaces.members(space, PLENTY))


def test_steps_grow_the_space() -> None:
    spaces = VersionSpaces()
    start = spaces.incorporate(Term.parse("(lambda (map (lambda (+ $0 1)) $0))"))
    sizes = [spaces.size(spaces.inverse_beta(start, steps)) for steps in range(4)]
    assert sizes[0] == 1
    assert sizes == sorted(set(sizes))


def test_calls_of_abstractions_are_undone_only_where_asked() -> None:
    call, body = Term.parse("(#(lambda (+ $0 1)) 2)"), Term.parse("(+ 2 1)")
    for inline in (True, False):
        spaces = VersionSpaces(inline_abstractions=inline)
        members = spaces.members(spaces.inverse_beta(spaces.incorporate(call), 1), PLENTY)
        assert (body in members) is inline
        assert {member.beta_normal(True) for member in members} == {body}


def test_a_shared_refactoring_is_found_by_intersection() -> None:
    spaces = VersionSpaces()
    heads = []
    for program in ("(+ 1 1)", "(+ 5 5)"):
        space = spaces.inverse_beta(spaces.incorporate(Term.parse(program)), 1)
        heads.append({m.function for m in spaces.members(space, PLENTY) if m.kind == "application"})
    assert Term.parse("(lambda (+ $0 $0))") in heads[0] & heads[1]


def test_equal_work_gives_equal_members_in_equal_order() -> None:
    def run() -> list[Term]:
        spaces = VersionSpaces()
        return spaces.members(
            spaces.inverse_beta(spaces.incorporate(Term.parse("(f (+ 1 $0) (+ 1 $1))")), 2), 500
        )

    assert run() == run()
    assert len(run()) == 500


def test_the_node_bound_is_an_error_that_leaves_the_rest_usable() -> None:
    spaces = VersionSpaces(max_nodes=2_000)
    term = Term.parse("(lambda (fold $0 (cons 1 empty) (lambda (lambda (cons (+ $1 1) $0)))))")
    start = spaces.incorporate(term)
    with pytest.raises(engine.EngineError, match="version space too large: more than 2000 nodes"):
        spaces.inverse_beta(start, 3)
    assert spaces.members(start, 10) == [term]
    assert spaces.nodes <= 2_000


@pytest.mark.parametrize("space", [-1, 1_000_000])
def test_unknown_spaces_are_refused(space: int) -> None:
    with pytest.raises(engine.EngineError, match="no version space"):
        VersionSpaces().members(space, 1)


def test_out_of_range_arguments_are_refused() -> None:
    spaces = VersionSpaces()
    start = spaces.incorporate(Term.parse("(+ 1 1)"))
    with pytest.raises(engine.EngineError, match="steps"):
        spaces.inverse_beta(start, -1)
    empty = spaces.intersect(start, spaces.incorporate(Term.parse("1")))
    assert spaces.size(empty) == 0
    assert spaces.members(empty, 5) == []
    with pytest.raises(engine.EngineError, match="no cheapest member"):
        spaces.minimal(empty)
