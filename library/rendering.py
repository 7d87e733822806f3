"""Towers and drawings: programs of continuations rendered into the example that they are the task of, and
where the blocks of a plan come to lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import EngineError, Failure, Language, Limits, Term, Type

CONTINUATIONS = ("tower", "turtle")
"""Types whose values are lists in JSON, but no lists to programs: plans of blocks, strokes of drawings."""

_LIMITS = Limits(fuel=100_000)


def example_of(language: Language, program: str, request: str) -> dict[str, Any]:
    """``{"inputs", "output"}``: what the program gives where nothing follows it.

    Raises EngineError for a request that isn't of one continuation to another, and for a program that can't
    be run, or fails.
    """
    type_ = Type.parse(request)
    if (
        len(type_.arguments) != 1
        or type_.arguments[0] != type_.returns
        or str(type_.returns) not in CONTINUATIONS
    ):
        raise EngineError(f"a program alone makes a task of a request such as tower -> tower, not {request}")
    [output] = language.evaluate(language.eta_long(Term.parse(program), type_), type_, [([],)], _LIMITS)
    if isinstance(output, Failure):
        raise EngineError(f"the program fails: {output.reason}")
    return {"inputs": [[]], "output": output}


def placed_blocks(plan: Sequence[Sequence[int]]) -> list[tuple[float, float, float, float]]:
    """(left, bottom, width, height) of each block where it comes to lie: x of a plan is a block's middle, and
    it falls on the highest thing below it."""
    placed: list[tuple[float, float, float, float]] = []
    for x, width, height in plan:
        left = x - width / 2
        below = [bottom + tall for at, bottom, wide, tall in placed if at < left + width and left < at + wide]
        placed.append((left, max(below, default=0.0), width, height))
    return placed
