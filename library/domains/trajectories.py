"""Newton from trajectories: bodies are simulated, their positions over time are looked at, laws are asked
for.

The simulation knows a force and steps positions and velocities forward (Runge and Kutta's fourth order).
The tasks are made of positions alone: accelerations are fourth-order differences of five of them, a force
is what a mass of known size is accelerated by, a period the time from one passage to the next. Nothing of
the law goes into a task but through the motion.

Units: metres, seconds and kilograms for falls and springs; astronomical units, years and solar masses for
orbits.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

EARTH = 9.81
"""m / s²."""
GRAVITY = 39.478418
"""au³ / (solar mass · year²)."""
EXAMPLES = 20

State = tuple[float, ...]
"""Positions, then velocities."""
Acceleration = Callable[[State], State]
"""Of positions -> accelerations, as many."""


@dataclass(frozen=True)
class Sought:
    """A task, and the law that its solution should be; ``up_to_constant``: a constant is nature's, and
    fitted.

    ``names`` are the quantities in order.
    """

    task: dict[str, Any]
    law: str
    names: tuple[str, ...]
    up_to_constant: bool


def positions(
    start: State, acceleration: Acceleration, step: float, count: int, substeps: int = 8
) -> list[State]:
    """The positions at the start and after each of ``count`` steps of so much time."""
    half = len(start) // 2
    state, seen = start, [start[:half]]
    for _ in range(count):
        for _ in range(substeps):
            state = _runge_kutta(state, acceleration, step / substeps)
        seen.append(state[:half])
    return seen


def accelerations(seen: Sequence[State], step: float) -> list[State]:
    """At every position but the first two and the last two; the error falls with the fourth power of the
    step.
    """
    return [
        tuple(
            (-seen[i - 2][k] + 16 * seen[i - 1][k] - 30 * seen[i][k] + 16 * seen[i + 1][k] - seen[i + 2][k])
            / (12 * step**2)
            for k in range(len(seen[i]))
        )
        for i in range(2, len(seen) - 2)
    ]


def sought_laws(seed: int = 0) -> list[Sought]:
    """Falling bodies, Newton's law of motion, Kepler's third, and the law of gravitation, the shortest
    first.
    """
    return [_falls(seed), _motion(seed), _periods(seed), _field(seed), _gravitation(seed)]


def _falls(seed: int) -> Sought:
    """How deep a body fell, by the time since it was let go."""
    rng = random.Random(f"{seed}:falls")
    step = round(rng.uniform(0.05, 0.1), 3)
    seen = positions((0.0, 0.0), lambda at: (-EARTH,), step, EXAMPLES)
    examples = [_example([i * step], -seen[i][0]) for i in range(1, EXAMPLES + 1)]
    return Sought(_task("depth of a fall", "real -> real", examples), "t**2", ("t",), True)


def _motion(seed: int) -> Sought:
    """Bodies on springs, each seen at one moment: what the spring pulls with is known, the acceleration is
    seen.
    """
    rng = random.Random(f"{seed}:motion")
    examples: list[dict[str, Any]] = []
    for _ in range(EXAMPLES):
        mass, stiffness, away = (round(rng.uniform(0.5, 5.0), 3) for _ in range(3))
        step = 0.02 * math.sqrt(mass / stiffness)
        seen = positions((away, 0.0), lambda at: (-stiffness * at[0] / mass,), step, 24)  # noqa: B023
        moment = rng.randrange(2, 23)
        force = -stiffness * seen[moment][0]
        examples.append(_example([mass, force], accelerations(seen, step)[moment - 2][0]))
    return Sought(_task("law of motion", "real -> real -> real", examples), "F/m", ("m", "F"), False)


def _gravitation(seed: int) -> Sought:
    """Pairs of stars on their orbits: the force on the one is its mass times its acceleration."""
    rng = random.Random(f"{seed}:gravitation")
    examples: list[dict[str, Any]] = []
    for _ in range(EXAMPLES):
        one, other = (round(rng.uniform(0.2, 3.0), 3) for _ in range(2))
        away, acceleration = _seen_pair(rng, one, other)
        examples.append(_example([one, other, away], one * acceleration))
    task = _task("attraction of two stars", "real -> real -> real -> real", examples)
    return Sought(task, "m*M/r**2", ("m", "M", "r"), True)


def _field(seed: int) -> Sought:
    """Planets on their orbits around one star: the acceleration's size, by the distance alone."""
    rng = random.Random(f"{seed}:field")
    examples: list[dict[str, Any]] = []
    for _ in range(EXAMPLES):
        place, velocity = _ellipse(rng, 1.0)
        step = 0.0015 * _period(place, 1.0)
        seen = positions((*place, *velocity), _towards_origin(1.0), step, 40)
        moment = rng.randrange(2, 39)
        examples.append(
            _example([math.hypot(*seen[moment])], math.hypot(*accelerations(seen, step)[moment - 2]))
        )
    return Sought(_task("acceleration of a planet", "real -> real", examples), "1/r**2", ("r",), True)


