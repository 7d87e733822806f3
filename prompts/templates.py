"""Templates as chat messages: a file of two blocks, `system` and `user`, each of which is one message."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict

from jinja2 import Environment, FileSystemLoader, StrictUndefined


class Message(TypedDict):
    role: Literal["system", "user"]
    content: str


def render(template: str, values: Mapping[str, Any]) -> list[Message]:
    """The system and the user message; raises UndefinedError where the template names what isn't given."""
    loaded = _environment().get_template(template)
    context = loaded.new_context(dict(values))
    system, user = ("".join(loaded.blocks[name](context)).strip() for name in ("system", "user"))
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # the reader is a model, not a browser
    )
    environment.filters["value"] = repr
    environment.filters["arguments"] = lambda inputs: ", ".join(map(repr, inputs))
    return environment
