"""A search ends when its budget does, however it searches, and says which bound it was."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engine import Budget, Cancellation, Grammar, Language, Type
from engine._engine import SearchConfig
from tests.reference.evaluation import FIX, LIST_PRIMITIVES

REQUEST = Type.parse("list(int) -> list(int)")
IMPOSSIBLE = [(([1, 2],), [987_654_321]), (([1, 2, 3],), [123_456_789])]
CONFIGS = {
    "windows": SearchConfig(),
    "every program": SearchConfig(equivalence="none"),
    "best first": SearchConfig(order="best_first"),
    "sampled": SearchConfig(equivalence="sampled"),
    "two threads": SearchConfig(threads=2),
    "no bounds": SearchConfig(completion_bounds=False),
}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def grammar() -> Grammar:
    return Grammar.uniform(Language([*LIST_PRIMITIVES, FIX]))


def search(budget: Budget, config: SearchConfig, cancellation: Cancellation | None = None) -> Any:
    return grammar().search(REQUEST, IMPOSSIBLE, budget, cancellation, config)


@configs
def test_seconds(config: SearchConfig) -> None:
    result = search(Budget(cpu_seconds=0.1), config)
    assert result.stopped == "seconds"
    assert 0.1 <= result.cpu_seconds < 5


@configs
def test_programs(config: SearchConfig) -> None:
    result = search(Budget(cpu_seconds=0, programs=500), config)
    assert (result.stopped, result.programs) == ("programs", 500)


@configs
def test_nats(config: SearchConfig) -> None:
    result = search(Budget(cpu_seconds=0, nats=8.5), config)
    assert (result.stopped, result.explored_nats) == ("nats", 8.5)


@configs
def test_bytes(config: SearchConfig) -> None:
    result = search(Budget(cpu_seconds=60, bytes=300_000), config)
    assert result.stopped == "memory"
    assert result.bank_bytes <= 300_000
    assert result.cpu_seconds < 30


@configs
def test_cancelled_before_it_starts(config: SearchConfig) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    result = search(Budget(cpu_seconds=60), config, cancellation)
    assert result.stopped == "cancelled"
    assert result.cpu_seconds < 30


@configs
def test_cancelled_while_it_runs(config: SearchConfig) -> None:
    cancellation = Cancellation()
    timer = threading.Timer(0.2, cancellation.cancel)
    timer.start()
    result = search(Budget(cpu_seconds=60), config, cancellation)
    assert result.stopped == "cancelled"
    assert result.cpu_seconds < 30


def test_tasks_that_share_a_search_share_its_budget() -> None:
    tasks = [IMPOSSIBLE, [(([1, 2],), [1, 2])], IMPOSSIBLE]
    results = grammar().search_many(REQUEST, tasks, Budget(cpu_seconds=0, programs=500))
    assert [result.stopped for result in results] == ["programs", "found", "programs"]
    assert {result.programs for result in results} == {500}


def test_two_threads_try_each_program_once() -> None:
    budget = Budget(cpu_seconds=0, nats=12)
    config = SearchConfig(equivalence="none", divergence=False, threads=2)
    programs = sum(count for _, count in grammar().count_windows(REQUEST, 12))
    assert [search(budget, config).programs for _ in range(100)] == [programs] * 100


def test_behaviours_are_cancelled_too() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    inputs = [given for given, _ in IMPOSSIBLE]
    assert grammar().behaviours(REQUEST, inputs, Budget(cpu_seconds=60), cancellation) == []
