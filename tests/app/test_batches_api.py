"""/v1/files and /v1/batches without a workflow: what is refused, and the states of a batch."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.batches.ending import end_batch
from app.batches.reading import Reading, read_input
from app.db import Database
from app.db.base import now
from app.db.models import BATCH_ENDED, BATCH_STATES, ChunkRow, FileRow
from app.db.repositories import BatchRepository, FileRepository, FileWriter
from app.db.repositories.files import PART_BYTES, parts_of
from app.errors import Conflict
from app.settings import Settings
from tests.app.conftest import RecordingLauncher

ENDPOINT = "/v1/tasks/solve"
LINES = [
    json.dumps({"custom_id": f"r{n}", "method": "POST", "url": ENDPOINT, "body": {}}).encode() + b"\n"
    for n in range(100)
]


def upload(client: TestClient, content: bytes = b"".join(LINES), fields: dict[str, str] | None = None) -> Any:
    files = {"file": ("r.jsonl", content, "application/jsonl")}
    return client.post("/v1/files", files=files, data={"purpose": "batch"} | (fields or {}))


def made(database: Database, file_id: str) -> str:
    with database.write() as session:
        return BatchRepository(session).add(file_id, ENDPOINT, 24, None, None).id


def admit(database: Database, batch_id: str, reading: Reading) -> None:
    with database.write() as session:
        BatchRepository(session).admit(batch_id, reading.chunks, 8)


def state(database: Database, batch_id: str) -> str:
    with database.read() as session:
        return BatchRepository(session).get(batch_id).state


def custom_ids(database: Database, file_id: str | None) -> list[str]:
    content = b"" if file_id is None else b"".join(parts_of(database, file_id))
    return [json.loads(line)["custom_id"] for line in content.splitlines()]


def test_uploads_that_cannot_be(client: TestClient, settings: Settings, database: Database) -> None:
    def status(answer: Any) -> int:
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        assert answer.json()["message"] == answer.json()["detail"]
        return answer.status_code

    assert status(client.post("/v1/files", json={})) == 415
    assert status(client.post("/v1/files")) == 415
    boundless = {"content-type": "multipart/form-data"}
    assert status(client.post("/v1/files", content=b"x", headers=boundless)) == 400
    broken = {"content-type": "multipart/form-data; boundary=b"}
    assert status(client.post("/v1/files", content=b"--b\r\nnonsense", headers=broken)) == 422
    assert status(client.post("/v1/files", files={"other": b"x"}, data={"purpose": "batch"})) == 422
    assert status(client.post("/v1/files", data={"purpose": "batch", "file": "x"}, files={"f": b""})) == 422
    assert status(upload(client, b"")) == 422
    assert status(upload(client, fields={"purpose": "fine-tune"})) == 422
    assert status(upload(client, fields={"note": "\0"})) == 400
    for anchor, seconds in (
        ("created_at", "10"),
        ("created_at", "x"),
        ("now", "3600"),
        ("created_at", "9" * 30),
    ):
        expiry = {"expires_after[anchor]": anchor, "expires_after[seconds]": seconds}
        assert status(upload(client, fields=expiry)) == 422
    object.__setattr__(settings, "max_file_bytes", 100_000)
    assert status(upload(client, b"x" * 300_000)) == 413
    assert client.get("/v1/files").json()["data"] == []
    with database.read() as session:
        assert session.query(FileRow).count() == 0


@pytest.mark.parametrize("size", [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 9 * PART_BYTES + 17])
def test_a_file_comes_back_whole_and_in_pieces(client: TestClient, database: Database, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    file = upload(client, content).json()
    assert client.get(f"/v1/files/{file['id']}/content").content == content
    with database.read() as session:
        files = FileRepository(session)
        for offset, length in ((0, size), (size - 1, 1), (size // 2, size // 3), (PART_BYTES - 5, 10)):
            if offset + length <= size:
                assert files.read(file["id"], offset, length) == content[offset : offset + length]


def test_drafts_and_expired_files_are_not_there(client: TestClient, database: Database) -> None:
    draft = FileWriter(database, "draft")
    draft.write(b"x" * PART_BYTES * 5)
    file = upload(client).json()
    with database.write() as session:
        FileRepository(session).get(file["id"]).expires_at = now() - timedelta(seconds=1)
    assert client.get("/v1/files").json()["data"] == []
    for file_id in (draft.id, file["id"]):
        assert client.get(f"/v1/files/{file_id}").status_code == 404
        assert client.get(f"/v1/files/{file_id}/content").status_code == 404
    reader = made(database, file["id"])
    upload(client)
    with database.write() as session:
        assert session.get(FileRow, file["id"]) is not None, "a batch still reads it"
        BatchRepository(session).refuse(reader, [])
    upload(client)
    with database.read() as session:
        assert session.get(FileRow, file["id"]) is None and session.get(FileRow, draft.id) is not None
        assert session.query(FileRow).count() == 3


def test_batches_are_listed_newest_first(client: TestClient, launcher: RecordingLauncher) -> None:
    file = upload(client).json()["id"]
    body = {"input_file_id": file, "endpoint": ENDPOINT, "completion_window": "24h"}
    ids = [client.post("/v1/batches", json=body).json()["id"] for _ in range(5)][::-1]
    assert launcher.enqueued == ids[::-1]
    first = client.get("/v1/batches", params={"limit": 3}).json()
    second = client.get("/v1/batches", params={"limit": 3, "after": first["last_id"]}).json()
    assert [batch["id"] for batch in first["data"] + second["data"]] == ids
    assert (first["has_more"], second["has_more"], first["first_id"]) == (True, False, ids[0])
    long = {"k" * 65: "v"}, {"k": "v" * 513}, {f"k{n}": "v" for n in range(17)}, {"k": 1}
    for metadata in long:
        assert client.post("/v1/batches", json=body | {"metadata": metadata}).status_code == 422


@pytest.mark.parametrize("answered", [0, 40, 100])
@pytest.mark.parametrize("why", ["done", "cancelled", "expired"])
def test_a_batch_ends_with_exactly_its_lines(
    client: TestClient, database: Database, answered: int, why: str
) -> None:
    """However it ends and whatever it has by then; and ending it again changes nothing."""
    if why == "done" and answered < 100:
        return
    file_id = upload(client).json()["id"]
    batch_id = made(database, file_id)
    end_batch(database, batch_id)
    assert state(database, batch_id) == "validating"
    admit(database, batch_id, read_input(LINES, ENDPOINT, 1 << 20))
    with database.write() as session:
        batches = BatchRepository(session)
        for _ in range(2):
            for n in range(answered):
                batches.record(batch_id, n + 1, n % 3 > 0, json.dumps({"custom_id": f"r{n}"}))
    end_batch(database, batch_id)
    assert state(database, batch_id) == "in_progress"
    with database.write() as session:
        batches = BatchRepository(session)
        if why == "done":
            for number in session.scalars(select(ChunkRow.number).where(ChunkRow.batch_id == batch_id)):
                batches.chunk_done(batch_id, number)
        elif why == "cancelled":
            batches.cancel(batch_id)
        else:
            batches.get(batch_id).expires_at = now() - timedelta(seconds=1)
    good = [f"r{n}" for n in range(answered) if n % 3 > 0]
    bad = [f"r{n}" for n in range(100) if n >= answered or n % 3 == 0]
    for _ in range(2):
        end_batch(database, batch_id)
        batch = client.get(f"/v1/batches/{batch_id}").json()
        expected = {"done": "completed", "expired": "expired" if answered < 100 else "completed"}
        assert batch["status"] == expected.get(why, why)
        assert custom_ids(database, batch["output_file_id"]) == good
        assert custom_ids(database, batch["error_file_id"]) == bad
        counts = {"total": 100, "completed": len(good), "failed": answered - len(good)}
        assert batch["request_counts"] == counts
    with database.write() as session:
        batches = BatchRepository(session)
        batches.record(batch_id, 100, True, "late")
        assert batches.results(batch_id, 0, 10) == [] and not batches.undone(batch_id)
        assert session.query(FileRow).count() == 1 + bool(good) + bool(bad)


def test_only_what_goes_on_can_be_cancelled(client: TestClient, database: Database) -> None:
    file_id = upload(client).json()["id"]
    for state in BATCH_STATES:
        batch_id = made(database, file_id)
        with database.write() as session:
            BatchRepository(session).get(batch_id).state = state
        answer = client.post(f"/v1/batches/{batch_id}/cancel")
        if state in (*BATCH_ENDED, "finalizing"):
            assert (
                answer.status_code == 409 and client.get(f"/v1/batches/{batch_id}").json()["status"] == state
            )
        else:
            assert answer.status_code == 200 and answer.json()["status"] == "cancelling"


def test_nothing_leaves_an_ended_state(client: TestClient, database: Database) -> None:
    file_id = upload(client).json()["id"]
    reading = read_input(LINES, ENDPOINT, 1 << 20)
    for ended in BATCH_ENDED:
        batch_id = made(database, file_id)
        with database.write() as session:
            BatchRepository(session).get(batch_id).state = ended
        admit(database, batch_id, reading)
        with database.write() as session:
            BatchRepository(session).refuse(batch_id, [{"code": "x"}])
            assert not BatchRepository(session).close(batch_id)
            with pytest.raises(Conflict):
                BatchRepository(session).cancel(batch_id)
        end_batch(database, batch_id)
        assert state(database, batch_id) == ended
    assert client.delete(f"/v1/files/{file_id}").json() == {"id": file_id, "object": "file", "deleted": True}
