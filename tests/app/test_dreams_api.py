"""/v1/dreams: what a sleep kept comes back, page by page, in both forms, whatever is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db import Database
from app.workflows.keeper import DatabaseKeeper
from synthesis.report import DreamRecord
from tests.app.examples import HEAD, INCREMENT
from tests.app.test_abstractions import started
from tests.app.test_bad_input import is_problem
from tests.app.test_keeper import BODY, keeper, sleep

__all__ = ["keeper"]  # the fixture

EXAMPLES = ({"inputs": [[1, 2]], "output": [2, 3]}, {"inputs": [[]], "output": []})
FANTASY = DreamRecord(
    0, INCREMENT["request"], "(lambda (map (lambda (+ $0 1)) $0))", EXAMPLES, -12.5, "fantasy"
)
REPLAY = replace(FANTASY, position=1, program=f"(lambda (map {BODY} $0))", source="replay", held_out=True)
HINDSIGHT = DreamRecord(
    2, HEAD["request"], "(lambda (car $0))", ({"inputs": [[5]], "output": 5},), -3.0, "hindsight"
)


def walked(client: TestClient, limit: int, **wanted: Any) -> list[dict[str, Any]]:
    """All pages, one after the other."""
    items: list[dict[str, Any]] = []
    params = {"limit": limit, **wanted}
    while True:
        page = client.get("/v1/dreams", params=params).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        params["after"] = page["next"]


def test_nothing_dreamed_yet(client: TestClient) -> None:
    assert client.get("/v1/dreams").json() == {"items": [], "next": None}


def test_a_dream_has_its_task_and_its_program_in_both_forms(
    client: TestClient, keeper: DatabaseKeeper
) -> None:
    keeper.record_sleep(1, sleep())
    keeper.record_dreams(0, [FANTASY])
    keeper.record_dreams(1, [REPLAY])
    first, second = client.get("/v1/dreams").json()["items"]
    assert (first["run"], first["iteration"], first["position"]) == (keeper.run_id, 0, 0)
    assert (first["request"], first["examples"]) == (FANTASY.request, list(EXAMPLES))
    assert (first["program"], first["python"]) == (FANTASY.program, "lambda xs: map(lambda x: x + 1, xs)")
    assert (first["log_prior"], first["source"], first["held_out"]) == (-12.5, "fantasy", False)
    # abstractions by the names that they had in the library of the sleep that dreamed
    assert (second["program"], second["python"]) == (REPLAY.program, "lambda xs: map(increment, xs)")
    assert (second["source"], second["held_out"]) == ("replay", True)
    assert client.get(f"/v1/dreams/{second['id']}").json() == second


def test_dreams_are_asked_for_by_run_iteration_source_and_request(
    client: TestClient, database: Database, keeper: DatabaseKeeper
) -> None:
    other = started(database)
    for one in (keeper, other):
        for iteration in (0, 1):
            one.record_dreams(iteration, [FANTASY, REPLAY, HINDSIGHT])
    every = walked(client, 5)
    assert len(every) == 12 and every == walked(client, 500)
    for wanted, field in (
        ({"run": other.run_id}, "run"),
        ({"iteration": 1}, "iteration"),
        ({"source": "hindsight"}, "source"),
        ({"request": HEAD["request"]}, "request"),
    ):
        (value,) = wanted.values()
        assert walked(client, 2, **wanted) == [dream for dream in every if dream[field] == value]
    (dream,) = walked(client, 1, run=keeper.run_id, iteration=0, source="fantasy", request=FANTASY.request)
    assert (dream["position"], dream["program"]) == (0, FANTASY.program)
    assert walked(client, 1, source="fantasy", request=HEAD["request"]) == []
    spaced = FANTASY.request.replace(" ", "  ")
    assert walked(client, 50, request=spaced) == walked(client, 50, request=FANTASY.request) != []


def test_what_json_or_python_cannot_say_is_none(client: TestClient, keeper: DatabaseKeeper) -> None:
    endless = replace(FANTASY, log_prior=float("-inf"), examples=({"inputs": [1], "output": float("nan")},))
    unknown = replace(FANTASY, position=1, program="(lambda (nowhere $0))")
    broken = replace(FANTASY, position=2, program="(lambda")
    keeper.record_dreams(0, [endless, unknown, broken])
    first, *others = client.get("/v1/dreams").json()["items"]
    assert (first["log_prior"], first["examples"]) == (None, [{"inputs": [1], "output": None}])
    assert [other["python"] for other in others] == [None, None]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/dreams/none", 404),
        ("/v1/dreams/%00", 422),
        ("/v1/dreams?run=none", 404),
        ("/v1/dreams?run=%00", 422),
        ("/v1/dreams?iteration=-1", 422),
        ("/v1/dreams?iteration=2147483648", 422),
        ("/v1/dreams?iteration=x", 422),
        ("/v1/dreams?source=nightmare", 422),
        ("/v1/dreams?request=list(int%20-%3E", 422),
        ("/v1/dreams?request=%00", 422),
        ("/v1/dreams?request=int%00", 422),
        ("/v1/dreams?request=%ed%a0%80", 422),
        ("/v1/dreams?request=", 422),
        ("/v1/dreams?request=" + "list(" * 90 + "int" + ")" * 40, 422),
        ("/v1/dreams?request=" + "x" * 501, 422),
        ("/v1/dreams?limit=501", 422),
        ("/v1/dreams?after=%00", 422),
    ],
)
def test_a_bad_address(client: TestClient, path: str, status: int) -> None:
    is_problem(client.get(path), status)
