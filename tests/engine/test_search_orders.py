"""Both orders of a search, and threads: every program below the bound once, at its cost, in its turn.

In a language where all integers are 0 and all lists empty, every program fits: solutions show what was tried.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Grammar, Language, SearchConfig, SearchResult, Type
from tests.engine.derived_tasks import (
    LANGUAGES,
    derived_tasks,
    fits,
    random_grammar,
    up_to,
)
from tests.reference import terms, types
from tests.reference.evaluation import LIST_PRIMITIVES
from tests.reference.grammar import ReferenceGrammar

ZEROS = ("map", "fold", "range", "length", "if", "+", "-", "*", "empty", "empty?", "0", "gt?", "eq?")
PRIMITIVES = [primitive for primitive in LIST_PRIMITIVES if primitive[0] in ZEROS]
LANGUAGE = Language(PRIMITIVES)
EXAMPLES = {
    "int -> int": [((0,), 0)],
    "int -> list(int)": [((0,), [])],
    "int -> list(int) -> int": [((0, []), 0)],
    "list(list(int)) -> list(int)": [(([],), [])],
}
ORDERS = ["windows", "best_first"]
KINDS = ["uniform", "plain", "contextual"]


def everything(grammar: Grammar, request: str, budget: Budget, order: str, threads: int = 1) -> SearchResult:
    config = SearchConfig(order=order, equivalence="none", equations=False, threads=threads, divergence=False)
    return grammar.search(Type.parse(request), EXAMPLES[request], budget, config=config)


def all_below(nats: float, start: float = 0.0) -> Budget:
    return Budget(cpu_seconds=0, nats=nats, start_nats=start, slack_nats=400, keep=1_000_000)


@settings(max_examples=15)
@given(st.sampled_from(sorted(EXAMPLES)), st.sampled_from(KINDS), st.integers(0, 999))
def test_every_program_once_at_its_cost(request: str, kind: str, seed: int) -> None:
    grammar, parsed, nats = random_grammar(LANGUAGE, kind, seed), Type.parse(request), 7.2
    productions = [(terms.parse(name), types.parse(type_)) for name, type_ in PRIMITIVES]
    reference = ReferenceGrammar(productions, grammar.weights.tolist())
    expected = {terms.show(term): cost for term, cost in reference.programs(types.parse(request), nats)}
    for order in ORDERS:
        result = everything(grammar, request, all_below(nats), order)
        found = {str(program): cost for program, cost in result.solutions}
        assert len(found) == len(result.solutions) == result.programs
        assert found == pytest.approx(expected)
        for program, cost in result.solutions[:50]:
            assert grammar.log_likelihood(program, parsed) == pytest.approx(-cost, abs=1e-9)


@settings(max_examples=30)
@given(st.sampled_from(KINDS), st.integers(0, 999), st.integers(1, 3000))
def test_best_first_tries_the_cheapest(kind: str, seed: int, count: int) -> None:
    grammar = random_grammar(LANGUAGE, kind, seed)
    whole = everything(grammar, "int -> int", all_below(11), "best_first")
    costs = [cost for _, cost in whole.solutions]
    count = min(count, len(costs))
    budget = Budget(cpu_seconds=0, programs=count, keep=count, slack_nats=400)
    tried = everything(grammar, "int -> int", budget, "best_first")
    assert [cost for _, cost in tried.solutions] == pytest.approx(costs[:count])
    assert tried.programs == count


def test_windows_are_tried_one_after_another() -> None:
    grammar = random_grammar(LANGUAGE, "contextual", 1)
    whole = everything(grammar, "int -> int", all_below(12), "windows")
    windows = Counter(int(cost / 1.5) for _, cost in whole.solutions)
    before = sum(windows[window] for window in range(6))
    assert windows[6] > 2
    budget = Budget(cpu_seconds=0, programs=before + 2, keep=before + 2, slack_nats=400)
    tried = everything(grammar, "int -> int", budget, "windows")
    assert Counter(int(cost / 1.5) for _, cost in tried.solutions) == Counter(
        {window: count for window, count in windows.items() if window < 6}
    ) + Counter({6: 2})


@pytest.mark.parametrize("order", ORDERS)
def test_bounds_join_without_a_seam(order: str) -> None:
    grammar = random_grammar(LANGUAGE, "plain", 5)
    whole = everything(grammar, "int -> int", all_below(10.3), order)
    edges = [0.0, 2.2, 5.0, 5.1, 8.9, 10.3]
    pieces = [
        program
        for lower, upper in pairwise(edges)
        for program in everything(grammar, "int -> int", all_below(upper, lower), order).solutions
    ]
    assert sorted(map(str, pieces)) == sorted(map(str, whole.solutions))


def test_more_equal_costs_than_can_be_held() -> None:
    """A million programs at one cost: no order to keep, but none is left out."""
    constants = [(name, "int") for name in "abcdghij01"]
    language = Language([("f", "int -> int -> int -> int -> int -> int -> int"), *constants])
    result = Grammar.uniform(language).search(
        Type.parse("int"),
        [((), 7)],
        Budget(cpu_seconds=0, nats=17.5),
        config=SearchConfig(order="best_first", equivalence="none"),
    )
    assert (result.stopped, result.programs) == ("nats", 1_000_010)


@pytest.mark.parametrize("peak", [4.0, 6.0, 9.0])
@pytest.mark.parametrize("seed", range(3))
def test_choices_that_cost_next_to_nothing(peak: float, seed: int) -> None:
    """Layers of banks are half a nat wide; here many choices cost a hundredth of one."""
    rows = len(Grammar.contexts(LANGUAGE))
    generator = np.random.default_rng(seed)
    weights = generator.normal(0, 1, (rows, len(LANGUAGE.productions) + 1))
    weights[np.arange(rows), generator.integers(weights.shape[1], size=rows)] += peak
    weights[:, LANGUAGE.productions.index("0")] += peak / 2  # so that programs end
    grammar = Grammar(LANGUAGE, weights)
    request, nats = Type.parse("int -> int"), 3.0
    while nats < 12 and sum(count for _, count in grammar.count_windows(request, nats)) < 3_000:
        nats += 0.5
    found = [everything(grammar, "int -> int", all_below(nats), order) for order in ORDERS]
    listed = grammar.enumerate(request, 0, nats, 1_000_000)
    for result in found:
        assert {str(program): cost for program, cost in result.solutions} == {
            str(program): cost for program, cost in listed
        }
        assert result.programs == len(listed)


@settings(max_examples=20)
@given(st.sampled_from(sorted(EXAMPLES)), st.sampled_from(KINDS), st.integers(0, 999))
def test_threads_share_the_programs(request: str, kind: str, seed: int) -> None:
    grammar = random_grammar(LANGUAGE, kind, seed)
    alone = everything(grammar, request, all_below(9.5), "windows")
    for threads in (2, 3, 5):
        together = everything(grammar, request, all_below(9.5), "windows", threads)
        assert together.solutions == alone.solutions
        assert (together.programs, together.explored_nats) == (alone.programs, alone.explored_nats)


@settings(max_examples=20)
@given(st.sampled_from(sorted(LANGUAGES)), st.sampled_from(KINDS), st.integers(0, 999))
def test_threads_find_the_same(name: str, kind: str, seed: int) -> None:
    """Which sub-programs are kept and merged depends on the window alone, so all is the same."""
    language, requests = LANGUAGES[name]
    request = Type.parse(requests[seed % len(requests)])
    grammar = random_grammar(language, kind, seed)
    for task in derived_tasks(grammar, request, seed, count=2, examples=6, max_nats=14):
        budget = up_to(task.cost)
        alone = grammar.search(request, task.examples, budget, config=SearchConfig())
        for threads in (2, 3, 5):
            result = grammar.search(request, task.examples, budget, config=SearchConfig(threads=threads))
            assert result.solutions == alone.solutions
            assert (result.programs, result.explored_nats) == (alone.programs, alone.explored_nats)
            assert all(fits(language, request, program, task.examples) for program, _ in result.solutions)
