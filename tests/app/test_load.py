"""The load's harness in miniature: it measures what it says. No figure is judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import URL

from benchmarks.load import Load, Plan, served

LINES = 200


@pytest.mark.slow
def test_every_figure_is_measured(postgres_server: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_server.render_as_string(hide_password=False))
    with served() as service:
        load = Load(service, Plan(1.0, clients=2, readers=2, reads=20.0, lines=LINES))
        with ThreadPoolExecutor(1) as alone:  # a browser's tests leave an event loop in this one
            rows = alone.submit(lambda: list(load.rows())).result()
    submissions, reads, batch, memory = rows
    assert set(submissions.detail["statuses"]) == {"201"} and submissions.value > 0
    assert set(reads.detail["statuses"]) == {"200"} and reads.detail["library"]["answers"] > 0
    assert set(reads.detail["submissions"]["statuses"]) == {"201"}
    assert batch.detail["lines"] == LINES and batch.value > 0
    assert set(memory.detail["rise_mb"]) == {"api", "worker"}
    assert all(row.floor or row.limit for row in rows)
