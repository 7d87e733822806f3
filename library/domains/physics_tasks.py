"""Our own tasks of the physics domain: examples of the laws in ``physics_laws``.

Everything follows from a seed and a law's name.
"""

from __future__ import annotations

import math
import random
from typing import Any

from library.domains.physics_laws import EVERYDAY, TEST, TRAIN, Law, Regime

SEED, EXAMPLES = 20, 20


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form; outputs are free of noise."""
    return [make_task(law) for law in TRAIN], [make_task(law) for law in TEST]


def make_task(
    law: Law, regime: Regime = EVERYDAY, noise: float = 0.0, examples: int = EXAMPLES, seed: int = SEED
) -> dict[str, Any]:
    """Examples of one law from one regime.

    ``noise``: the standard deviation of what normal noise adds to each number of an output, in the output's
    own unit.
    """
    rng = random.Random(f"{seed}:{law.name}:{regime}")
    made: list[dict[str, Any]] = []
    while len(made) < examples:
        inputs = law.draw(rng, regime)
        output = law.output(inputs)
        if _is_finite(output):
            made.append({"inputs": inputs, "output": _disturbed(output, noise, rng) if noise else output})
    return {"name": law.name, "request": law.request, "examples": made}


def _is_finite(value: Any) -> bool:
    return all(map(_is_finite, value)) if isinstance(value, list) else math.isfinite(value)


def _disturbed(value: Any, noise: float, rng: random.Random) -> Any:
    if isinstance(value, list):
        return [_disturbed(each, noise, rng) for each in value]
    return value + rng.gauss(0.0, noise)
