"""Towers, explained from their blocks (engine/src/tower_explanation.hpp).

This module reads the library for the engine: what each primitive costs, and what each call of a learned
function does, which is found by running it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

from engine import (
    Cancellation,
    EngineError,
    Failure,
    Term,
    TowerCall,
    TowerPrices,
    Type,
    explain_tower,
)
from library.domains.tower_tasks import REQUEST
from library.snapshot import Abstraction, Library
from synthesis.deduction.deducer import Deduction
from synthesis.frontier import FRONTIER_SIZE
from synthesis.task import Task

SHAPES = {(2, 6): 0, (6, 2): 1}
"""The engine's numbers of the blocks that the primitives put, by width and height."""

INTEGERS = range(10)
"""What is tried for a learned function's integers. More are written as differences, which are dear."""

COPIES = 6
"""Blocks, one upon the other, in the bodies that are tried for a learned function's functions."""

MOST_CALLS = 3000
"""Of a learned function; it isn't tried where there would be more."""

MARK = [0, 1, 1]
"""A block that no primitive puts: what is built afterwards, to see where."""

MOST_BLOCKS = 100
"""Of a call that is tried."""

_NOTHING = Deduction((), 0, 0.0)


class TowerDeducer:
    """Programs of type `tower -> tower` for plans of blocks."""

    def deduce(self, task: Task, library: Library, seconds: float, cancellation: Cancellation) -> Deduction:
        if task.request != REQUEST or len(task.examples) != 1 or task.examples[0].inputs != ([],):
            return _NOTHING
        plan: Any = task.examples[0].output
        blocks = [(x, SHAPES[width, height]) for x, width, height in plan if (width, height) in SHAPES]
        if not blocks or len(blocks) < len(plan):
            return _NOTHING
        prices, calls = read_library(library)
        try:
            found = explain_tower(blocks, prices, calls, seconds, FRONTIER_SIZE, cancellation)
        except EngineError:  # larger than what is explained
            return _NOTHING
        programs = tuple(Term.parse(program) for program, _ in found.programs)
        return Deduction(programs, found.tried, found.cpu_seconds)


@lru_cache(maxsize=16)
def read_library(library: Library) -> tuple[TowerPrices, list[TowerCall]]:
    """What the engine has to know of a library, made once for each version."""
    return tower_prices(library), list(tower_calls(library))


def tower_prices(library: Library) -> TowerPrices:
    """Nats of each node, as differences between what the library's grammar says of small terms."""

    def nats(term: str, request: str = REQUEST) -> float:
        return -library.grammar.log_likelihood(Term.parse(term), Type.parse(request))

    rest = nats("(lambda $0)")
    inner_rest = rest + math.log(2)
    literals = tuple(nats(str(n), "int") for n in range(1, 10))
    return TowerPrices(
        blocks=(nats("(lambda (1x3 $0))") - rest, nats("(lambda (3x1 $0))") - rest),
        left=nats("(lambda (left 1 $0))") - rest - literals[0],
        right=nats("(lambda (right 1 $0))") - rest - literals[0],
        loop=nats("(lambda (tower_loopM 1 (lambda (lambda $0)) $0))") - rest - literals[0] - inner_rest,
        embed=nats("(lambda (tower_embed (lambda $0) $0))") - rest - inner_rest,
        rest=rest,
        literals=literals,
        minus=nats("(- 1 1)", "int") - 2 * literals[0],
        index=nats("(lambda $0)", "int -> int"),
        crowded=nats("(lambda 1)", "int -> int") - literals[0],
    )


def tower_calls(library: Library) -> Iterator[TowerCall]:
    """Calls of learned functions whose last argument is what is built afterwards, and what each does."""
    bodies = [_pile(block, count) for block in ("1x3", "3x1") for count in range(1, COPIES + 1)]
    bodies += [f"(lambda ({one.body} $0))" for one in library.abstractions if one.type == REQUEST]
    choices: dict[str, list[int | str]] = {
        "int": [*INTEGERS],
        "int -> int": ["(lambda $0)", *(f"(lambda (- {n} $0))" for n in range(1, 10))],
        REQUEST: [*bodies],
    }
    families: dict[tuple[int, tuple[int | str, ...]], int] = {}
    for number, abstraction in enumerate(library.abstractions):
        type_ = Type.parse(abstraction.type)
        *types, last = map(str, type_.arguments)
        if str(type_.returns) != "tower" or last != "tower" or not set(types) <= set(choices):
            continue
        if math.prod(len(choices[each]) for each in types) > MOST_CALLS:
            continue
        for arguments in product(*(choices[each] for each in types)):
            if (effect := _effect(library, abstraction, arguments)) is None:
                continue
            same = number, tuple(1 if isinstance(each, int) else each for each in arguments)
            blocks, displacement = effect
            yield TowerCall(
                family=families.setdefault(same, len(families)),
                head=abstraction.body,
                arguments=arguments,
                price=_price(library, abstraction, same[1]),
                blocks=blocks,
                displacement=displacement,
            )


def _pile(block: str, count: int) -> str:
    return f"(lambda {f'({block} ' * count}$0{')' * count})"


def _written(abstraction: Abstraction, arguments: tuple[int | str, ...]) -> Term:
    written = " ".join("(- 1 1)" if each == 0 else str(each) for each in arguments)
    return Term.parse(f"(lambda ({abstraction.body} {written} $0))")


def _price(library: Library, abstraction: Abstraction, arguments: tuple[int | str, ...]) -> float:
    """Nats of a call but for its integers, which are all 1 here, and for its rest."""
    request = Type.parse(REQUEST)
    one = -library.grammar.log_likelihood(Term.parse("1"), Type.parse("int"))
    rest = -library.grammar.log_likelihood(Term.parse("(lambda $0)"), request)
    whole = -library.grammar.log_likelihood(_written(abstraction, arguments), request)
    return whole - arguments.count(1) * one - rest


def _effect(
    library: Library, abstraction: Abstraction, arguments: tuple[int | str, ...]
) -> tuple[list[tuple[int, int]], int] | None:
    """The blocks (x from the hand, shape) that a call puts, and how far it moves the hand; None where it
    fails, or does something else with what is built afterwards than to build it once, last.
    """
    program = _written(abstraction, arguments)
    alone, marked = library.language.evaluate(program, Type.parse(REQUEST), [([],), ([MARK],)])
    if isinstance(alone, Failure) or isinstance(marked, Failure) or len(alone) > MOST_BLOCKS:
        return None
    if marked[:-1] != alone or marked[-1][1:] != MARK[1:]:
        return None
    return [(x, SHAPES[width, height]) for x, width, height in alone], marked[-1][0]
