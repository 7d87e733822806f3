"""What the service bears: task submissions a second, how soon reads are answered meanwhile, and a batch of
50,000 lines; on PostgreSQL, with the API a process of its own and a worker that searches beside it.

The PostgreSQL is started from a package, and syncs to the disk, or is the one that DATABASE_URL names. Every
client has a key of its own and one connection, sends a request at a time, and shares the machine with what it
measures. Run it in a checkout, whose tests know how to start the processes.

    python -m benchmarks.load --json
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from benchmarks.http_load import Answers, Asked, connected, pace, repeat
from benchmarks.process_costs import cpu_seconds, forget_peak, memory_mb
from benchmarks.row import Row, print_rows

SUBMISSIONS = 200.0
"""Submissions a second: the floor, and the rate at which they come while reads are measured."""
READ_MS, BATCH_SECONDS, RISE_MB = 100.0, 30.0, 64.0
"""The most that is allowed: for 99 of 100 reads; for a batch; and for what it adds to a process's memory."""
LINES = 50_000
SETTINGS = {"WAKESLEEP_WORKERS": "1"}  # the run's searches: one core


@dataclass(frozen=True)
class Plan:
    """`clients` submit, each as soon as it is answered; then they do so at the promised rate, while `readers`
    read, `reads` times a second together."""

    seconds: float
    clients: int
    readers: int
    reads: float
    lines: int


@dataclass(frozen=True)
class Service:
    """Where it is, and its processes by their names."""

    address: str
    processes: dict[str, int]


