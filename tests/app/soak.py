"""kill -9 of API, workers and database at random moments, again and again, while somebody submits tasks and
runs.

`python -m tests.app.soak --kills 200` prints what happened as JSON, and fails where something that was
accepted was lost or doubled. The suite does the same with fewer kills (test_soak.py).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
from sqlalchemy import URL, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db import Database
from app.db.models import (
    BATCH_ENDED,
    SETTLED,
    AbstractionRow,
    AttemptRow,
    BatchRow,
    EventRow,
    FrontierRow,
    LibraryRow,
    ReportRow,
    RunRow,
    RunTaskRow,
    SleepRow,
    TaskRow,
)
from synthesis.loop import PHASES
from tests import postgres
from tests.app.examples import NOISE, TASKS, task
from tests.app.serving import Process, Service, ending

ITERATIONS = 2
LINES = 12
RUN = {
    "iterations": ITERATIONS,
    "seconds": 0.15,
    "guides": ["prior"],
    "dream_seconds": 0.3,
    "control_tasks": 1,
}
_ENVIRONMENT = {"WAKESLEEP_SILENT_SECONDS": "4", "WAKESLEEP_WORKERS": "1"}
#: Chances of a victim.
_VICTIMS = {"worker": 0.4, "api": 0.2, "database": 0.4}
_PATIENCE_SECONDS = 300.0


@dataclass
class Accepted:
    """What the API said yes to: its ids."""

    tasks: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """Submits tasks and runs over them, one run at a time, until told to stop; whatever fails it tries again
    under the same name."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(name="client", daemon=True)
        self.cluster = cluster
        self.accepted = Accepted()
        self.enough = threading.Event()
        self.refused: Counter[str] = Counter()

    def run(self) -> None:
        number = 0
        while not self.enough.is_set():
            number += 1
            ids = self.post("/v1/tasks", {"domain": "list", "tasks": _tasks(number)})
            if ids is None:
                return
            self.accepted.tasks |= {item["name"]: item["id"] for item in ids["items"]}
            run = self.post(
                "/v1/runs", {"domain": "list", "tasks": [item["id"] for item in ids["items"]], **RUN}
            )
            if run is None:
                return
            self.accepted.runs.append(run["id"])
            requests = "\n".join(json.dumps(_line(n)) for n in range(LINES)).encode()
            file = self.sent("/v1/files", files={"file": ("r.jsonl", requests)}, data={"purpose": "batch"})
            if file is None:
                return
            wanted = {"input_file_id": file["id"], "endpoint": "/v1/tasks/solve"}
            batch = self.post("/v1/batches", wanted)
            if batch is None:
                return
            self.accepted.batches.append(batch["id"])
            while not self.enough.wait(0.3) and not self.settled(run["id"]):
                pass

    def post(self, path: str, body: Any) -> Any:
        return self.sent(path, json=body)

    def sent(self, path: str, **body: Any) -> Any:
        """What the API answers once it does; None where there is no more need."""
        while not self.enough.is_set():
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.post(self.cluster.service.address + path, timeout=30, **body)
                if answer.is_success:
                    return answer.json()
                self.refused[str(answer.status_code)] += 1
                assert answer.status_code == 503, answer.text
            time.sleep(0.3)
        return None

    def settled(self, run_id: str) -> bool:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"{self.cluster.service.address}/v1/runs/{run_id}", timeout=30)
            return answer.is_success and answer.json()["state"] in SETTLED
        return False


class Cluster:
    """A PostgreSQL, an API that does no work, and two workers, each to be killed and started again."""

    def __init__(self, folder: Path, server: postgres.Server, url: URL) -> None:
        self.server = server
        self.database = Database(url)
        environment = {"DATABASE_URL": url.render_as_string(hide_password=False), **_ENVIRONMENT}
        self.service = Service(folder, "--no-worker", **environment)
        self.workers = [Process(folder, "worker", name=f"worker{n}", **environment) for n in (1, 2)]
        self._offsets: dict[Process, int] = {}

    def launch(self, process: Process) -> None:
        self._offsets[process] = process.launch()

    def is_ready(self, process: Process) -> bool:
        """Whether it is at work; it is started again where it ended by itself."""
        if not process.running:
            self.launch(process)
        return process.is_ready(process.log.read_bytes()[self._offsets[process] :].decode())

    def wait(self, *processes: Process) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not all(self.is_ready(process) for process in processes):
            assert time.monotonic() < deadline, [process.log.read_text()[-3000:] for process in processes]
            time.sleep(0.2)

    def kill(self, victim: str, chance: random.Random) -> None:
        if victim == "database":
            self.server.kill()
            time.sleep(chance.uniform(0, 1))
            self.server.start()
            return
        process = self.service if victim == "api" else chance.choice(self.workers)
        self.wait(process)
        process.kill()
        self.launch(process)


