"""The compact prompt is compared with golden renderings: a model was tuned on this very text, so a change of
it makes every tuned version useless, and is a new version of the prompt.

GOLDEN=write pytest tests/prompts      writes the renderings anew
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from prompts import CONTINUE_PROGRAM_VERSION, example_line, render_continue_program

GOLDEN = Path(__file__).parent / "golden"
RENDERED: dict[str, tuple[str, list[tuple[list[Any], Any]]]] = {
    "bare": ("list(int) -> list(int)", [([[1, 2]], [2, 3]), ([[]], [])]),
    "inputs": (
        "int -> list(int) -> list(bool)",
        [([2, [1, 2]], [False, True]), ([-10, [0, -10]], [False, True])],
    ),
    "texts": ("text -> list(text)", [(["a b"], ["a", "b"]), (["it's = ; \n"], ["it's", "a b"])]),
    "nothing": ("list(int) -> int", []),
}


@pytest.mark.parametrize("name", RENDERED)
def test_renders_as_recorded(name: str) -> None:
    path = GOLDEN / f"continue_program-v{CONTINUE_PROGRAM_VERSION}-{name}.txt"
    rendered = render_continue_program(*RENDERED[name])
    if os.environ.get("GOLDEN") == "write":
        path.write_text(rendered)
    assert rendered == path.read_text()


def test_a_line_for_the_request_and_one_for_each_example() -> None:
    for request, examples in RENDERED.values():
        lines = render_continue_program(request, examples).split("\n")
        assert lines[-1] == ""  # the program is the next line
        assert lines[0] == request.replace(" ", "")
        assert lines[1:-1] == [example_line(*example) for example in examples]
        assert not any("\r" in line for line in lines)
