"""Where a search stops: bounds on programs, seconds, memory and nats, cancellation, a language's end."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

from engine import Budget, Cancellation, EngineError, Grammar, Language, SearchConfig, Type
from tests.engine.derived_tasks import EXACT
from tests.reference.evaluation import LIST_PRIMITIVES

REQUEST = Type.parse("list(int) -> list(int)")
GRAMMAR = Grammar.uniform(Language(LIST_PRIMITIVES))
IMPOSSIBLE = [(([1, 2],), [987_654_321]), (([1, 2, 3],), [123_456_789])]
SAMPLED = SearchConfig(equivalence="sampled")
ALL = [
    SearchConfig(order=order, equivalence=equivalence)
    for order in ("windows", "best_first")
    for equivalence in ("none", "closed", "sampled")
]


@pytest.mark.parametrize("config", ALL, ids=lambda each: f"{each.order}-{each.equivalence}")
def test_the_bound_on_programs(config: SearchConfig) -> None:
    for count in (1, 1000):
        for _ in range(2):
            result = GRAMMAR.search(REQUEST, IMPOSSIBLE, Budget(cpu_seconds=0, programs=count), config=config)
            assert (result.stopped, result.programs, result.solutions) == ("programs", count, [])


def test_the_bound_on_seconds() -> None:
    result = GRAMMAR.search(REQUEST, IMPOSSIBLE, Budget(cpu_seconds=0.3))
    assert result.stopped == "seconds"
    assert 0.25 < result.cpu_seconds < 10 and result.programs > 0


@pytest.mark.parametrize("config", ALL, ids=lambda each: f"{each.order}-{each.equivalence}")
def test_the_bound_on_memory(config: SearchConfig) -> None:
    result = GRAMMAR.search(REQUEST, IMPOSSIBLE, Budget(cpu_seconds=20, bytes=200_000), config=config)
    assert result.stopped == "memory"
    for few in (0, 1, 100, 5_000, 50_000):
        result = GRAMMAR.search(
            REQUEST, [(([1],), [1])], Budget(cpu_seconds=20, nats=12, bytes=few, slack_nats=12), config=config
        )
        assert result.stopped in ("memory", "nats")
        assert result.explored_nats < 12 or result.stopped == "nats"


def test_a_full_bank_grows_no_more_and_nothing_is_lost() -> None:
    # Types nest without end here: tables alone take a third of the memory, banks the rest of it.
    examples = [(([3, 1, 2],), [4, 2, 3]), (([0],), [1])]
    whole = GRAMMAR.search(REQUEST, examples, Budget(cpu_seconds=0, nats=19))
    budget = Budget(cpu_seconds=0, nats=19, bytes=whole.bank_bytes)
    tight = GRAMMAR.search(REQUEST, examples, budget)
    assert tight.bank_full or tight.stopped == "memory"
    assert not whole.bank_full
    if tight.stopped != "memory":
        assert tight.solutions[0][1] == whole.solutions[0][1]


def test_start_nats_leaves_cheaper_programs_out() -> None:
    for order in ("windows", "best_first"):
        config = SearchConfig(order=order, equivalence="none", equations=False, divergence=False)
        whole, first, rest = (
            GRAMMAR.search(
                REQUEST, IMPOSSIBLE, Budget(cpu_seconds=0, nats=upper, start_nats=lower), config=config
            ).programs
            for lower, upper in ((0, 13.5), (0, 9.2), (9.2, 13.5))
        )
        assert first + rest == whole


def test_cancellation() -> None:
    cancellation = Cancellation()
    threading.Timer(0.2, cancellation.cancel).start()
    result = GRAMMAR.search(REQUEST, IMPOSSIBLE, Budget(cpu_seconds=30), cancellation)
    assert result.stopped == "cancelled"
    assert result.cpu_seconds < 5
    assert cancellation.cancelled
    assert GRAMMAR.search(REQUEST, IMPOSSIBLE, Budget(cpu_seconds=30), cancellation).stopped == "cancelled"


@pytest.mark.parametrize("config", [SAMPLED, SearchConfig(threads=2), SearchConfig(order="best_first")])
def test_cancellation_reaches_every_search(config: SearchConfig) -> None:
    """With sampled equivalence most of the time goes into layers of banks, before a program is tried."""
    cancellation = Cancellation()
    threading.Timer(0.3, cancellation.cancel).start()
    result = GRAMMAR.search(REQUEST, IMPOSSIBLE, Budget(cpu_seconds=60), cancellation, config)
    assert result.stopped == "cancelled"
    assert result.cpu_seconds < 20


def test_the_bound_on_seconds_holds_within_a_layer() -> None:
    result = GRAMMAR.search(REQUEST, IMPOSSIBLE, Budget(cpu_seconds=0.3), config=SAMPLED)
    assert result.stopped == "seconds"
    assert result.cpu_seconds < 10


def test_a_layer_that_was_cut_short_is_not_begun_again() -> None:
    """It once was, while the search was on its way out, and read completions that had been dropped."""
    examples = [(([3, 1, 2],), [3, 1, 2, 987]), (([],), [987]), (([5],), [5, 987])]
    for hundredths in range(1, 31):
        budget = Budget(cpu_seconds=hundredths / 100)
        result = GRAMMAR.search(REQUEST, examples, budget, config=SAMPLED)
        assert (result.stopped, result.solutions) == ("seconds", [])


def test_other_threads_run_during_a_search() -> None:
    cancellation = Cancellation()
    budget = Budget(cpu_seconds=60)
    thread = threading.Thread(target=GRAMMAR.search, args=(REQUEST, IMPOSSIBLE, budget, cancellation))
    thread.start()
    for _ in range(10):
        time.sleep(0.005)
    assert thread.is_alive()
    cancellation.cancel()
    thread.join()


@pytest.mark.parametrize("config", ALL, ids=lambda each: f"{each.order}-{each.equivalence}")
def test_a_finite_grammar_is_exhausted(config: SearchConfig) -> None:
    grammar = Grammar.uniform(Language([("0", "int"), ("1", "int")]))
    result = grammar.search(Type.parse("int"), [((), 5)], Budget(cpu_seconds=10), config=config)
    assert (result.stopped, result.programs) == ("exhausted", 2)


@pytest.mark.parametrize("order", ["windows", "best_first"])
def test_choices_that_cost_nothing(order: str) -> None:
    """`+` is all that there is, and has no end; the program is given up at its longest."""
    language = Language([("+", "int -> int -> int"), ("0", "int")])
    for weight, programs in ((-np.inf, 0), (-300.0, 1)):
        grammar = Grammar(language, np.array([[0.0, weight, 0.0]]))
        config = SearchConfig(order=order, equivalence="none", equations=False, divergence=False)
        result = grammar.search(Type.parse("int"), [((), 5)], Budget(cpu_seconds=20), config=config)
        assert (result.stopped, result.programs) == ("exhausted", programs)


@pytest.mark.parametrize("equivalence", ["none", "closed", "sampled"])
def test_cheap_choices_end_at_the_budget(equivalence: str) -> None:
    """Sums at a hundredth of a nat each: every layer of a bank holds more than can be listed."""
    language = Language([("+", "int -> int -> int"), ("0", "int"), ("1", "int")])
    grammar = Grammar(language, np.array([[0.0, -1.0, -5.0, -1.0]]))
    config = SearchConfig(equivalence=equivalence)
    result = grammar.search(
        Type.parse("int -> int"), [((3,), 987_654)], Budget(cpu_seconds=0.5), config=config
    )
    assert result.stopped in ("seconds", "exhausted") and result.programs > 0
    budget = Budget(cpu_seconds=0, programs=5_000)
    assert grammar.search(Type.parse("int"), [((), 987_654)], budget, config=EXACT).programs == 5_000


@pytest.mark.parametrize(
    "bounds", [{"cpu_seconds": -1}, {"cpu_seconds": 0}, {"keep": 0}, {"programs": -1}, {"nats": float("nan")}]
)
def test_budgets_that_make_no_sense(bounds: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        Budget(**bounds)


@pytest.mark.parametrize(
    "settings",
    [{"order": "depth_first"}, {"equivalence": "all"}, {"threads": 0}, {"threads": 257}, {"samples": 0}],
)
def test_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        GRAMMAR.search(
            REQUEST, IMPOSSIBLE, Budget(cpu_seconds=0, programs=1), config=SearchConfig(**settings)
        )
