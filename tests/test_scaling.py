"""The simulation of many workers: what it must agree with whatever the costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.scaling import Costs, Setting, simulate

FEW = Setting(cores=16, search_seconds=2.0)
DEAR = Costs(record_server=0.5, event_server=0.1, event_locked=0.1, claim_server=0.1, claim_locked=0.1)


def test_few_cores_only_search() -> None:
    found = simulate(FEW)
    assert found.busy > 0.8 and found.lock < 0.05 and found.database < 0.01
    assert found.tasks_per_second == pytest.approx(FEW.cores / FEW.search_seconds, rel=0.3)


def test_a_lock_that_is_taken_all_the_time_is_the_limit() -> None:
    slow = replace(FEW, cores=400, costs=Costs(event_locked=0.02))
    one, four = simulate(slow), simulate(replace(slow, runs=4))
    assert one.lock > 0.95
    assert one.tasks_per_second == pytest.approx(1 / (0.02 + slow.costs.claim_locked), rel=0.1)
    assert four.tasks_per_second > 2.5 * one.tasks_per_second


def test_a_database_that_is_full_is_the_limit() -> None:
    found = simulate(replace(FEW, cores=400, runs=100, database_cores=4, costs=DEAR))
    assert found.database > 0.95
    assert found.tasks_per_second == pytest.approx(4 / 0.7, rel=0.15)