class Load:
    """What is measured, against a service that has learned something and goes on learning."""

    def __init__(self, service: Service, plan: Plan) -> None:
        self.service, self.plan = service, plan
        self.http = httpx.Client(base_url=service.address, timeout=120)
        admin = self._post("/v1/keys", {"name": "load", "scope": "admin"})["key"]
        self.http.headers["Authorization"] = f"Bearer {admin}"
        count = plan.clients + plan.readers
        keys = [self._post("/v1/keys", {"name": f"load {n}", "scope": "submit"})["key"] for n in range(count)]
        self.clients, self.readers = keys[: plan.clients], keys[plan.clients :]
        self.numbers = itertools.count()

    def rows(self) -> Iterator[Row]:
        """Measure it all."""
        self.prepare()
        asyncio.run(self.submitting(1.0))  # what is made at the first requests isn't measured
        yield from self.submission_rows()
        yield from self.read_rows()
        yield from self.batch_rows()

    def prepare(self) -> None:
        """A run that has ended, for reads to look at, and one that searches from here on."""
        self.solved = self._stored([_shifted(number) for number in range(1, 9)])
        self.run_id = self._run(self.solved, 0.5)
        while self._get(f"/v1/runs/{self.run_id}")["state"] != "finished":
            time.sleep(0.2)
        self.library_id = self._get("/v1/library?domain=list")["versions"][-1]["id"]
        searching = self._run(self._stored([_noise(number) for number in range(4)]), 3600.0)
        while self._get(f"/v1/runs/{searching}")["phase"] != "wake":
            time.sleep(0.2)

    def submission_rows(self) -> Iterator[Row]:
        before = self._cpu_seconds()
        started = time.perf_counter()
        answers = asyncio.run(self.submitting(self.plan.seconds))
        seconds = time.perf_counter() - started
        detail = {"clients": self.plan.clients, "seconds": seconds, **answers.to_json()}
        detail["cpu_seconds"] = self._cpu_seconds(before)
        rate = answers.statuses[201] / seconds
        yield Row("task submissions", rate, "a second", floor=SUBMISSIONS, detail=detail)

    async def submitting(self, seconds: float) -> Answers:
        answers, until = Answers(), time.perf_counter() + seconds
        async with contextlib.AsyncExitStack() as stack:
            open_ = [
                await stack.enter_async_context(connected(self.service.address, k)) for k in self.clients
            ]
            await asyncio.gather(*(repeat(one, self._submission, until, answers) for one in open_))
        return answers

    def read_rows(self) -> Iterator[Row]:
        before, started = self._cpu_seconds(), time.perf_counter()
        submitted, by_kind = asyncio.run(self.reading(self.plan.seconds))
        seconds = time.perf_counter() - started
        every = Answers()
        for answers in by_kind.values():
            every.seconds += answers.seconds
            every.statuses += answers.statuses
        detail: dict[str, Any] = {
            "reads_per_second": len(every.seconds) / seconds,
            "submissions_per_second": submitted.statuses[201] / seconds,
            **every.to_json(),
            "reads_unsent": int(self.plan.seconds * self.plan.reads) - len(every.seconds),
            "submissions": submitted.to_json(),
            "cpu_seconds": self._cpu_seconds(before),
        }
        detail |= {kind: answers.to_json() for kind, answers in by_kind.items()}
        yield Row("99 of 100 reads", every.milliseconds(0.99), "ms", limit=READ_MS, detail=detail)

    async def reading(self, seconds: float) -> tuple[Answers, dict[str, Answers]]:
        """Submissions at the promised rate, and reads of every kind in turn."""
        plan, submitted = self.plan, Answers()
        by_kind = {kind: Answers() for kind in self._reads()}
        start = time.perf_counter() + 0.5
        async with contextlib.AsyncExitStack() as stack:
            jobs = []
            for number, key in enumerate(self.clients):
                times = _times(start, seconds, SUBMISSIONS, number, len(self.clients))
                connection = await stack.enter_async_context(connected(self.service.address, key))
                jobs.append(pace(connection, ((self._submission(), submitted) for _ in times), times))
            for number, key in enumerate(self.readers):
                times = _times(start, seconds, plan.reads, number, len(self.readers))
                connection = await stack.enter_async_context(connected(self.service.address, key))
                kinds = itertools.cycle(by_kind)
                chosen = itertools.islice(kinds, number, number + len(times))
                jobs.append(pace(connection, ((self._read(kind), by_kind[kind]) for kind in chosen), times))
            await asyncio.gather(*jobs)
        return submitted, by_kind

    def _reads(self) -> dict[str, str]:
        return {
            "a task": f"/v1/tasks/{random.choice(self.solved)}",
            "tasks": "/v1/tasks?domain=list&limit=50",
            "solved tasks": "/v1/tasks?solved=true&limit=50",
            "a run": f"/v1/runs/{self.run_id}",
            "library": "/v1/library?domain=list",
            "library version": f"/v1/library/{self.library_id}",
        }

    def _read(self, kind: str) -> Asked:
        return Asked("GET", self._reads()[kind])

    def _submission(self) -> Asked:
        return Asked("POST", "/v1/tasks", {"domain": "list", **_shifted(100 + next(self.numbers))})

    def batch_rows(self) -> Iterator[Row]:
        """Accepted: every line is read and checked, and the batch is in progress."""
        for pid in self.service.processes.values():
            forget_peak(pid)
        resting = {name: memory_mb(pid) for name, pid in self.service.processes.items()}
        before = self._cpu_seconds()
        with tempfile.TemporaryFile() as file:
            for number in range(self.plan.lines):
                file.write(json.dumps(_line(number)).encode() + b"\n")
            size = file.tell()
            file.seek(0)
            started = time.perf_counter()
            form = {"files": {"file": ("lines.jsonl", file)}, "data": {"purpose": "batch"}}
            uploaded = self._answered(self.http.post("/v1/files", **form))
            wanted = {"input_file_id": uploaded["id"], "endpoint": "/v1/tasks/solve"}
            batch = self._post("/v1/batches", wanted)
            while batch["status"] == "validating":
                time.sleep(0.05)
                batch = self._get(f"/v1/batches/{batch['id']}")
            seconds = time.perf_counter() - started
        rises = {
            name: memory_mb(pid, peak=True) - resting[name] for name, pid in self.service.processes.items()
        }
        if batch["status"] != "in_progress" or batch["request_counts"]["total"] != self.plan.lines:
            raise RuntimeError(f"the batch wasn't accepted: {batch}")
        self._post(f"/v1/batches/{batch['id']}/cancel", None)
        detail = {"lines": self.plan.lines, "megabytes": size / 1e6, "cpu_seconds": self._cpu_seconds(before)}
        yield Row("a batch accepted", seconds, "s", limit=BATCH_SECONDS, detail=detail)
        detail = {"resting_mb": resting, "rise_mb": rises}
        yield Row("memory that takes, at most", max(rises.values()), "MB", limit=RISE_MB, detail=detail)

    def _cpu_seconds(self, before: dict[str, float] | None = None) -> dict[str, float]:
        """Of each process, and of the clients, who share the machine; since `before`, where it is given."""
        spent = {name: cpu_seconds(pid) for name, pid in self.service.processes.items()}
        spent["clients"] = time.process_time()
        return {name: round(value - (before or {}).get(name, 0.0), 2) for name, value in spent.items()}

    def _stored(self, tasks: list[dict[str, Any]]) -> list[str]:
        return [item["id"] for item in self._post("/v1/tasks", {"domain": "list", "tasks": tasks})["items"]]

    def _run(self, tasks: list[str], seconds: float) -> str:
        choices = {"guides": ["prior"], "dream_seconds": 0.3, "control_tasks": 0}
        wanted = {"domain": "list", "tasks": tasks, "iterations": 1, "seconds": seconds, **choices}
        return self._post("/v1/runs", wanted)["id"]

    def _post(self, path: str, body: Any) -> Any:
        return self._answered(self.http.post(path) if body is None else self.http.post(path, json=body))

    def _get(self, path: str) -> Any:
        return self._answered(self.http.get(path))

    def _answered(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise RuntimeError(f"{answer.request.url}: {answer.status_code} {answer.text}")
        return answer.json()


def _times(start: float, seconds: float, rate: float, number: int, of: int) -> list[float]:
    """When the client with this number of so many is to ask, so that all together keep to the rate."""
    return [start + k / rate for k in range(number, int(seconds * rate), of)]


def _task(name: str, pairs: Sequence[tuple[list[int], Any]], returns: str) -> dict[str, Any]:
    examples = [{"inputs": [given], "output": output} for given, output in pairs]
    return {"name": name, "request": f"list(int) -> {returns}", "examples": examples}


def _shifted(by: int) -> dict[str, Any]:
    """Each number of a list and a bit more: solved soon where the bit is small."""
    lists = ([1, 2, 3], [], [7, 0], [4, 9, 2, 2], [15])
    pairs = [(given, [value + by for value in given]) for given in lists]
    return _task(f"add {by}", pairs, "list(int)")


def _noise(number: int) -> dict[str, Any]:
    """Examples without a rule."""
    pairs = [([n, 3 * n % 7, n + number], 7919 * (n + 1) ** 2 % 1009) for n in range(12)]
    return _task(f"noise {number}", pairs, "int")


def _line(number: int) -> dict[str, Any]:
    body = {"domain": "list", **_shifted(number), "seconds": 1}
    return {"custom_id": f"line {number}", "method": "POST", "url": "/v1/tasks/solve", "body": body}


@contextlib.contextmanager
def served() -> Iterator[Service]:
    """An API and a worker, each a process, over PostgreSQL; gone after the block."""
    try:
        from tests import postgres
        from tests.app.serving import Process, ending
        from tests.app.serving import Service as Api
    except ImportError as error:
        sys.exit(f"bench load: run it as `python -m benchmarks.load` in a checkout ({error})")
    with contextlib.ExitStack() as stack:
        given = os.environ.get("DATABASE_URL", "")
        if given.startswith("postgresql"):
            server = postgres.make_url(given)
        else:
            own = postgres.Server.make(syncs=True)
            stack.callback(own.remove)
            server = own.url
        url = postgres.create(server, "wakesleep_load")
        stack.callback(postgres.drop, server, "wakesleep_load")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {"DATABASE_URL": url.render_as_string(hide_password=False), **SETTINGS}
        api, worker = (
            Api(folder, "--no-worker", **settings),
            Process(folder, "worker", name="worker", **settings),
        )
        stack.enter_context(ending(api, worker))
        api.start()
        worker.start()
        assert api.process is not None and worker.process is not None
        yield Service(api.address, {"api": api.process.pid, "worker": worker.process.pid})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="wakesleep bench load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each of the two measurements")
    parser.add_argument("--clients", type=int, default=8, help="who submit, a connection each")
    parser.add_argument("--readers", type=int, default=4, help="who read, a connection each")
    parser.add_argument("--reads", type=float, default=40.0, help="a second, of all readers together")
    parser.add_argument("--lines", type=int, default=LINES, help="of the batch")
    options = parser.parse_args(arguments)
    plan = Plan(options.seconds, options.clients, options.readers, options.reads, options.lines)
    with served() as service:
        print_rows(Load(service, plan).rows(), options.json)


if __name__ == "__main__":
    main(sys.argv[1:])
