"""The prompt is compared with golden renderings: a change of its text is a decision, and a new version.

GOLDEN=write pytest tests/prompts      writes the renderings anew
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from prompts import (
    PROPOSE_PROGRAM_REPLY,
    PROPOSE_PROGRAM_VERSION,
    FunctionNote,
    ProposeProgram,
    SolvedNote,
    render_propose_program,
)

GOLDEN = Path(__file__).parent / "golden"

BARE = ProposeProgram(
    domain="lists of integers",
    request="list(int) -> list(int)",
    examples=((([1, 2],), [2, 3]), (([],), [])),
    primitives=(
        FunctionNote("map(f, xs)", "(t0 -> t1) -> list(t0) -> list(t1)", "f applied to every element."),
        FunctionNote("a + b", "int -> int -> int", "the sum."),
        FunctionNote("1", "int", "one."),
    ),
)
FULL = replace(
    BARE,
    request="int -> list(int) -> list(bool)",
    examples=(((2, [1, 2]), [False, True]), ((0, []), [])),
    abstractions=(
        FunctionNote(
            "add_to_all",
            "int -> list(int) -> list(int)",
            "Adds to each.",
            "lambda n: map(lambda x: x + n)",
        ),
        FunctionNote(
            "add_two", "list(int) -> list(int)", "Adds two to each.", "lambda xs: add_to_all(2, xs)"
        ),
    ),
    solved=(
        SolvedNote("list(int) -> list(int)", ((([1],), [2]), (([],), [])), "lambda xs: add_to_all(1, xs)"),
        SolvedNote("list(int) -> int", ((([3, 4],), 3),), "lambda xs: car(xs)"),
    ),
    description="whether each element equals the number",
)


def rendered(context: ProposeProgram) -> str:
    return "".join(f"--- {m['role']}\n{m['content']}\n" for m in render_propose_program(context))


@pytest.mark.parametrize(("name", "context"), [("bare", BARE), ("full", FULL)])
def test_renders_as_recorded(name: str, context: ProposeProgram) -> None:
    path = GOLDEN / f"propose_program-v{PROPOSE_PROGRAM_VERSION}-{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(rendered(context))
    assert rendered(context) == path.read_text()


def test_the_task_is_last_so_that_servers_can_cache_what_comes_before() -> None:
    one, other = (render_propose_program(replace(FULL, request=request)) for request in ("int", "bool"))
    assert one[0] == other[0]
    before, _, after = one[1]["content"].rpartition("Task: int")
    assert other[1]["content"].startswith(before)
    assert FULL.solved[-1].program in before
    assert after.endswith("Program:")


def test_the_template_names_its_version() -> None:
    text = (Path("prompts") / "propose_program.j2").read_text()
    assert f"Version {PROPOSE_PROGRAM_VERSION}." in text


def test_the_reply_schema_takes_programs_and_nothing_around_them() -> None:
    pattern = re.compile(PROPOSE_PROGRAM_REPLY["pattern"])
    assert pattern.fullmatch("lambda xs, n: map(lambda x: x + n, xs)")
    assert not pattern.fullmatch("Sure: lambda xs: xs")
    assert not pattern.fullmatch("lambda xs: xs\nThis returns xs.")


def test_markup_in_a_description_stays_text() -> None:
    text = rendered(replace(BARE, description="{{ 1 + 1 }} <b>bold</b>"))
    assert "{{ 1 + 1 }} <b>bold</b>" in text


def test_a_variable_that_the_context_lacks_is_an_error() -> None:
    broken = replace(BARE)
    object.__delattr__(broken, "request")
    with pytest.raises(UndefinedError):
        render_propose_program(broken)
