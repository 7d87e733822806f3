"""The prompts that a language model gets: one Jinja2 template each, with its context and its reply.

Knows nothing of engines, libraries or endpoints: a context is plain text and values, messages are
dictionaries in the shape of the chat completions API. What goes into a context, and how much, is the
caller's choice.
"""

from __future__ import annotations

from prompts.continue_program import (
    CONTINUE_PROGRAM_VERSION,
    example_line,
    render_continue_program,
)
from prompts.document_abstraction import (
    DOCUMENT_ABSTRACTION_VERSION,
    AbstractionDocs,
    DocumentAbstraction,
    UseNote,
    render_document_abstraction,
)
from prompts.propose_program import (
    PROPOSE_PROGRAM_REPLY,
    PROPOSE_PROGRAM_VERSION,
    FunctionNote,
    ProposeProgram,
    SolvedNote,
    render_propose_program,
)
from prompts.templates import Message

__all__ = [
    "CONTINUE_PROGRAM_VERSION",
    "DOCUMENT_ABSTRACTION_VERSION",
    "PROPOSE_PROGRAM_REPLY",
    "PROPOSE_PROGRAM_VERSION",
    "AbstractionDocs",
    "DocumentAbstraction",
    "FunctionNote",
    "Message",
    "ProposeProgram",
    "SolvedNote",
    "UseNote",
    "example_line",
    "render_continue_program",
    "render_document_abstraction",
    "render_propose_program",
]