def soak(folder: Path, server: postgres.Server, url: URL, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many times, let everything end, and check it; what happened."""
    chance = random.Random(seed)
    cluster = Cluster(folder, server, url)
    client = Client(cluster)
    phases: Counter[str] = Counter()
    victims: Counter[str] = Counter()
    started = time.monotonic()
    with contextlib.closing(cluster.database), ending(cluster.service, *cluster.workers):
        for process in (cluster.service, *cluster.workers):
            cluster.launch(process)
        cluster.wait(cluster.service, *cluster.workers)
        client.start()
        before = _records(cluster.database)
        for _ in range(kills):
            victim = chance.choices([*_VICTIMS], [*_VICTIMS.values()])[0]
            cluster.wait(cluster.service, chance.choice(cluster.workers))
            _wait_for_phase(cluster.database, chance.choice(["queued", *PHASES]), 5.0)
            time.sleep(chance.uniform(0, 0.5))
            before = _kept(before, _records(cluster.database))
            phases[_phase(cluster.database)] += 1
            victims[victim] += 1
            cluster.kill(victim, chance)
        client.enough.set()
        client.join()
        _settle(cluster)
        _kept(before, _records(cluster.database))
        with cluster.database.read() as session:
            found = check(session, client.accepted)
        found["batches"] = check_batches(cluster.service, client.accepted)
        codes = [process.stop() for process in (cluster.service, *cluster.workers)]
        assert codes == [0, 0, 0], codes
    return {
        "kills": kills,
        "seed": seed,
        "victims": dict(victims),
        "phases": dict(phases),
        **found,
        "answers_503": client.refused["503"],
        "seconds": round(time.monotonic() - started, 1),
    }


def _tasks(number: int) -> list[dict[str, Any]]:
    """Tasks of their own for each run: some that are solved soon and have something in common, which makes an
    abstraction, and one that never is."""
    lists = [[1, 2, 3], [4, 9, 2, 2], [5, 6]]
    shifted = [
        task(
            f"{name} {number}",
            "list(int) -> list(int)",
            *[([given], [value + by for value in given][dropped:]) for given in lists],
        )
        for name, by, dropped in (
            ("add one", 1, 0),
            ("add one, rest", 1, 1),
            ("add two", 2, 0),
            ("add two, rest", 2, 1),
            ("rest of the rest", 0, 2),
        )
    ]
    return [*shifted, task(f"noise {number}", "list(int) -> int", *NOISE)]


def _line(number: int) -> dict[str, Any]:
    """A batch's line: a task that is solved at once, or one that takes its time and isn't."""
    body = {"domain": "list", **(TASKS[0] if number % 2 else task("noise", "list(int) -> int", *NOISE))}
    body["seconds"] = 0.05
    return {"custom_id": f"line {number}", "method": "POST", "url": "/v1/tasks/solve", "body": body}


def _phase(database: Database) -> str:
    """What is being done just now."""
    with database.read() as session:
        query = select(RunRow.state, RunRow.phase).where(RunRow.state.not_in(SETTLED))
        row = session.execute(query.limit(1)).first()
    return "idle" if row is None else str(row.phase or row.state)


def _wait_for_phase(database: Database, phase: str, seconds: float) -> None:
    """Until this is being done, at most so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and _phase(database) != phase:
        time.sleep(0.1)


def _records(database: Database) -> dict[tuple[str, ...], Any]:
    """All that is never to change again, by its key."""
    keyed = {
        "task": select(TaskRow.id, TaskRow.name, TaskRow.created_at),
        "attempt": select(AttemptRow.run_id, AttemptRow.iteration, AttemptRow.task_id, AttemptRow.created_at),
        "sleep": select(SleepRow.run_id, SleepRow.iteration, SleepRow.library_id, SleepRow.created_at),
        "report": select(ReportRow.run_id, ReportRow.iteration, ReportRow.created_at),
        "library": select(LibraryRow.id, LibraryRow.content_hash, LibraryRow.created_at),
        "abstraction": select(AbstractionRow.id, AbstractionRow.body_hash, AbstractionRow.first_library_id),
        "event": select(EventRow.run_id, EventRow.sequence, EventRow.created_at),
    }
    while True:
        try:
            with database.read() as session:
                return {
                    (kind, *map(str, row[:-1])): row[-1]
                    for kind, query in keyed.items()
                    for row in session.execute(query)
                }
        except DBAPIError:  # the server was killed and is starting
            time.sleep(0.1)


def _kept(before: dict[Any, Any], now: dict[Any, Any]) -> dict[Any, Any]:
    gone = {key: value for key, value in before.items() if now.get(key) != value}
    assert not gone, f"lost or made again: {list(gone)[:5]}"
    return now


def _settle(cluster: Cluster) -> None:
    """Wait until every run and every batch has ended."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    queries = (
        select(func.count()).select_from(RunRow).where(RunRow.state.not_in(SETTLED)),
        select(func.count()).select_from(BatchRow).where(BatchRow.state.not_in(BATCH_ENDED)),
    )
    while True:
        cluster.wait(cluster.service, *cluster.workers)
        with cluster.database.read() as session:
            if not any(session.scalar(query) for query in queries):
                return
        assert time.monotonic() < deadline, [process.log.read_text()[-3000:] for process in cluster.workers]
        time.sleep(0.3)


def check(session: Session, accepted: Accepted) -> dict[str, int]:
    """Raises AssertionError where something accepted was lost or doubled; how much there is."""
    tasks = dict(session.execute(select(TaskRow.name, TaskRow.id)).all())
    assert accepted.tasks.items() <= tasks.items(), "an accepted task is lost, or another one now"
    runs = {run.id: run for run in session.scalars(select(RunRow))}
    assert set(accepted.runs) <= set(runs), "an accepted run is lost"
    failed = {run.id: (run.state, run.error) for run in runs.values() if run.state != "finished"}
    assert not failed, failed
    for run_id in runs:
        _check_run(session, run_id)
    hashes = list(session.execute(select(AbstractionRow.domain, AbstractionRow.body_hash)))
    assert len(hashes) == len(set(hashes)), "an abstraction is there twice"
    solved = set(session.scalars(select(AttemptRow.task_id).where(AttemptRow.solved)))
    kept = set(session.scalars(select(FrontierRow.task_id)))
    assert solved == kept, "a solution is lost"
    return {"tasks": len(tasks), "runs": len(runs), "solved": len(solved), "abstractions": len(hashes)}


def check_batches(service: Service, accepted: Accepted) -> int:
    """Raises AssertionError where a batch hasn't ended with exactly its lines; how many there are."""
    for batch_id in accepted.batches:
        batch = service.get(f"/v1/batches/{batch_id}")
        assert batch["status"] == "completed", batch
        files = [batch[kind] for kind in ("output_file_id", "error_file_id") if batch[kind]]
        texts = [httpx.get(f"{service.address}/v1/files/{file}/content", timeout=30).text for file in files]
        lines = [json.loads(line)["custom_id"] for text in texts for line in text.splitlines()]
        assert sorted(lines) == sorted(f"line {n}" for n in range(LINES)), batch
    return len(accepted.batches)


def _check_run(session: Session, run_id: str) -> None:
    iterations = list(range(1, ITERATIONS + 1))
    train = set(session.scalars(select(RunTaskRow.task_id).where(RunTaskRow.run_id == run_id)))
    attempts = {
        tuple(row)
        for row in session.execute(
            select(AttemptRow.iteration, AttemptRow.task_id).where(AttemptRow.run_id == run_id)
        )
    }
    assert attempts == {(i, task_id) for i in iterations for task_id in train}
    for table in (SleepRow, ReportRow):
        query = select(table.iteration).where(table.run_id == run_id).order_by(table.iteration)
        assert list(session.scalars(query)) == iterations, table.__tablename__
    programs = session.execute(
        select(FrontierRow.task_id, FrontierRow.program).where(FrontierRow.run_id == run_id)
    ).all()
    assert len(programs) == len(set(programs)), "a program is kept twice"
    events = session.execute(
        select(EventRow.sequence, EventRow.type, EventRow.data)
        .where(EventRow.run_id == run_id)
        .order_by(EventRow.sequence)
    ).all()
    assert [sequence for sequence, _, _ in events] == list(range(1, len(events) + 1))
    states = [data["state"] for _, type, data in events if type == "run"]
    assert states == ["running", "finished"], states


@contextlib.contextmanager
def own_server() -> Iterator[tuple[postgres.Server, URL]]:
    """A server that may be killed, with a database in it."""
    server = postgres.Server.make()
    try:
        yield server, postgres.create(server.url, "wakesleep_soak")
    finally:
        server.remove()


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left running
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with own_server() as (server, url), tempfile.TemporaryDirectory() as folder:
        print(json.dumps(soak(Path(folder), server, url, options.kills, options.seed)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
