"""Constants that a problem's examples suggest, for grammars that leave them open."""

from __future__ import annotations

from collections import Counter

from synthesis.sygus.problem import Problem, Value

MOST_TEXTS = 24
INTEGERS = (0, 1, 2, 3)
_SHORTEST_PIECE = 2
"""Characters of an output that count as taken from an input, and not as a constant."""


def suggested_constants(problem: Problem) -> list[Value]:
    """Small integers; the punctuation of inputs and outputs; what outputs have and no input explains, where
    it recurs. The most frequent first.
    """
    found: Counter[str] = Counter()
    for example in problem.examples:
        inputs = [value for value in example.inputs if isinstance(value, str)]
        seen = {character for text in inputs for character in text if not character.isalnum()}
        if isinstance(example.output, str):
            seen |= {character for character in example.output if not character.isalnum()}
            seen |= set(_unexplained(example.output, inputs))
        found.update(seen)
    least = min(2, len(problem.examples))
    texts = [text for text, count in found.most_common() if count >= least]
    return [*INTEGERS, *texts[:MOST_TEXTS]]


def _unexplained(output: str, inputs: list[str]) -> list[str]:
    """The pieces of an output between those that are taken from an input."""
    pieces: list[str] = []
    constant = ""
    at = 0
    while at < len(output):
        taken = 0
        while at + taken < len(output) and any(output[at : at + taken + 1] in text for text in inputs):
            taken += 1
        if taken >= _SHORTEST_PIECE:
            pieces.append(constant)
            constant = ""
            at += taken
        else:
            constant += output[at]
            at += 1
    return [piece for piece in [*pieces, constant] if piece]
