"""The try-it box: inputs as a person types them, run through a program that is kept for the task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.dashboard.tasks.inference import read_argument, typed_as, written
from app.db.models import TaskRow
from app.db.repositories.tasks import KeptProgram
from app.errors import Unprocessable
from app.predicting import predict
from engine import Failure
from library.snapshot import Library


@dataclass(frozen=True)
class Tried:
    """What was typed, by argument; problems by argument, -1 for the program; and what came out."""

    typed: tuple[str, ...]
    rank: int = 1
    problems: Mapping[int, str] = field(default_factory=dict[int, str])
    ran: bool = False
    inputs: tuple[Any, ...] = ()
    output: Any = None
    error: str | None = None


def untried(task: TaskRow) -> Tried:
    """The box as it is at first: with the first example's inputs."""
    first = task.examples[0]["inputs"]
    return Tried(tuple(typed_as(value) for value in first))


def try_program(task: TaskRow, kept: list[KeptProgram], library: Library, fields: Mapping[str, str]) -> Tried:
    """Run the program that the form chose on what was typed."""
    types = task.request.split(" -> ")[:-1]
    typed = tuple(fields.get(f"input-{place}", "") for place in range(len(types)))
    rank_text = fields.get("program", "1")
    rank = int(rank_text) if rank_text.isascii() and rank_text.isdigit() and len(rank_text) < 4 else 0
    if not 1 <= rank <= len(kept):
        return Tried(typed, 1, {-1: "that program isn't kept any more: choose one of these"})
    problems: dict[int, str] = {}
    inputs: list[Any] = []
    for place, (text, type_) in enumerate(zip(typed, types, strict=True)):
        value = read_argument(text, type_)
        if value is None:
            problems[place] = f"that is no {written(type_)}; for example {EXAMPLES.get(type_, '[]')}"
        inputs.append(value)
    if problems:
        return Tried(typed, rank, problems)
    try:
        (output,) = predict(library, kept[rank - 1].entry.program, task.request, [inputs])
    except Unprocessable as error:
        return Tried(typed, rank, {0: error.detail})
    if isinstance(output, Failure):
        return Tried(typed, rank, {}, True, tuple(inputs), None, output.reason)
    return Tried(typed, rank, {}, True, tuple(inputs), output)


EXAMPLES = {
    "int": "7",
    "real": "0.5",
    "bool": "true",
    "char": "a",
    "list(char)": "some text",
    "list(int)": "[1, 2, 3]",
    "list(real)": "[0.5, 2]",
    "list(bool)": "[true, false]",
    "list(list(int))": "[[1, 2], [3]]",
    "list(list(char))": '["one", "two"]',
}
