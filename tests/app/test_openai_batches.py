"""The `openai` client, as it is, against a really served process: its files and its batches."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import Batch

from tests.app.examples import CONTRADICTORY, HEAD, NOISE, TASKS, task
from tests.app.serving import Service, serving

ENDED = ("completed", "failed", "expired", "cancelled")


def request(custom_id: str, body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/tasks/solve", "body": body} | changes


def jsonl(requests: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in requests)


def ended(client: openai.OpenAI, batch_id: str, seconds: float = 60) -> Batch:
    deadline = time.monotonic() + seconds
    while (batch := client.batches.retrieve(batch_id)).status not in ENDED:
        assert time.monotonic() < deadline, f"the batch did not end: {batch}"
        time.sleep(0.1)
    return batch


def lines(client: openai.OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    if file_id is None:
        return []
    return [json.loads(line) for line in client.files.content(file_id).text.splitlines()]


def start(client: openai.OpenAI, content: bytes, **fields: Any) -> Batch:
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    made: dict[str, Any] = {"completion_window": "24h", "endpoint": "/v1/tasks/solve"} | fields
    return client.batches.create(input_file_id=file.id, **made)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("batches")) as service:
        yield service


@pytest.fixture
def client(service: Service) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{service.address}/v1", api_key="any", max_retries=0)


def test_files_are_created_retrieved_listed_read_and_deleted(client: openai.OpenAI, tmp_path: Path) -> None:
    content = jsonl([request(f"r{n}", {"domain": "list", **HEAD, "seconds": 1}) for n in range(3000)])
    path = tmp_path / "requests.jsonl"
    path.write_bytes(content)
    made = [
        client.files.create(file=path, purpose="batch"),
        client.files.create(
            file=b"{}", purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600}
        ),
    ]
    assert (made[0].bytes, made[0].filename, made[0].purpose) == (len(content), "requests.jsonl", "batch")
    assert made[1].expires_at == made[1].created_at + 3600
    assert client.files.retrieve(made[0].id) == made[0]
    assert client.files.content(made[0].id).content == content
    assert [file.id for file in client.files.list(limit=1)][:2] == [made[1].id, made[0].id]
    assert [file.id for file in client.files.list(order="asc", purpose="batch")][-2:] == [f.id for f in made]
    assert client.files.delete(made[1].id).deleted
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            gone(made[1].id)
    with pytest.raises(openai.UnprocessableEntityError, match="purpose"):
        client.files.create(file=path, purpose="assistants")


def test_a_batch_answers_every_request_once(client: openai.OpenAI) -> None:
    requests = [
        request(f"task {n}", {"domain": "list", **each, "seconds": 5}) for n, each in enumerate(TASKS)
    ]
    requests += [
        request("noise", {"domain": "list", **task("noise", "list(int) -> int", *NOISE), "seconds": 0.05}),
        request("contradictory", {"domain": "list", **CONTRADICTORY}),
        request("nowhere", {"domain": "nowhere", **HEAD}),
        request("no task", {"domain": "list", "seconds": 0}),
    ]
    batch = start(client, jsonl(requests).replace(b"\n", b"\n\n", 2).removesuffix(b"\n"), metadata={"a": "b"})
    assert (batch.status, batch.metadata, batch.endpoint) == ("validating", {"a": "b"}, "/v1/tasks/solve")
    batch = ended(client, batch.id)
    assert batch.status == "completed" and batch.errors is None, batch
    assert batch.request_counts is not None
    assert batch.request_counts.to_dict() == {"total": 10, "completed": 7, "failed": 3}
    assert batch.in_progress_at and batch.finalizing_at and batch.completed_at

    answered, failed = lines(client, batch.output_file_id), lines(client, batch.error_file_id)
    assert [line["custom_id"] for line in answered] == [f"task {n}" for n in range(len(TASKS))] + ["noise"]
    assert [line["custom_id"] for line in failed] == ["contradictory", "nowhere", "no task"]
    assert len({line["id"] for line in answered + failed}) == 10
    for line, asked in zip(answered, TASKS, strict=False):
        assert line["error"] is None and line["response"]["status_code"] == 200
        assert line["response"]["body"]["name"] == asked["name"] and line["response"]["body"]["solved"]
    assert answered[-1]["response"]["body"]["reason"] == "budget"
    assert [line["response"]["status_code"] for line in failed] == [422] * 3
    assert "examples 1 and 3" in failed[0]["response"]["body"]["detail"]
    assert "/body/name" in failed[2]["response"]["body"]["detail"]
    assert batch.output_file_id is not None
    assert client.files.retrieve(batch.output_file_id).purpose == "batch_output"
    assert next(iter(client.batches.list(limit=1))).id == batch.id
    client.files.delete(batch.input_file_id)
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)


def test_a_file_that_is_not_valid_fails_its_batch(client: openai.OpenAI) -> None:
    body = {"domain": "list", **HEAD}
    good = request("a", body)
    wrong = [good, good, request("b", body, method="GET"), request("c", body, url="/v1/chat/completions")]
    content = jsonl([*wrong, {"custom_id": "d"}]) + b'{"custom_id": "e", \n[1]\n'
    batch = ended(client, start(client, content).id)
    assert batch.status == "failed" and batch.failed_at
    assert batch.errors is not None and batch.errors.data is not None
    assert [(error.line, error.code, error.param) for error in batch.errors.data] == [
        (2, "duplicate_custom_id", "custom_id"),
        (3, "invalid_method", "method"),
        (4, "mismatched_url", "url"),
        (5, "missing_required_parameter", "method"),
        (6, "invalid_json_line", None),
        (7, "invalid_json_line", None),
    ]
    assert batch.output_file_id is None and batch.error_file_id is None
    empty = ended(client, start(client, b"\n \n").id)
    assert empty.errors is not None and empty.errors.data is not None
    assert [error.code for error in empty.errors.data] == ["empty_file"]


def test_what_cannot_be_a_batch(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.batches.create(input_file_id="file_none", endpoint="/v1/tasks/solve", completion_window="24h")  # type: ignore[arg-type]
    with pytest.raises(openai.UnprocessableEntityError):
        start(client, b"{}", endpoint="/v1/chat/completions")
    with pytest.raises(openai.UnprocessableEntityError):
        start(client, b"{}", completion_window="soon")
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_none")


def test_a_cancelled_batch_keeps_what_is_done(client: openai.OpenAI) -> None:
    noise = task("noise", "list(int) -> int", *NOISE)
    requests = [request("quick", {"domain": "list", **HEAD})]
    requests += [request(f"slow {n}", {"domain": "list", **noise, "seconds": 20}) for n in range(40)]
    batch = start(client, jsonl(requests))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        counts = client.batches.retrieve(batch.id).request_counts
        if counts is not None and counts.completed:
            break
        time.sleep(0.1)
    with pytest.raises(openai.ConflictError, match="working on this file"):
        client.files.delete(batch.input_file_id)
    assert client.batches.cancel(batch.id).status == "cancelling"
    batch = ended(client, batch.id)
    assert batch.status == "cancelled" and batch.cancelled_at and batch.cancelling_at
    (done,) = lines(client, batch.output_file_id)
    assert done["custom_id"] == "quick" and done["response"]["body"]["solved"]
    left = lines(client, batch.error_file_id)
    assert [line["custom_id"] for line in left] == [each["custom_id"] for each in requests[1:]]
    assert {line["error"]["code"] for line in left} == {"batch_cancelled"}
    assert all(line["response"] is None for line in left)
