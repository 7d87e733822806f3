"""What abstraction search may leave out: no bound is below what it bounds, no switch changes the answer.

The search's own slow check is on throughout: it rewrites the programs with every finished pattern, compares
their meaning, and the utility with every bound on the way to that pattern.
"""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import chain
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import AbstractionCandidate, AbstractionSearchConfig, Term, rewrite, search_abstractions
from tests.engine.test_abstraction_search import body_cost
from tests.reference.abstraction import applies_a_parameter, cheapest, cost

Corpus = list[list[Term]]


@lru_cache(maxsize=200)
def small_corpus(seed: int) -> Corpus:
    """Untyped programs, one or two a task, that share idioms: open ones under two λs, and the λs too."""
    draw = random.Random(seed)

    def term(binders: int, size: int) -> str:
        kind = draw.random()
        if size <= 0 or kind < 0.3:
            return draw.choice([*(f"${i}" for i in range(binders)), "a", "b"])
        if kind < 0.5:
            return f"(lambda {term(binders + 1, size - 1)})"
        if kind < 0.8:
            return f"({draw.choice('fg')} {term(binders, size - 1)} {term(binders, size - 1)})"
        return f"({draw.choice('hk')} {term(binders, size - 1)})"

    idioms = [term(2, 3), term(2, 3)]

    def program() -> str:
        idiom = draw.choice(idioms)
        if draw.random() < 0.6:
            return f"(lambda (lambda (p {idiom} {term(2, 3)})))"
        return f"(q (lambda (lambda {idiom})) {term(0, 2)})"

    tasks = draw.choice([3, 4])
    return [[Term.parse(program()) for _ in range(draw.choice([1, 1, 2]))] for _ in range(tasks)]


def search(corpus: Corpus, steps: int, hole_cost: int, **switches: Any) -> list[AbstractionCandidate]:
    config = AbstractionSearchConfig(
        inversion_steps=steps,
        hole_cost=hole_cost,
        max_arity=2,
        keep=1,
        cpu_seconds=60,
        check_by_rewriting=True,
        **switches,
    )
    result = search_abstractions(corpus, config)
    assert result.complete
    return result.candidates


def utility(found: list[AbstractionCandidate]) -> int:
    return found[0].utility if found else 0


anything = given(seed=st.integers(0, 10**6), steps=st.integers(0, 2), hole_cost=st.sampled_from([0, 40, 100]))


@pytest.mark.parametrize("off", ["upper_bound_pruning", "location_pruning"])
@settings(max_examples=60, deadline=None)
@anything
def test_bounds_off_changes_no_best_utility(off: str, seed: int, steps: int, hole_cost: int) -> None:
    corpus = small_corpus(seed)
    assert utility(search(corpus, steps, hole_cost, **{off: False})) == utility(
        search(corpus, steps, hole_cost)
    )


@settings(max_examples=40, deadline=None)
@anything
def test_searching_more_is_never_worse(seed: int, steps: int, hole_cost: int) -> None:
    corpus = small_corpus(seed)
    everything = search(corpus, steps, hole_cost, inversion_shortlist=0)
    assert utility(everything) >= utility(search(corpus, steps, hole_cost))
    both = search(corpus, steps, hole_cost, inversion_shortlist=0, both_orders=True)
    assert utility(both) >= utility(everything)


@settings(max_examples=60, deadline=None)
@anything
@example(seed=140, steps=0, hole_cost=0)
def test_argument_pruning_loses_only_constant_arguments(seed: int, steps: int, hole_cost: int) -> None:
    """Called with the same constant each time, it may be better than with the constant inside."""
    corpus = small_corpus(seed)
    pruned, free = search(corpus, steps, hole_cost), search(corpus, steps, hole_cost, argument_pruning=False)
    assert utility(free) >= utility(pruned)
    if utility(free) > utility(pruned):
        calls = list(chain.from_iterable(calls_of(program, free[0]) for task in corpus for program in task))
        columns = zip(*calls, strict=False)  # a call may leave out last arguments
        assert any(len(set(column)) == 1 for column in columns)


def test_argument_pruning_can_lose() -> None:
    """Three uses in the body, two calls: b costs less as an argument when a hole costs nothing."""
    corpus = [[Term.parse("(h (g (g b b) b))")], [Term.parse("(k (h (g (g b b) b)))")]]
    assert utility(search(corpus, 0, 0)) < utility(search(corpus, 0, 0, argument_pruning=False))
    assert utility(search(corpus, 0, 100)) == utility(search(corpus, 0, 100, argument_pruning=False))


def calls_of(program: Term, candidate: AbstractionCandidate) -> list[tuple[str, ...]]:
    called = Term.abstraction(candidate.body)
    found: list[tuple[str, ...]] = []

    def visit(term: Term, arguments: tuple[str, ...]) -> None:
        if term == called:
            found.append(arguments)
        elif term.kind == "lambda":
            visit(term.body, ())
        elif term.kind == "application":
            visit(term.function, (str(term.argument), *arguments))
            visit(term.argument, ())

    visit(rewrite([program], called, candidate.arity, close_uses=True)[0], ())
    return found


@settings(max_examples=60, deadline=None)
@anything
def test_utilities_are_those_of_a_plain_slow_rewriter(seed: int, steps: int, hole_cost: int) -> None:
    corpus = small_corpus(seed)
    config = AbstractionSearchConfig(inversion_steps=steps, hole_cost=hole_cost, keep=10)
    for candidate in search_abstractions(corpus, config).candidates:
        if applies_a_parameter(candidate.body, candidate.arity):
            continue
        body = Term.abstraction(candidate.body)
        saved = 0
        for task in corpus:
            slow = [cheapest(program, candidate.body, candidate.arity, steps > 0) for program in task]
            assert slow == [cost(p) for p in rewrite(task, body, candidate.arity, close_uses=steps > 0)]
            saved += max(0, min(map(cost, task)) - min(slow))
        assert candidate.utility == saved - body_cost(candidate.body, candidate.arity, hole_cost)
