"""What a prompt says about one new abstraction, within a token budget: enough to tell what it computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from engine import Term
from engine.python_form import to_python
from library.domain import get_domain
from library.naming import example_of
from library.refactoring import leaves
from library.snapshot import Abstraction, Library
from prompts import DocumentAbstraction, FunctionNote, UseNote
from synthesis.prompt_context import (
    CHARACTERS_PER_TOKEN,
    PromptBudget,
    abstraction_note,
    note_token_count,
    primitive_note,
    token_count,
)
from synthesis.task import Task

Note = TypeVar("Note")

_EXAMPLES = 3
_EXAMPLE_CHARACTERS = 200
_DESCRIPTION_CHARACTERS = 200
_TAKEN_TOKENS = 150


def abstraction_context(
    abstraction: Abstraction,
    library: Library,
    tasks: Mapping[str, Task],
    programs: Mapping[str, str],
    budget: PromptBudget | None = None,
) -> DocumentAbstraction:
    """The context for one of the library's abstractions. `tasks` by name; `programs`: the text of the best
    one for each task that has one.
    """
    budget = budget or PromptBudget()
    body = to_python(abstraction.term.body, library.surface, abstraction.type)
    most = int(budget.library_tokens * CHARACTERS_PER_TOKEN)
    body = body if len(body) <= most else f"{body[:most]} ..."  # its uses and examples still tell something
    functions = _within(
        _functions(abstraction, library), budget.library_tokens - token_count(body), note_token_count
    )
    uses = _within(
        _uses(abstraction, library, tasks, programs),
        budget.solved_tokens,
        lambda use: token_count(f"{use.task}{use.description}{use.program}"),
    )
    others = (other.name for other in reversed(library.abstractions) if other != abstraction)
    return DocumentAbstraction(
        domain=get_domain(library.domain).description,
        name=abstraction.name,
        type=abstraction.type,
        body=body,
        functions=functions,
        examples=tuple(_examples(abstraction, library)),
        uses=uses[: budget.solved_tasks],
        taken=_within(others, _TAKEN_TOKENS, lambda name: token_count(f"{name}, ")),
    )


def _within(notes: Iterator[Note], tokens: int, cost: Callable[[Note], int]) -> tuple[Note, ...]:
    """The first of the notes, as many as the tokens pay for."""
    kept: list[Note] = []
    for note in notes:
        tokens -= cost(note)
        if tokens < 0:
            break
        kept.append(note)
    return tuple(kept)


def _functions(abstraction: Abstraction, library: Library) -> Iterator[FunctionNote]:
    """What the body is made of, abstractions first: nothing else explains those."""
    used = set(leaves(abstraction.term.body))
    for other in library.abstractions:
        if other.term in used:
            yield abstraction_note(other, library)
    for primitive in get_domain(library.domain).primitives:
        if Term.primitive(primitive.name) in used:
            yield primitive_note(primitive)


def _examples(abstraction: Abstraction, library: Library) -> Iterator[str]:
    """Calls that were run, each once."""
    made = (example_of(abstraction, library.language, library.surface, first) for first in range(_EXAMPLES))
    for example in dict.fromkeys(made):
        if example is not None and len(example) <= _EXAMPLE_CHARACTERS:
            yield example


def _uses(
    abstraction: Abstraction, library: Library, tasks: Mapping[str, Task], programs: Mapping[str, str]
) -> Iterator[UseNote]:
    for name in abstraction.tasks:
        task, program = tasks.get(name), programs.get(name)
        if task is not None and program is not None:
            text = to_python(Term.parse(program), library.surface, task.request)
            yield UseNote(_one_line(task.name), _one_line(task.description), text)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_DESCRIPTION_CHARACTERS]
