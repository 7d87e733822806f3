"""Constants for dreams: what stands in the holes (`STRING`, `REAL`) of a program that nobody asked for.

A search finds constants in the examples of its task; a dream has no examples before it has a program. Texts
are drawn from what the tasks' own programs would have to write: what all outputs of a task begin or end with,
and the delimiters in its texts. Reals are small and round.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import engine
from library.refactoring import leaves
from synthesis.task import Task

HOLES = (engine.Term.primitive("STRING"), engine.Term.primitive("REAL"))
LONGEST = 12
"""Characters of a text; longer ones are one task's own."""
_OTHERWISE = (" ", ",", ".", "-")


class DreamConstants:
    """Draws constants that suit the tasks."""

    def __init__(self, tasks: Sequence[Task], rng: random.Random) -> None:
        self.rng = rng
        self.texts = [text for task in tasks for text in sorted(_texts_of(task))] or list(_OTHERWISE)

    def filled(self, term: engine.Term) -> engine.Term:
        """The program with a constant in each of its holes; abstractions are left as they are."""
        return self._filled(term) if has_hole(term) else term

    def _filled(self, term: engine.Term) -> engine.Term:
        if term.kind == "application":
            return engine.Term.apply(self._filled(term.function), self._filled(term.argument))
        if term.kind == "lambda":
            return engine.Term.lambda_(self._filled(term.body))
        if term == HOLES[0]:
            return engine.Term.constant(self.rng.choice(self.texts))
        if term == HOLES[1]:
            return engine.Term.constant(self.rng.choice((0.5, float(self.rng.randint(1, 10)))))
        return term


def has_hole(term: engine.Term) -> bool:
    """Whether a constant is missing in the program."""
    return any(leaf in HOLES for leaf in leaves(term))


def _texts_of(task: Task) -> set[str]:
    outputs = [example.output for example in task.examples if isinstance(example.output, str)]
    found: set[str] = set()
    if len(outputs) == len(task.examples) and len(set(outputs)) > 1:
        found.add(_common_start(outputs))
        found.add(_common_start([output[::-1] for output in outputs])[::-1])
    for example in task.examples:
        for text in _strings((*example.inputs, example.output)):
            found |= {character for character in text if not character.isalnum()}
    return {text for text in found if 0 < len(text) <= LONGEST}


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    length = 0
    while length < len(first) and first[length] == last[length]:
        length += 1
    return first[:length]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for element in value:
            yield from _strings(element)
