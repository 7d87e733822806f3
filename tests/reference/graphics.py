"""Towers and turtles step by step: the slow way, with an explicit hand and pen, on programs as nested tuples.

A step is ("block", w, h), ("move", n), ("loop", n, body), ("aside", body) for towers; ("go", length, angle),
("loop", n, body), ("aside", body), ("up", body) for turtles. A length or an angle is a fraction; in loops
"i" stands for the innermost round's number times the unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Step = tuple[Any, ...]


def build(steps: Sequence[Step]) -> tuple[list[list[int]], int]:
    """The plan, and where the hand ends."""
    plan: list[list[int]] = []

    def run(steps: Sequence[Step], hand: int) -> int:
        for step in steps:
            if step[0] == "block":
                plan.append([hand, step[1], step[2]])
            elif step[0] == "move":
                hand += step[1]
            elif step[0] == "loop":
                for _ in range(step[1]):
                    hand = run(step[2], hand)
            else:
                run(step[1], hand)
        return hand

    return plan, run(steps, 0)


def draw(steps: Sequence[Step]) -> list[tuple[float, float, float, float]]:
    """The strokes of some length, in order."""
    strokes: list[tuple[float, float, float, float]] = []
    state: dict[str, Any] = {"x": 0.0, "y": 0.0, "heading": Fraction(0), "down": True}

    def run(steps: Sequence[Step], round_: int) -> None:
        for step in steps:
            if step[0] == "go":
                length = Fraction(round_) if step[1] == "i" else step[1]
                angle = 2 * math.pi * float(state["heading"] % 1)
                x = state["x"] + float(length) * math.cos(angle)
                y = state["y"] + float(length) * math.sin(angle)
                if state["down"] and length:
                    strokes.append((state["x"], state["y"], x, y))
                state.update(x=x, y=y, heading=state["heading"] + step[2])
            elif step[0] == "loop":
                for i in range(step[1]):
                    run(step[2], i)
            elif step[0] == "aside":
                before = dict(state)
                run(step[1], round_)
                state.update(before)
            else:
                before = state["down"]
                state["down"] = False
                run(step[1], round_)
                state["down"] = before

    run(steps, 0)
    return strokes
