"""What a batch's requests are answered, and the lines of its output and error files: JSON in the shape of
OpenAI's Batch API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from app.api.v1.schemas import SolveIn, SolveOut
from app.db.session import Database
from app.errors import ServiceError, Unprocessable, of_task
from app.solving import search
from engine import Cancellation
from library.domain import UnknownDomain
from synthesis.task import TaskError, load_tasks

ENDPOINT = "/v1/tasks/solve"
"""What a batch's requests may ask for."""

UNANSWERED = {
    "expired": ("batch_expired", "the batch's completion window ended before this request was done"),
    "cancelled": ("batch_cancelled", "the batch was cancelled before this request was done"),
}
"""Why a request has no answer, by the state that its batch ended in."""


def answer_request(
    database: Database, body: Mapping[str, Any], cancellation: Cancellation
) -> tuple[int, dict[str, Any]]:
    """What `POST /v1/tasks/solve` answers to this body: the HTTP status, and the answer or the problem."""
    try:
        asked = SolveIn.model_validate(body)
        (task,) = load_tasks([asked.document()], asked.domain)
        found = search(database, task, asked.seconds, asked.library, cancellation)
    except ValidationError as error:
        problem: ServiceError = Unprocessable.of(error.errors(), "/body")
    except (TaskError, UnknownDomain) as error:
        problem = of_task(error)
    except ServiceError as error:
        problem = error
    else:
        return 200, SolveOut.model_validate(found.line).model_dump(mode="json")
    return problem.status, problem.document(ENDPOINT)


def answer_line(batch_id: str, number: int, custom_id: str, status: int, body: dict[str, Any]) -> str:
    """What the request of line `number` was answered, with which HTTP status."""
    response = {"status_code": status, "request_id": _id("req", batch_id, number), "body": body}
    return _line(batch_id, number, custom_id, response, None)


def unanswered_line(batch_id: str, number: int, custom_id: str, state: str) -> str:
    code, message = UNANSWERED[state]
    return _line(batch_id, number, custom_id, None, {"code": code, "message": message})


def _line(
    batch_id: str, number: int, custom_id: str, response: dict[str, Any] | None, error: dict[str, str] | None
) -> str:
    document = {
        "id": _id("batch_req", batch_id, number),
        "custom_id": custom_id,
        "response": response,
        "error": error,
    }
    return json.dumps(document, separators=(",", ":"))


def _id(prefix: str, batch_id: str, number: int) -> str:
    return f"{prefix}_{batch_id.removeprefix('batch_')}_{number}"
