"""Programs on real numbers as formulas, in what GET /v1/tasks/{id} answers."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from app.db import Database
from app.surface import formula_form
from tests.app.examples import INCREMENT
from tests.app.test_predict import INCREASE, stored

ATTRACTION = {
    "name": "attraction",
    "request": "real -> real -> list(real) -> real",
    "examples": [{"inputs": [2.0, 3.0, [1.0, 0.0, 1.0]], "output": 3.0}],
}
_SQUARES = "(fold $0 0. (lambda (lambda (+. (*. $1 $1) $0))))"


def test_a_law_has_a_formula_beside_its_program(client: TestClient, database: Database) -> None:
    program = f"(lambda (lambda (lambda (/. (*. $2 $1) {_SQUARES}))))"
    task = stored(client, database, ATTRACTION, program, "physics")
    (entry,) = client.get(f"/v1/tasks/{task}").json()["frontier"]
    assert entry["program"] == program and entry["formula"] == "x*y/sum(z**2)"


def test_a_program_on_lists_of_integers_has_none(client: TestClient, database: Database) -> None:
    task = stored(client, database, INCREMENT, INCREASE)
    (entry,) = client.get(f"/v1/tasks/{task}").json()["frontier"]
    assert entry["formula"] is None


@pytest.mark.parametrize(
    ("domain", "program", "request_", "formula"),
    [
        ("regression", "(lambda (/. 2.5 (+. $0 1.0)))", "real -> real", "2.5/(1 + x)"),
        ("physics", "(lambda (#(lambda (*. $0 $0)) $0))", "real -> real", "x**2"),
        ("physics", "(lambda (unknown $0))", "real -> real", None),
        ("list", "(lambda $0)", "int -> int", None),
    ],
)
def test_formulas(domain: str, program: str, request_: str, formula: str | None) -> None:
    assert formula_form(domain, program, request_) == formula
