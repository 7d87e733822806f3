"""Many tasks in one search: each gets what a search of its own would find."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, EngineError, Grammar, SearchConfig, Term, Type
from tests.engine.derived_tasks import (
    EXACT,
    LANGUAGES,
    cheapest,
    configurations,
    derived_tasks,
    fits,
    random_grammar,
    up_to,
)

LANGUAGE, _ = LANGUAGES["list"]
REQUEST = Type.parse("list(int) -> list(int)")
GRAMMAR = Grammar.uniform(LANGUAGE)
INPUTS = ([3, 1, 2], [], [5], [0, 7, 7, 4], [9, 2])
IMPOSSIBLE = [(([1, 2],), [987_654_321])]
CONTRADICTORY = [(([1],), [1]), (([1],), [2])]


def task(program: str, inputs: Any = INPUTS) -> list[Any]:
    """By evaluation; nothing of what fails."""
    known = GRAMMAR.language
    term = known.eta_long(Term.parse(program), REQUEST)
    given_ = [(xs,) for xs in inputs]
    outputs = known.evaluate(term, REQUEST, given_)
    return [pair for pair in zip(given_, outputs, strict=True) if isinstance(pair[1], list)]


TASKS = [
    task("(lambda $0)"),
    task("(lambda (map (lambda (+ $0 1)) $0))"),
    task("(lambda (map (lambda (+ $0 1)) $0))"),
    task("(lambda (map (lambda (* $0 $0)) $0))", INPUTS[:3]),
    task("(lambda (cdr $0))"),
    task("(lambda (cons 0 $0))", ([7, 7], [4], [])),
    task("(lambda (range (length $0)))"),
    CONTRADICTORY,
    IMPOSSIBLE,
    [(([4, 4, 4],), [4]), (([4, 4, 4],), [4])],
]


@pytest.mark.parametrize("count", [1, 2, 5, len(TASKS), 70, 140])
def test_exact_searches_find_the_same(count: int) -> None:
    """Also of more than 64 tasks, whose sets take several words."""
    chosen = [TASKS[i % len(TASKS)] for i in range(count)]
    budget = Budget(cpu_seconds=0, nats=13.5, slack_nats=3, keep=20)
    found = GRAMMAR.search_many(REQUEST, chosen, budget, config=EXACT)
    single = [GRAMMAR.search(REQUEST, each, budget, config=EXACT) for each in TASKS]
    assert len(found) == count
    for i, result in enumerate(found):
        alone = single[i % len(TASKS)]
        assert result.solutions == alone.solutions
        assert (result.stopped, result.explored_nats) == (alone.stopped, alone.explored_nats)
        assert (result.programs, result.cpu_seconds) == (found[0].programs, found[0].cpu_seconds)
    assert found[0].programs == max(alone.programs for alone in single[:count])


@settings(max_examples=25)
@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.sampled_from(["uniform", "plain", "contextual"]),
    st.integers(0, 999),
)
def test_every_setting_finds_the_same(name: str, kind: str, seed: int) -> None:
    language, requests = LANGUAGES[name]
    request = Type.parse(requests[seed % len(requests)])
    grammar = random_grammar(language, kind, seed)
    derived = list(derived_tasks(grammar, request, seed, count=8, examples=5, max_nats=13))
    if not derived:
        return
    tasks = [each.examples for each in derived]
    nats = max(each.cost for each in derived)
    single = [grammar.search(request, each, up_to(nats), config=EXACT) for each in tasks]
    for config in configurations():
        for examples, alone, result in zip(
            tasks, single, grammar.search_many(request, tasks, up_to(nats), config=config), strict=True
        ):
            assert cheapest(result) == cheapest(alone) < float("inf")
            assert result.stopped == alone.stopped
            assert all(fits(language, request, program, examples) for program, _ in result.solutions)


def test_seconds_until_a_solution() -> None:
    for threads in (1, 2):
        found = GRAMMAR.search_many(
            REQUEST, TASKS, Budget(cpu_seconds=0, nats=13.5), config=SearchConfig(threads=threads)
        )
        for result in found:
            if result.solutions:
                assert 0 <= result.found_cpu_seconds <= result.cpu_seconds * threads + 0.01
            else:
                assert result.found_cpu_seconds == -1
        assert [bool(result.solutions) for result in found[-3:]] == [False, False, True]


def test_tasks_that_are_solved_leave_the_search() -> None:
    """It ends with the last of them."""
    budget = Budget(cpu_seconds=60, slack_nats=0)
    found = GRAMMAR.search_many(REQUEST, TASKS[:3], budget)
    assert [result.stopped for result in found] == ["found"] * 3
    assert found[0].explored_nats < found[1].explored_nats == found[2].explored_nats
    assert found[0].solutions[0][0] == Term.parse("(lambda $0)")


def test_no_tasks_or_one_without_examples() -> None:
    for tasks in ([], [TASKS[0], []]):
        with pytest.raises(EngineError):
            GRAMMAR.search_many(REQUEST, tasks, Budget())
