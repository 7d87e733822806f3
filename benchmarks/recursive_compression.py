"""Whether the abstraction search finds `map` and `fold` in recursive programs without either, and how fast.

The corpus is ``benchmarks.recursive_programs``, each program checked against its task's examples first (data:
``WAKESLEEP_DATA``, or ``../shared/data`` next to the project). Abstractions are taken greedily, the corpus
rewritten with each before the next is looked for; a row is the CPU seconds of search and rewriting until an
abstraction came up that *is* the function: applied to random lists and functions, with its parameters in some
order, it gives what Python's gives. Stitch's setting, 0 steps, is run for comparison: it may meet such a
function too, but only in those programs that call what they do per element on the very same arguments.

    wakesleep bench recursive_compression
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import permutations
from typing import Any

from app.commands.errors import InputError
from benchmarks.recursive_programs import MCCARTHY, PROGRAMS
from benchmarks.row import DATA, Row, print_rows
from engine import AbstractionSearchConfig, EngineError, Term, Type, find_abstractions, rewrite

TASKS = DATA / "tasks" / "recursive.json"
STEPS = (0, 1, 2, 3, 4)
MAX_ABSTRACTIONS = 12
MAX_ARITY = 3
FLOOR, AIM = 1.0, 0.1  # CPU seconds

_INTS = Type.parse("list(int) -> list(int)")
_INT = Type.parse("list(int) -> int")


@dataclass(frozen=True)
class Sought:
    """A call of the function that is looked for: its arguments but the list, as terms, and what it gives."""

    arguments: tuple[str, ...]
    request: Type
    value: Callable[[list[int]], Any]


def _mapped(function: str, value: Callable[[int], int]) -> Sought:
    return Sought((function,), _INTS, lambda xs: [value(x) for x in xs])


def _folded(function: str, start: str, request: Type, value: Callable[[Any, int], Any], zero: Any) -> Sought:
    return Sought((function, start), request, lambda xs: reduce(value, reversed(xs), zero))


MAP = (
    (
        _mapped("(lambda (+ $0 1))", lambda x: x + 1),
        _mapped("(lambda (- 0 $0))", lambda x: -x),
        _mapped("(lambda (if (gt? $0 1) 0 (+ $0 $0)))", lambda x: 0 if x > 1 else x + x),
    ),
)
"""Calls that must come out right, one tuple for each order in which the function could take its arguments."""
FOLD = tuple(
    (
        _folded(f"(lambda (lambda (- {x} {rest})))", "1", _INT, lambda rest, x: x - rest, 1),
        _folded(f"(lambda (lambda (- {rest} (+ {x} {x}))))", "0", _INT, lambda rest, x: rest - 2 * x, 0),
        _folded(
            f"(lambda (lambda (if (gt? {x} 0) (cons {x} {rest}) {rest})))",
            "(cons 1 empty)",
            _INTS,
            lambda rest, x: [x, *rest] if x > 0 else rest,
            [1],
        ),
    )
    for x, rest in (("$1", "$0"), ("$0", "$1"))
)
FUNCTIONS = {"map": MAP, "fold": FOLD}


@dataclass(frozen=True)
class Found:
    """An abstraction, and the CPU seconds from the start until it was there."""

    term: Term
    uses: int
    cpu_seconds: float


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench recursive_compression", description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(options)
    if not TASKS.exists():
        raise InputError(f"{TASKS}: no such file; WAKESLEEP_DATA says where the data lies")
    check_programs(json.loads(TASKS.read_bytes()))
    print_rows(rows(), arguments.json)


def check_programs(tasks: Sequence[dict[str, Any]]) -> None:
    """Raises InputError for a task without a program, or with one that an example contradicts."""
    for task in tasks:
        if task["name"] not in PROGRAMS:
            raise InputError(f"{TASKS}: no program for {task['name']!r}")
        inputs = [example["inputs"] for example in task["examples"]]
        program = Term.parse(PROGRAMS[task["name"]])
        outputs = MCCARTHY.evaluate(program, Type.parse(task["request"]), inputs)
        for example, output in zip(task["examples"], outputs, strict=True):
            if output != example["output"]:
                raise InputError(f"{task['name']!r} gives {output} for {example}")


def rows() -> Iterator[Row]:
    corpus = [Term.parse(program) for program in PROGRAMS.values()]
    for steps in STEPS:
        found = abstractions(corpus, steps)
        for name, calls in FUNCTIONS.items():
            place, is_it = first_that_is(calls, found)
            if is_it is None:
                yield Row(f"{name}, {steps} steps: found", False, "")
                continue
            detail = {"abstraction": str(is_it.term), "place": place, "programs": len(corpus)}
            yield Row(f"{name}, {steps} steps", is_it.cpu_seconds, "CPU s", None, FLOOR, AIM, detail)
            yield Row(f"{name}, {steps} steps: uses", is_it.uses, "uses")


def abstractions(corpus: Sequence[Term], inversion_steps: int) -> list[Found]:
    """Greedily: each is the best for the corpus as the ones before left it."""
    config = AbstractionSearchConfig(inversion_steps=inversion_steps, max_arity=MAX_ARITY, keep=1)
    programs = list(corpus)
    found: list[Found] = []
    began = time.process_time()
    while len(found) < MAX_ABSTRACTIONS and (best := find_abstractions([[p] for p in programs], config)):
        term = Term.abstraction(best[0].body)
        found.append(Found(term, best[0].uses, time.process_time() - began))
        programs = rewrite(programs, term, best[0].arity, close_uses=inversion_steps > 0)
    return found


def first_that_is(orders: Sequence[Sequence[Sought]], found: Sequence[Found]) -> tuple[int, Found | None]:
    """The first abstraction that is the function, after how many others it came."""
    for place, one in enumerate(found):
        if any(is_function(one.term, calls) for calls in orders):
            return place, one
    return len(found), None


def is_function(abstraction: Term, calls: Sequence[Sought], seed: int = 0) -> bool:
    """Whether some order of its parameters makes every call come out right, on random lists and []."""
    draw = random.Random(seed)
    lists = [[], *([draw.randint(-9, 9) for _ in range(draw.randint(1, 6))] for _ in range(20))]
    return any(
        all(_agrees(abstraction, order, call, lists) for call in calls)
        for order in permutations(range(1 + len(calls[0].arguments)))
    )


def _agrees(abstraction: Term, order: Sequence[int], call: Sought, lists: Sequence[list[int]]) -> bool:
    arguments = ("$0", *call.arguments)
    program = Term.parse(f"(lambda ({abstraction} {' '.join(arguments[i] for i in order)}))")
    try:
        outputs = MCCARTHY.evaluate(program, call.request, [[xs] for xs in lists])
    except EngineError:  # ill-typed in this order
        return False
    return outputs == [call.value(xs) for xs in lists]


if __name__ == "__main__":
    main()
