"""RFC 9457: every error leaves as application/problem+json, in one place."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import InvalidTask, ServiceError, Unprocessable
from library.domain import UnknownDomain
from synthesis.task import TaskError

_log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """An error. `type` names its kind for programs, `detail` says it for people."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:wakesleep:problem:invalid-task"])
    title: str = Field(examples=["The task can't be used"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["the same inputs have two outputs, 1 and 2"])
    instance: str = Field(examples=["/v1/tasks"])


class ProblemResponse(Response):
    media_type = "application/problem+json"


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
        }
        for status in statuses
    }


def problem(
    request: Request,
    status: int,
    kind: str,
    title: str,
    detail: str,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    body = {
        "type": f"urn:wakesleep:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **(extra or {}),
    }
    # ASCII escapes carry any string there is, lone surrogates too.
    return ProblemResponse(json.dumps(body, ensure_ascii=True), status_code=status, headers=headers)


def install_problems(app: FastAPI) -> None:
    """Every way in which a request can fail, rendered as a problem."""
    app.add_exception_handler(ServiceError, _service)
    app.add_exception_handler(TaskError, _task)
    app.add_exception_handler(UnknownDomain, _domain)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _service(request: Request, error: Any) -> Response:
    headers = {"Retry-After": "5"} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem(request, error.status, error.kind, error.title, error.detail, error.extra, headers)


async def _task(request: Request, error: Any) -> Response:
    return await _service(request, InvalidTask.of(error))


async def _domain(request: Request, error: Any) -> Response:
    return await _service(request, Unprocessable(str(error)))


async def _invalid(request: Request, error: Any) -> Response:
    """Where the request is wrong, without repeating what it said: that may be no JSON at all."""
    errors = [
        {"pointer": "".join(f"/{part}" for part in entry["loc"]), "detail": entry["msg"]}
        for entry in error.errors()
    ][:20]
    detail = "; ".join(f"{entry['pointer']}: {entry['detail']}" for entry in errors[:3])
    return problem(
        request,
        422,
        "invalid-request",
        "The request has values that can't be used",
        detail,
        {"errors": errors},
    )


async def _http(request: Request, error: Any) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail if isinstance(error.detail, str) else phrase
    kind = phrase.lower().replace(" ", "-")
    return problem(request, error.status_code, kind, phrase, detail, headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("a request failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(
        request, 500, "internal", "We have a bug", "The request failed on our side; the log says why."
    )
