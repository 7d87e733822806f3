"""RFC 9457: every error leaves as application/problem+json, in one place."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from app.errors import ServiceError, Unavailable, Unprocessable, of_task
from library.domain import UnknownDomain
from synthesis.task import TaskError

_OPENAI_SHAPED = ("/v1/files", "/v1/batches")
DATABASE_AWAY = (OperationalError, InterfaceError, TimeoutError)
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
    if request.url.path.startswith(_OPENAI_SHAPED):
        body["message"] = detail  # what OpenAI's clients put into their exceptions
    # ASCII escapes carry any string there is, lone surrogates too.
    return ProblemResponse(json.dumps(body, ensure_ascii=True), status_code=status, headers=headers)


def install_problems(app: FastAPI) -> None:
    """Every way in which a request can fail, rendered as a problem."""
    app.add_exception_handler(ServiceError, render_error)  # type: ignore[arg-type]
    app.add_exception_handler(TaskError, _task)
    app.add_exception_handler(UnknownDomain, _task)
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in DATABASE_AWAY:
        app.add_exception_handler(kind, render_outage)
    app.add_exception_handler(HTTPException, _http)


async def render_error(request: Request, error: ServiceError) -> Response:
    """The problem of an error of ours, with the headers that go with its status."""
    headers = _headers(error)
    return problem(request, error.status, error.kind, error.title, error.detail, error.extra, headers)


def _headers(error: ServiceError) -> dict[str, str]:
    if error.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="wakesleep"'}
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return {"Retry-After": str(error.extra["retry_after"])}
    return {"Retry-After": "5"} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else {}


async def _task(request: Request, error: Any) -> Response:
    return await render_error(request, of_task(error))


async def render_outage(request: Request, error: Exception) -> Response:
    """The database is away or has no connection left: an outage, and no bug of ours."""
    _log.warning("a request failed: the database doesn't answer", path=request.url.path, error=str(error))
    return await render_error(request, Unavailable("the database doesn't answer; try again in a moment"))


async def _invalid(request: Request, error: Any) -> Response:
    return await render_error(request, Unprocessable.of(error.errors()))


async def _http(request: Request, error: Any) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail if isinstance(error.detail, str) else phrase
    kind = phrase.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request))
        detail = f"{request.method} isn't for this address; {headers['Allow']} would be"
    return problem(request, error.status_code, kind, phrase, detail, headers=headers)


def _allowed(request: Request) -> list[str]:
    """Every method that some route at this address has; whoever refused one knows of its own route only."""
    methods: dict[str, set[str]] = {}
    for context in iter_route_contexts(request.app.routes):
        if context.path and context.methods and compile_path(context.path)[0].match(request.url.path):
            methods.setdefault(context.path, set()).update(context.methods)
    path = request.url.path  # as it stands it goes before what only fits it
    return sorted(methods[path] if path in methods else set[str]().union(*methods.values()))


def unexpected(request: Request, error: Exception) -> Response:
    """A bug: the log has it, the answer doesn't."""
    _log.error("a request failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(
        request, 500, "internal", "We have a bug", "The request failed on our side; the log says why."
    )
