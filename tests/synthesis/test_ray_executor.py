"""Wakes on a real Ray cluster of two nodes, one of which dies."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine import Cancellation
from library.snapshot import Library
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import learn, run_phase
from synthesis.report import Attempt
from synthesis.task import load_tasks
from synthesis.wake_work import WakeWork
from tests.app.examples import NOISE, TASKS, task
from tests.ray_cluster import kill_one, two_nodes

CONFIG = RunConfig("list", 1, 0.3, workers=1, guides=("prior",), dream_seconds=0.3, control_tasks=0)
MANY = load_tasks([*TASKS, *(task(f"noise {k}", "list(int) -> int", *NOISE[k:]) for k in range(6))], "list")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with two_nodes() as made:
        yield made


@pytest.mark.slow
def test_a_run_on_two_nodes_survives_the_death_of_one(cluster: Any) -> None:
    config = replace(CONFIG, executor="ray")
    keeper = MemoryKeeper()
    run = threading.Thread(target=lambda: reports.extend(learn(MANY, config, keeper)))
    reports: list[dict[str, Any]] = []
    run.start()
    deadline = time.monotonic() + 300
    while len(keeper.attempts(1)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kill_one(cluster)
    run.join(timeout=300)
    (report,) = reports
    assert report["solved"] == len(TASKS) and set(keeper.attempts(1)) == {one.name for one in MANY}


def test_what_is_sent_does_the_same() -> None:
    keeper = MemoryKeeper()
    run_phase("wake", 1, MANY[:2], CONFIG, keeper)
    dream = keeper.dream(0)
    assert dream is not None
    work = WakeWork(1, CONFIG, "none", Library.initial("list"), 0, dream)
    assert work.guides
    sent = pickle.loads(pickle.dumps(work))  # noqa: S301  (as Ray does it)
    assert sent.library == work.library and sent.dream == work.dream

    def untimed(attempt: Attempt) -> list[Any]:
        return [attempt.task, attempt.programs, [entry.program for entry in attempt.entries]]

    for one in MANY[:2]:
        assert untimed(sent(one, Cancellation())) == untimed(work(one, Cancellation()))
