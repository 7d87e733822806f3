"""Families of tasks: reference functions that are sampled into examples.

A family has parameters, so that what is learned from one of its tasks pays in the others; some parameters
train and others are held out. Everything follows from a seed and a task's name: the tasks are the same on
every machine, and adding a family changes no other.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Inputs = Callable[..., tuple[Any, ...]]

SEED = 20
EXAMPLES = 15
_DRAWS = 3000
"""Inputs drawn for one task before giving up on better examples."""


@dataclass(frozen=True)
class Family:
    """Tasks that differ in their parameters only; ``train`` and ``test`` say which there are.

    ``edges`` are inputs worth having in every task of the family, the empty list for instance.
    """

    name: str
    request: str
    function: Callable[..., Any]
    inputs: Inputs
    train: tuple[tuple[Any, ...], ...] = ()
    test: tuple[tuple[Any, ...], ...] = ()
    edges: tuple[tuple[Any, ...], ...] = ()

    def task_name(self, parameters: tuple[Any, ...]) -> str:
        """The name with its parameters filled in: ``{0}`` is the first."""
        return self.name.format(*parameters)


def tasks_of(
    families: Iterable[Family], examples: int = EXAMPLES
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    known = list(families)
    train = [make_task(family, parameters, examples) for family in known for parameters in family.train]
    test = [make_task(family, parameters, examples) for family in known for parameters in family.test]
    return train, test


def make_task(
    family: Family, parameters: tuple[Any, ...], wanted: int = EXAMPLES, seed: int = SEED
) -> dict[str, Any]:
    """One task: so many examples with distinct inputs, no output of which makes up most of the examples.

    Raises ValueError for a family whose inputs are too few or whose outputs never vary.
    """
    name = family.task_name(parameters)
    rng = random.Random(f"{seed}:{name}")
    # Of booleans, a little over half may agree; any other output may come three times.
    most = wanted // 2 + 1 if family.request.endswith("-> bool") else 3
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
            if len(examples) == wanted:
                break
        else:
            spare.append(example)
    examples += spare[: wanted - len(examples)]
    if len(examples) < wanted or len(outputs) < 2:
        raise ValueError(f"task {name!r}: {len(examples)} examples with {len(outputs)} different outputs")
    rng.shuffle(examples)
    return {"name": name, "request": family.request, "examples": examples}


def _draws(family: Family, parameters: tuple[Any, ...], rng: random.Random) -> Iterator[tuple[Any, ...]]:
    yield from family.edges
    for _ in range(_DRAWS):
        yield family.inputs(rng, *parameters)
