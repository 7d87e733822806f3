"""Our own tasks of the list domain: families of reference functions, sampled into examples.

A family has parameters, so that what is learned from one of its tasks pays in the others; some parameters
train and others are held out. Everything follows from SEED and a task's name: the tasks are the same on every
machine, and adding a family changes no other. Which families there are is written in ``list_families``.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from library.domains.list_families import FAMILIES, Family

SEED = 20
EXAMPLES = 15
_DRAWS = 3000
"""Inputs drawn for one task before giving up on better examples."""


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    train = [make_task(family, parameters) for family in FAMILIES for parameters in family.train]
    test = [make_task(family, parameters) for family in FAMILIES for parameters in family.test]
    return train, test


def make_task(family: Family, parameters: tuple[int, ...], seed: int = SEED) -> dict[str, Any]:
    """One task: EXAMPLES examples with distinct inputs, no output of which makes up most of the examples.

    Raises ValueError for a family whose inputs are too few or whose outputs never vary.
    """
    name = family.task_name(parameters)
    rng = random.Random(f"{seed}:{name}")
    # Of booleans, a little over half may agree; any other output may come three times.
    most = EXAMPLES // 2 + 1 if family.request.endswith("-> bool") else 3
    seen: set[str] = set()
    outputs: Counter[str] = Counter()
    examples: list[dict[str, Any]] = []
    spare: list[dict[str, Any]] = []
    for inputs in _draws(family, parameters, rng):
        if repr(inputs) in seen:
            continue
        seen.add(repr(inputs))
        output = family.function(*inputs, *parameters)
        example = {"inputs": list(inputs), "output": output}
        if outputs[repr(output)] < most:
            outputs[repr(output)] += 1
            examples.append(example)
            if len(examples) == EXAMPLES:
                break
        else:
            spare.append(example)
    examples += spare[: EXAMPLES - len(examples)]
    if len(examples) < EXAMPLES or len(outputs) < 2:
        raise ValueError(f"task {name!r}: {len(examples)} examples with {len(outputs)} different outputs")
    rng.shuffle(examples)
    return {"name": name, "request": family.request, "examples": examples}


def _draws(family: Family, parameters: tuple[int, ...], rng: random.Random) -> Iterator[tuple[Any, ...]]:
    yield from family.edges
    for _ in range(_DRAWS):
        yield family.inputs(rng, *parameters)
