"""The prompt that asks for one program for one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

PROPOSE_PROGRAM_VERSION = 1
PROPOSE_PROGRAM_REPLY = {
    "type": "string",
    "pattern": r"lambda [a-z_][a-z0-9_]*(, [a-z_][a-z0-9_]*)*: [^\n]+",
    "description": "Reply with the program alone, on one line that begins with `lambda`.",
}
"""The reply as a JSON schema; its description is part of the prompt, its pattern can constrain decoding."""

ExampleNote = tuple[Sequence[Any], Any]
"""(inputs, output), of Python values."""


class Message(TypedDict):
    role: Literal["system", "user"]
    content: str


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
    template = _template()
    values = template.new_context({**vars(context), "reply": PROPOSE_PROGRAM_REPLY["description"]})
    system, user = ("".join(template.blocks[name](values)).strip() for name in ("system", "user"))
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # the reader is a model, not a browser
    )
    environment.filters["value"] = repr
    environment.filters["arguments"] = lambda inputs: ", ".join(map(repr, inputs))
    return environment.get_template("propose_program.j2")
