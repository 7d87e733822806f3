"""A small typed client of the HTTP API, for scripts and notebooks: httpx2 and rich, no engine and no torch.

    client = Client("http://127.0.0.1:8000")
    batch = client.batch(({"domain": "list", **task} for task in tasks), seconds=5)
    for result in client.results(client.wait(batch)):
        print(result.custom_id, result.solution.python if result.solution else result.error)

Every failure is an ApiError that says what the service said.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import IO, Any, NoReturn, TypeVar

import httpx2 as httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

ENDPOINT = "/v1/tasks/solve"
_POLL_SECONDS = 0.5
_BATCH_ENDED = ("completed", "failed", "expired", "cancelled")
_JOB_ENDED = ("finished", "failed", "cancelled")
Record = TypeVar("Record")


class ApiError(Exception):
    """What the service answered instead: `status` (0: it couldn't be reached) and the whole `problem`."""

    def __init__(self, status: int, detail: str, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {detail}" if status else detail)
        self.status = status
        self.problem = problem


@dataclass(frozen=True)
class Solution:
    """What came of a search. `reason` and `detail` say why a task stayed unsolved."""

    name: str
    solved: bool
    program: str | None
    python: str | None
    log_posterior: float | None
    seconds: float
    cpu_seconds: float
    programs: int
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Task:
    """A stored task."""

    id: str
    domain: str
    name: str
    request: str
    description: str
    examples: list[dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """A search for a stored task; `state` is queued, running, finished, failed or cancelled."""

    id: str
    task: str
    state: str
    result: Solution | None
    error: str | None


@dataclass(frozen=True)
class Batch:
    """Many requests; `status` is one of OpenAI's. `errors` say why a file couldn't be worked on, by line."""

    id: str
    status: str
    total: int
    completed: int
    failed: int
    input_file_id: str
    output_file_id: str | None
    error_file_id: str | None
    errors: list[dict[str, Any]]


@dataclass(frozen=True)
class Result:
    """A batch's answer to one request: a solution, which may be unsolved, or an error, a sentence."""

    custom_id: str
    solution: Solution | None
    error: str | None


class Client:
    """Speaks to one service. Use it as a context manager, or `close` it."""

    def __init__(self, address: str, key: str | None = None, timeout: float = 60.0) -> None:
        """`key`: a bearer key, where the service wants one. `timeout`: seconds for one request."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def solve(self, domain: str, task: Mapping[str, Any], seconds: float = 5.0) -> Solution:
        """Search for one task, for at most 30 CPU seconds, and wait. Nothing is stored."""
        body = {"domain": domain, **task, "seconds": seconds}
        return _read(Solution, self._ask("POST", ENDPOINT, json=body))

    def submit(self, domain: str, tasks: Iterable[Mapping[str, Any]]) -> list[Task]:
        """Store tasks, all or none; those that are there already are answered and not doubled."""
        body = {"domain": domain, "tasks": [dict(task) for task in tasks]}
        return [_read(Task, item) for item in self._ask("POST", "/v1/tasks", json=body)["items"]]

    def tasks(self, **chosen: str | bool) -> Iterator[Task]:
        """Stored tasks, page by page; `chosen` is what `GET /v1/tasks` takes: domain, run, solved, name."""
        query: dict[str, Any] = {"limit": 500, **chosen}
        while True:
            page = self._ask("GET", "/v1/tasks", params=query)
            yield from (_read(Task, item) for item in page["items"])
            if page["next"] is None:
                return
            query["after"] = page["next"]

    def solve_task(self, task_id: str, seconds: float = 5.0, background: bool | None = None) -> Job:
        """Search for a stored task. Up to 30 CPU seconds it waits; else it is a job, to `wait` for."""
        body = {"seconds": seconds, "background": background}
        return _job(self._ask("POST", f"/v1/tasks/{task_id}/solve", json=body))

    def batch(
        self,
        requests: Iterable[Mapping[str, Any]],
        seconds: float = 5.0,
        metadata: Mapping[str, str] | None = None,
    ) -> Batch:
        """Start a batch of tasks: each with its domain and, where it isn't to be `seconds`, its own seconds.
        Its `custom_id`, if it has one, comes back with the answer; else that is its number, from 0. They may
        come from a generator: no more than one is in memory."""
        with tempfile.TemporaryFile() as lines:
            for number, request in enumerate(requests):
                lines.write(_line(number, {"seconds": seconds, **request}))
            lines.seek(0)
            file_id = self._upload(lines)
        body = {"input_file_id": file_id, "endpoint": ENDPOINT, "metadata": metadata and dict(metadata)}
        return _batch(self._ask("POST", "/v1/batches", json=body))

    def wait(self, batch: Batch, seconds: float | None = None, console: Console | None = None) -> Batch:
        """The batch once it has ended, with a progress bar on the terminal meanwhile, or on `console`. Raises
        TimeoutError after so many `seconds`; the batch goes on."""
        deadline = None if seconds is None else time.monotonic() + seconds
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console or Console(stderr=True), transient=True) as progress:
            bar = progress.add_task(batch.status, total=None)
            while True:
                batch = self.get_batch(batch.id)
                done = batch.completed + batch.failed
                progress.update(bar, description=batch.status, completed=done, total=batch.total or None)
                if batch.status in _BATCH_ENDED:
                    return batch
                if deadline is not None and time.monotonic() > deadline:
                    raise TimeoutError(f"batch {batch.id} is {batch.status}: {done} of {batch.total} done")
                time.sleep(_POLL_SECONDS)

    def wait_job(self, job: Job, seconds: float | None = None) -> Job:
        """The job once it has ended. Raises TimeoutError after so many seconds; the job goes on."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while (job := self.get_job(job.id)).state not in _JOB_ENDED:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"job {job.id} is {job.state}")
            time.sleep(_POLL_SECONDS)
        return job

    def results(self, batch: Batch) -> Iterator[Result]:
        """The answers of a batch that has ended, first those that went well. Raises ApiError where its file
        could not be worked on."""
        if batch.errors:
            line, message = batch.errors[0]["line"], batch.errors[0]["message"]
            where = "the file" if line is None else f"line {line} of the file"
            raise ApiError(422, f"{where} is not in order: {message}", {"errors": batch.errors})
        for file_id in (batch.output_file_id, batch.error_file_id):
            if file_id is not None:
                yield from map(_result, self._lines(file_id))

    def get_batch(self, batch_id: str) -> Batch:
        return _batch(self._ask("GET", f"/v1/batches/{batch_id}"))

    def cancel_batch(self, batch_id: str) -> Batch:
        """End it early; `results` then has what is done, and an error for each request that isn't."""
        return _batch(self._ask("POST", f"/v1/batches/{batch_id}/cancel"))

    def get_job(self, job_id: str) -> Job:
        return _job(self._ask("GET", f"/v1/jobs/{job_id}"))

    def cancel_job(self, job_id: str) -> Job:
        return _job(self._ask("POST", f"/v1/jobs/{job_id}/cancel"))

    def _upload(self, lines: IO[bytes]) -> str:
        files = {"file": ("requests.jsonl", lines, "application/jsonl")}
        # a large file takes as long as it takes
        return self._ask("POST", "/v1/files", files=files, data={"purpose": "batch"}, timeout=None)["id"]

    def _lines(self, file_id: str) -> Iterator[dict[str, Any]]:
        with self._http.stream("GET", f"/v1/files/{file_id}/content") as answer:
            if not answer.is_success:
                answer.read()
                _raise(answer)
            for line in answer.iter_lines():
                yield json.loads(line)

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            answer = self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise ApiError(0, f"can't reach {self._http.base_url}: {error}", {}) from error
        if not answer.is_success:
            _raise(answer)
        return answer.json()


def _raise(answer: httpx.Response) -> NoReturn:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    detail = problem.get("detail") if isinstance(problem, dict) else None
    raise ApiError(answer.status_code, detail or answer.reason_phrase, problem)


def _read(kind: type[Record], document: Mapping[str, Any]) -> Record:
    """The record of an answer, which may say more than this client knows."""
    return kind(**{field.name: document[field.name] for field in fields(kind) if field.name in document})  # type: ignore[arg-type]


def _job(document: Mapping[str, Any]) -> Job:
    result = document["result"]
    return _read(Job, {**document, "result": None if result is None else _read(Solution, result)})


def _batch(document: Mapping[str, Any]) -> Batch:
    errors = (document["errors"] or {"data": []})["data"]
    return _read(Batch, {**document, **document["request_counts"], "errors": errors})


def _line(number: int, body: dict[str, Any]) -> bytes:
    custom_id = body.pop("custom_id", str(number))
    request = {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(request).encode() + b"\n"


def _result(line: Mapping[str, Any]) -> Result:
    response = line["response"]
    if response is None:
        return Result(line["custom_id"], None, line["error"]["message"])
    if response["status_code"] != 200:
        return Result(line["custom_id"], None, response["body"]["detail"])
    return Result(line["custom_id"], _read(Solution, response["body"]), None)
