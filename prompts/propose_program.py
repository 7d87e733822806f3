"""The prompt that asks for one program for one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prompts.templates import Message, render

PROPOSE_PROGRAM_VERSION = 1
PROPOSE_PROGRAM_REPLY = {
    "type": "string",
    "pattern": r"lambda [a-z_][a-z0-9_]*(, [a-z_][a-z0-9_]*)*: [^\n]+",
    "description": "Reply with the program alone, on one line that begins with `lambda`.",
}
"""The reply as a JSON schema; its description is part of the prompt, its pattern can constrain decoding."""

ExampleNote = tuple[Sequence[Any], Any]
"""(inputs, output), of Python values."""


@dataclass(frozen=True)
class FunctionNote:
    """A primitive or abstraction. `usage`: how it is written, as `map(f, xs)`, `a + b` or `[]`; `body`: an
    abstraction's definition in the Python form."""

    usage: str
    type: str
    doc: str
    body: str = ""


@dataclass(frozen=True)
class SolvedNote:
    """A task with a program that solves it, in the Python form."""

    request: str
    examples: tuple[ExampleNote, ...]
    program: str


@dataclass(frozen=True)
class ProposeProgram:
    """`domain`: what the tasks are about, to follow the word "about"; `description`: what people wrote on
    the task."""

    domain: str
    request: str
    examples: tuple[ExampleNote, ...]
    primitives: tuple[FunctionNote, ...]
    abstractions: tuple[FunctionNote, ...] = ()
    solved: tuple[SolvedNote, ...] = ()
    description: str = ""


def render_propose_program(context: ProposeProgram) -> list[Message]:
    """The system and the user message; the user message ends with `Program:`."""
    return render("propose_program.j2", vars(context) | {"reply": PROPOSE_PROGRAM_REPLY["description"]})
