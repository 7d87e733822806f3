"""The primitives of the logo domain as plain Python functions, and a drawing as SVG.

What a turtle does from some moment on is a function of its state: position in units, heading in turns,
whether the pen is down. Lengths and angles are numbers; written as ``'1 unit'`` or ``'0.025 turns'`` they are
read.
Each function takes what is drawn after it, and gives what is drawn from then on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

Stroke = tuple[float, float, float, float]
Measure = float | str


class State(NamedTuple):
    x: float = 0.0
    y: float = 0.0
    heading: float = 0.0
    down: bool = True


Turtle = Callable[[State], list[Stroke]]


def nothing(state: State) -> list[Stroke]:
    """What follows a program.

    >>> nothing(State())
    []
    """
    return []


def strokes(turtle: Turtle) -> list[Stroke]:
    """What a turtle draws from the origin, looking along x.

    >>> strokes(move("1 unit", "0 turns", nothing))
    [(0.0, 0.0, 1.0, 0.0)]
    """
    return turtle(State())


def svg(turtle: Turtle) -> str:
    """The drawing as an SVG document, y upwards.

    >>> svg(nothing).startswith("<svg")
    True
    """
    drawn = strokes(turtle)
    xs = [x for x0, _, x1, _ in drawn for x in (x0, x1)] or [0.0]
    ys = [-y for _, y0, _, y1 in drawn for y in (y0, y1)] or [0.0]
    box = f"{min(xs) - 0.5:g} {min(ys) - 0.5:g} {max(xs) - min(xs) + 1:g} {max(ys) - min(ys) + 1:g}"
    path = " ".join(f"M{x0:.4f} {-y0:.4f}L{x1:.4f} {-y1:.4f}" for x0, y0, x1, y1 in drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">'
        f'<path d="{path}" fill="none" stroke="black" stroke-width="0.05"/></svg>'
    )


def measure(value: Measure) -> float:
    """The number that a length or an angle is.

    >>> measure("0.05 units"), measure(2.0)
    (0.05, 2.0)
    """
    return float(value.split()[0]) if isinstance(value, str) else value


def move(length: Measure, angle: Measure, rest: Turtle) -> Turtle:
    """Goes forward by the length, then turns left by the angle; then the rest.

    >>> strokes(move(1.0, 0.0, nothing))
    [(0.0, 0.0, 1.0, 0.0)]
    """
    distance, turned = measure(length), measure(angle)

    def drawn(state: State) -> list[Stroke]:
        x = state.x + distance * math.cos(2 * math.pi * state.heading)
        y = state.y + distance * math.sin(2 * math.pi * state.heading)
        stroke = [(state.x, state.y, x, y)] if state.down and distance else []
        return stroke + rest(State(x, y, state.heading + turned, state.down))

    return drawn


def repeat(n: int, body: Callable[[int, Turtle], Turtle], rest: Turtle) -> Turtle:
    """body(0, then body(1, then ... body(n - 1, rest))).

    >>> len(strokes(repeat(4, lambda i, k: move(1.0, 0.25, k), nothing)))
    4
    """
    while n > 0:
        n -= 1
        rest = body(n, rest)
    return rest


def aside(body: Callable[[Turtle], Turtle], rest: Turtle) -> Turtle:
    """Draws body, goes back to where the turtle was; then the rest.

    >>> strokes(aside(lambda k: move(1.0, 0.0, k), move(2.0, 0.0, nothing)))
    [(0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 2.0, 0.0)]
    """
    return lambda state: body(lambda _: rest(state))(state)


def pen_up(body: Callable[[Turtle], Turtle], rest: Turtle) -> Turtle:
    """Does body with the pen up; then the rest with the pen as it was.

    >>> strokes(pen_up(lambda k: move(1.0, 0.0, k), move(1.0, 0.0, nothing)))
    [(1.0, 0.0, 2.0, 0.0)]
    """
    return lambda state: body(lambda after: rest(after._replace(down=state.down)))(state._replace(down=False))


def part_of_angle(a: Measure, n: int) -> float:
    """The angle divided by n. Raises ZeroDivisionError for 0.

    >>> part_of_angle("1 turn", 4)
    0.25
    """
    return measure(a) / n


def times_angle(a: Measure, n: int) -> float:
    """The angle n times.

    >>> times_angle("0.025 turns", 2)
    0.05
    """
    return measure(a) * n


def part_of_length(length: Measure, n: int) -> float:
    """The length divided by n. Raises ZeroDivisionError for 0.

    >>> part_of_length("1 unit", 2)
    0.5
    """
    return measure(length) / n


def times_length(length: Measure, n: int) -> float:
    """The length n times.

    >>> times_length("1 unit", 2)
    2.0
    """
    return measure(length) * n
