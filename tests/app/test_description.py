"""/openapi.json says of every route who may ask, what to send, what comes back, and what can go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from app.api import create_app
from app.api.examples import example_of
from app.db import Database
from app.settings import Settings
from tests.app.conftest import RecordingLauncher


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder: Path = tmp_path_factory.mktemp("description")
    return create_app(Settings(data_dir=folder), Database(f"sqlite:///{folder}/a.db"), RecordingLauncher())


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    paths = app.openapi()["paths"]
    return [(method, path, operation) for path in paths for method, operation in paths[path].items()]


def test_every_route_is_told_in_words_and_by_example(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    for method, path, operation in operations(app):
        where = f"{method.upper()} {path}"
        assert operation["summary"] and operation["description"], f"{where}: a summary and a docstring"
        bodies = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        bodies += [response.get("content", {}) for response in operation["responses"].values()]
        for content in bodies:
            for kind, body in content.items():
                if not {"example", "examples"} & body.keys():
                    example_of(body["schema"], schemas)  # says which field lacks one
                    raise AssertionError(f"{where}: no example of {kind}")


def test_the_examples_are_of_the_shapes_they_stand_for(app: FastAPI) -> None:
    described = {operation["operationId"]: operation for _, _, operation in operations(app)}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        operation = described[str(route.operation_id)]
        if route.response_model is not None:
            for status, response in operation["responses"].items():
                if int(status) < 300 and "application/json" in response["content"]:
                    TypeAdapter(route.response_model).validate_python(
                        response["content"]["application/json"]["example"]
                    )
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None and route.body_field is not None:
            values = (
                [body["example"]]
                if "example" in body
                else [one["value"] for one in body["examples"].values()]
            )
            for value in values:
                TypeAdapter(route.body_field.field_info.annotation).validate_python(value)


def test_every_route_says_who_may_ask_and_what_then_can_go_wrong(app: FastAPI) -> None:
    for method, path, operation in operations(app):
        statuses = set(operation["responses"])
        if path.startswith("/v1/"):
            [security] = operation["security"]
            assert security["key"][0] in ("read", "submit", "admin"), path
            assert statuses >= {"401", "403", "429"}, path
        if "requestBody" in operation:
            assert statuses >= {"400", "413", "415", "422"}, path
        if "{" in path:
            assert "422" in statuses, path
        assert not statuses & {"500"}, "a bug is no part of the contract"
        for status, response in operation["responses"].items():
            assert "X-Request-Id" in response["headers"]
            if int(status) >= 400:
                problem = response["content"]["application/problem+json"]
                assert problem["schema"]["$ref"].endswith("/Problem"), (method, path)
                assert problem["example"]["status"] == int(status)
    assert "HTTPValidationError" not in str(app.openapi()["paths"])


def test_what_creates_takes_an_idempotency_key(app: FastAPI) -> None:
    """But for keys, whose answer is nowhere kept."""
    for _, path, operation in operations(app):
        if "201" in operation["responses"] and path != "/v1/keys":
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert "Idempotency-Key" in names, path
