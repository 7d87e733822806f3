"""The prompt that asks what to call a learned function, and how to explain it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from prompts.propose_program import FunctionNote
from prompts.templates import Message, render

DOCUMENT_ABSTRACTION_VERSION = 1
DOCUMENT_ABSTRACTION_REPLY = (
    'Reply with JSON alone: {"name": a short snake_case Python identifier, "docstring": one plain sentence '
    'without examples, "examples": two or three calls of the function by that name, each with its value, as '
    '"name(1, [2]) == [3]"}. Use whole numbers from -100 to 100. The examples are run.'
)


class AbstractionDocs(BaseModel):
    """The reply. Its JSON schema can constrain decoding; the bounds in it are wishes, so that a reply that
    says too much can still be read."""

    model_config = ConfigDict(
        json_schema_extra={"additionalProperties": False, "description": DOCUMENT_ABSTRACTION_REPLY}
    )

    name: str = Field(json_schema_extra={"pattern": "^[a-z][a-z0-9_]{2,39}$"})
    docstring: str = Field(json_schema_extra={"maxLength": 200})
    examples: list[str] = Field(
        json_schema_extra={"maxItems": 4, "items": {"type": "string", "maxLength": 200}}
    )


@dataclass(frozen=True)
class UseNote:
    """A task solved with the function: what it is called, what people wrote on it, its program in the Python
    form."""

    task: str
    description: str
    program: str


@dataclass(frozen=True)
class DocumentAbstraction:
    """`domain`: what the tasks are about, to follow the word "about"; `name`: a working name, by which
    `body`'s users and `examples` call the function; `functions`: what the body is made of; `examples`:
    executed calls with their values; `taken`: names of other learned functions.
    """

    domain: str
    name: str
    type: str
    body: str
    functions: tuple[FunctionNote, ...] = ()
    examples: tuple[str, ...] = ()
    uses: tuple[UseNote, ...] = ()
    taken: tuple[str, ...] = ()


def render_document_abstraction(context: DocumentAbstraction) -> list[Message]:
    """The system and the user message; the user message ends with `JSON:`."""
    return render("document_abstraction.j2", vars(context) | {"reply": DOCUMENT_ABSTRACTION_REPLY})
