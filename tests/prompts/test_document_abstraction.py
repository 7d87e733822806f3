"""The prompt for names and docstrings, compared with golden renderings.

GOLDEN=write pytest tests/prompts      writes the renderings anew
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from prompts import (
    DOCUMENT_ABSTRACTION_VERSION,
    AbstractionDocs,
    DocumentAbstraction,
    FunctionNote,
    UseNote,
    render_document_abstraction,
)

GOLDEN = Path(__file__).parent / "golden"

BARE = DocumentAbstraction(
    domain="functions on integers and lists of integers", name="constant_2", type="int", body="2"
)
FULL = DocumentAbstraction(
    domain="functions on integers and lists of integers",
    name="map_add",
    type="int -> list(int) -> list(int)",
    body="lambda n, xs: map(lambda x: increment(x + n), xs)",
    functions=(
        FunctionNote("increment", "int -> int", "One more. increment(3) == 4.", "lambda n: n + 1"),
        FunctionNote("map(f, xs)", "(t0 -> t1) -> list(t0) -> list(t1)", "f applied to every element."),
        FunctionNote("a + b", "int -> int -> int", "the sum."),
    ),
    examples=("map_add(3, [4, 1]) == [8, 5]", "map_add(2, [2, 7, 6]) == [5, 10, 9]"),
    uses=(
        UseNote("add 3 to each", "", "lambda xs: map_add(2, xs)"),
        UseNote("shift", "adds n + 1 to each", "lambda n, xs: map_add(n, xs)"),
    ),
    taken=("increment", "keep"),
)


def rendered(context: DocumentAbstraction) -> str:
    return "".join(f"--- {m['role']}\n{m['content']}\n" for m in render_document_abstraction(context))


@pytest.mark.parametrize(("name", "context"), [("bare", BARE), ("full", FULL)])
def test_renders_as_recorded(name: str, context: DocumentAbstraction) -> None:
    path = GOLDEN / f"document_abstraction-v{DOCUMENT_ABSTRACTION_VERSION}-{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(rendered(context))
    assert rendered(context) == path.read_text()


def test_the_template_names_its_version() -> None:
    text = (Path("prompts") / "document_abstraction.j2").read_text()
    assert f"Version {DOCUMENT_ABSTRACTION_VERSION}." in text


def test_markup_in_a_description_stays_text() -> None:
    use = UseNote("t", "{{ 1 + 1 }} <b>bold</b>", "lambda xs: xs")
    assert "t ({{ 1 + 1 }} <b>bold</b>): lambda xs: xs" in rendered(replace(BARE, uses=(use,)))


def test_the_reply_has_a_schema_that_servers_can_hold_replies_to() -> None:
    schema = AbstractionDocs.model_json_schema()
    assert schema["required"] == ["name", "docstring", "examples"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["examples"]["items"]["type"] == "string"
    assert AbstractionDocs.model_validate_json('{"name": "a", "docstring": "b", "examples": ["c"]}')
    with pytest.raises(ValidationError):
        AbstractionDocs.model_validate_json('{"name": "a", "docstring": "b"}')
