"""/openapi.json: what FastAPI says of the routes, and in one place what holds for all of them.

Scopes, the problems that any such route may answer with, headers, and an example for every body.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.access import Scope
from app.api.access import needs_of
from app.api.context import REQUEST_ID
from app.api.examples import TEXTS, NoExample, example_of
from app.api.problems import Problem

_KEY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "ws_PREFIX_SECRET",
    "description": "A key, with scope `read`, `submit` or `admin`; each may do what those before it may."
    " While there is no key, none is needed.",
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_RETRY = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "That a bearer key is wanted.",
            "schema": {"type": "string", "examples": ['Bearer realm="wakesleep"']},
        }
    },
    429: {"Retry-After": _RETRY},
    503: {"Retry-After": _RETRY},
}
_REQUEST_ID = {
    "description": "The request's id, which the log has too: the one that came with it, or a new one.",
    "schema": {"type": "string"},
}
_DETAILS: dict[int, tuple[str, str, str]] = {
    400: ("malformed-body", "The body is no JSON that we accept", "line 1, column 20: Expecting value"),
    401: ("unauthorized", "A key is needed", "send a key as `Authorization: Bearer ws_…`"),
    403: (
        "forbidden",
        "That isn't allowed",
        "this needs a key with scope admin; 'nightly batches' has submit",
    ),
    404: ("not-found", "There is no such thing", "there is no task 'task_none'"),
    409: ("conflict", "It clashes with what is already there", "run run_1 is finished: it can't be paused"),
    413: (
        "body-too-large",
        "The body is too large",
        "the body has more than 8388608 bytes: send it in parts",
    ),
    415: (
        "unsupported-media-type",
        "The body is no JSON",
        "send the body as application/json, not as nothing",
    ),
    422: (
        "invalid-request",
        "The request has values that can't be used",
        "/query/limit: Input should be greater than or equal to 1",
    ),
    429: ("too-many-requests", "Too many requests", "more than 200 requests a second: wait 1 s"),
    503: ("unavailable", "Not now", "the database doesn't answer"),
}


def install_description(app: FastAPI) -> None:
    """Serve the described document in place of FastAPI's own."""
    plain = app.openapi
    done: dict[str, Any] = {}

    def described() -> dict[str, Any]:
        if not done:
            done.update(describe(plain(), dict(scopes(app))))
        return done

    app.openapi = described  # type: ignore[method-assign]


def scopes(app: FastAPI) -> Iterator[tuple[str, Scope | None]]:
    """Each described operation, by its id, and the scope that it needs."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            yield route.operation_id or route.unique_id, (needs_of(route.dependencies) or [None])[0]


def describe(document: dict[str, Any], scopes: dict[str, Scope | None]) -> dict[str, Any]:
    """Complete the document, in place."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {"key": _KEY}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            _complete(path, operation, scopes[operation["operationId"]], schemas)
    return document


def _complete(path: str, operation: dict[str, Any], scope: Scope | None, schemas: dict[str, Any]) -> None:
    operation["security"] = [] if scope is None else [{"key": [scope.value]}]
    if scope is not None:
        operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}`."
    if "requestBody" in operation:
        _exemplify(operation["requestBody"]["content"], schemas)
    responses = operation["responses"]
    for status in _usual(operation, scope):
        responses.setdefault(str(status), {"description": HTTPStatus(status).phrase})
    operation["responses"] = dict(sorted(responses.items()))
    for status, response in operation["responses"].items():
        number = int(status)
        response["headers"] = {REQUEST_ID: _REQUEST_ID, **_HEADERS.get(number, {})}
        if number >= 400:
            example = {"example": _problem(path, number)} if number in _DETAILS else {}
            response["content"] = {"application/problem+json": {"schema": _PROBLEM, **example}}
        else:
            _exemplify(response.get("content", {}), schemas)


def _usual(operation: dict[str, Any], scope: Scope | None) -> Iterator[int]:
    """The problems that every route of this kind may answer with."""
    if scope is not None:
        yield from (401, 403, 429)
    if "requestBody" in operation:
        yield from (400, 413, 415, 422)
    names = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    if names or scope is not None:  # query parameters that the route doesn't have are refused too
        yield 422
    if "idempotency-key" in names:
        yield 409


def _exemplify(content: dict[str, Any], schemas: dict[str, Any]) -> None:
    for kind, body in content.items():
        if "example" in body or "examples" in body:
            continue
        if kind in TEXTS:
            body["example"] = TEXTS[kind]
            continue
        choices = body["schema"].get("anyOf", [body["schema"]])
        try:
            values = [example_of(one, schemas) for one in choices if one.get("type") != "null"]
        except NoExample:
            continue  # a test tells which field lacks one
        if len(values) == 1:
            body["example"] = values[0]
        else:
            body["examples"] = {f"{number}": {"value": value} for number, value in enumerate(values, start=1)}


def _problem(path: str, status: int) -> dict[str, Any]:
    kind, title, detail = _DETAILS[status]
    return {
        "type": f"urn:wakesleep:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
    }