def _periods(seed: int) -> Sought:
    """Planets on circles around one star: the year, by the distance."""
    rng = random.Random(f"{seed}:periods")
    examples: list[dict[str, Any]] = []
    for _ in range(EXAMPLES):
        away = round(rng.uniform(0.4, 10.0), 3)
        start = (away, 0.0, 0.0, math.sqrt(GRAVITY / away))
        step = 0.0015 * _period((away, 0.0), 1.0)
        seen = positions(start, _towards_origin(1.0), step, 40)
        turned = math.atan2(seen[-1][1], seen[-1][0])
        examples.append(_example([away], 2 * math.pi / turned * 40 * step))
    return Sought(_task("year of a planet", "real -> real", examples), "r**1.5", ("r",), True)


def _seen_pair(rng: random.Random, one: float, other: float) -> tuple[float, float]:
    """The distance of two stars at some moment, and the size of the first one's acceleration."""
    total = one + other
    apart, relative = _ellipse(rng, total)
    start = (
        *(other / total * x for x in apart),
        *(-one / total * x for x in apart),
        *(other / total * v for v in relative),
        *(-one / total * v for v in relative),
    )

    def acceleration(at: State) -> State:
        x, y = at[0] - at[2], at[1] - at[3]
        cubed = math.hypot(x, y) ** 3
        towards = (-GRAVITY * x / cubed, -GRAVITY * y / cubed)
        return (*(other * a for a in towards), *(-one * a for a in towards))

    step = 0.0015 * _period(apart, total)
    seen = positions(start, acceleration, step, 40)
    moment = rng.randrange(2, 39)
    x1, y1, x2, y2 = seen[moment]
    ax, ay, _, _ = accelerations(seen, step)[moment - 2]
    return math.hypot(x1 - x2, y1 - y2), math.hypot(ax, ay)


def _ellipse(rng: random.Random, total: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where a body starts, and with what velocity, on an ellipse around so much mass."""
    away, angle = rng.uniform(0.5, 5.0), rng.uniform(0.0, 2 * math.pi)
    speed = math.sqrt(GRAVITY * total / away) * rng.uniform(0.85, 1.15)
    return (
        (away * math.cos(angle), away * math.sin(angle)),
        (-speed * math.sin(angle), speed * math.cos(angle)),
    )


def _period(place: Sequence[float], total: float) -> float:
    """Of a circle through the place; only the length of a step depends on it."""
    return 2 * math.pi * math.sqrt(math.hypot(*place) ** 3 / (GRAVITY * total))


def _towards_origin(mass: float) -> Acceleration:
    def acceleration(at: State) -> State:
        cubed = math.hypot(*at) ** 3
        return tuple(-GRAVITY * mass * x / cubed for x in at)

    return acceleration


def _runge_kutta(state: State, acceleration: Acceleration, step: float) -> State:
    half = len(state) // 2

    def slope(at: State) -> State:
        return (*at[half:], *acceleration(at[:half]))

    def moved(by: State, time: float) -> State:
        return tuple(x + time * dx for x, dx in zip(state, by, strict=True))

    first = slope(state)
    second = slope(moved(first, step / 2))
    third = slope(moved(second, step / 2))
    fourth = slope(moved(third, step))
    parts = zip(state, first, second, third, fourth, strict=True)
    return tuple(x + step / 6 * (a + 2 * b + 2 * c + d) for x, a, b, c, d in parts)


def _example(inputs: list[float], output: float) -> dict[str, Any]:
    return {"inputs": inputs, "output": output}


def _task(name: str, request: str, examples: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "request": request, "examples": examples}
