"""The list domain with its primitives in Python: values and searches are those of the engine's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from engine import Budget, Failure, Grammar, Language, PythonPrimitive, SearchConfig, Term, Type
from library.domain import get_domain
from library.domains import list_python as twins

LIST = get_domain("list")
TYPES = {primitive.name: primitive.type for primitive in LIST.primitives}
SECONDS = 0.5


IN_PYTHON: dict[str, Callable[..., Any]] = {
    "map": twins.map,
    "fold": twins.fold,
    "range": twins.range,
    "index": twins.index,
    "length": twins.length,
    "cons": twins.cons,
    "car": twins.car,
    "cdr": twins.cdr,
    "empty?": twins.is_empty,
    "mod": twins.mod,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "0": lambda: 0,
    "1": lambda: 1,
    "gt?": lambda a, b: a > b,
    "is-prime": twins.is_prime,
    "is-square": twins.is_square,
}
SEARCHED = ("map", "range", "length", "car", "cdr", "cons", "empty", "+", "1", "gt?", "if")


def both(names: tuple[str, ...] = tuple(TYPES)) -> tuple[Language, Language]:
    """A language of these primitives in the engine, and one of them in Python as far as they can be."""
    typed = [(name, TYPES[name]) for name in names]
    equations = LIST.equations if len(names) == len(TYPES) else ()
    functions = [
        (name, PythonPrimitive(IN_PYTHON[name], TYPES[name], SECONDS))
        for name in names
        if name in IN_PYTHON  # but `if`, which waits, and the empty list, a constant of any type
    ]
    return Language(typed, [], equations), Language(typed, [], equations, functions)


NATIVE, PYTHON = both()
INPUTS = [([3, 1, 4, 1, 5],), ([],), ([0, -2],), ([7],)]


RESOURCES = ("fuel", "depth", "memory", "stopped")  # what these allow differs


@pytest.mark.parametrize("text", ["list(int) -> list(int)", "list(int) -> int", "list(int) -> bool"])
def test_values_are_those_of_the_engine(text: str) -> None:
    request, agreed = Type.parse(text), 0
    for program, _ in Grammar.uniform(NATIVE).sample(request, 6000, seed=5):
        pairs = zip(
            NATIVE.evaluate(program, request, INPUTS), PYTHON.evaluate(program, request, INPUTS), strict=True
        )
        for native, python in pairs:
            if any(isinstance(one, Failure) and one.reason in RESOURCES for one in (native, python)):
                continue
            agreed += 1
            if isinstance(native, Failure):
                assert isinstance(python, Failure), program
            else:
                assert native == python, program
    assert agreed > 1000


TASKS = [
    [(([1, 2],), [2, 3]), (([5],), [6]), (([],), [])],
    [(([1, 2, 8],), [2, 8]), (([5, 0],), [0]), (([7],), [])],
    [(([4, 1],), [2]), (([],), [0]), (([9, 9, 9],), [3])],
    [(([4, 1],), [0, 1]), (([],), []), (([9, 9, 9],), [0, 1, 2])],
]


@pytest.mark.parametrize(
    "config",
    [
        SearchConfig(),
        SearchConfig(equivalence="none"),
        SearchConfig(order="best_first"),
        SearchConfig(equations=False, completion_bounds=False),
        SearchConfig(threads=4),
    ],
    ids=["closed", "none", "best-first", "no-pruning", "threads"],
)
def test_searches_find_the_same_programs(config: SearchConfig) -> None:
    request, budget = Type.parse("list(int) -> list(int)"), Budget(nats=10.5, cpu_seconds=0)
    native, python = (
        Grammar.uniform(language).search_many(request, TASKS, budget, None, config)
        for language in both(SEARCHED)
    )
    assert any(result.solutions for result in native)
    for one, other in zip(native, python, strict=True):
        assert one.solutions == other.solutions
        assert (one.programs, one.stopped) == (other.programs, other.stopped)


def test_behaviours_are_the_same() -> None:
    request, budget = Type.parse("list(int) -> list(int)"), Budget(nats=9.0, cpu_seconds=0)
    native, python = (
        Grammar.uniform(language).behaviours(request, INPUTS, budget) for language in both(SEARCHED)
    )
    assert native and native == python


def test_many_searches_side_by_side() -> None:
    """Threads of Python, each with threads of the engine, in the same Python functions."""
    _, language = both(SEARCHED)
    grammar, request = Grammar.uniform(language), Type.parse("list(int) -> list(int)")
    expected = grammar.search(request, TASKS[1], Budget(nats=10.0, cpu_seconds=0)).solutions
    found: list[Any] = []

    def search() -> None:
        config = SearchConfig(threads=3)
        found.append(
            grammar.search(request, TASKS[1], Budget(nats=10.0, cpu_seconds=0), None, config).solutions
        )

    threads = [threading.Thread(target=search) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


def test_a_primitive_may_search_itself() -> None:
    grammar, request = Grammar.uniform(both(SEARCHED)[1]), Type.parse("list(int) -> list(int)")

    def solved(n: int) -> bool:
        return bool(grammar.search(request, TASKS[n], Budget(nats=10.0, cpu_seconds=0)).solutions)

    primitive = PythonPrimitive(solved, "int -> bool", SECONDS)
    language = Language([("solved", "int -> bool")], functions=[("solved", primitive)])
    assert language.evaluate(Term.parse("(lambda (solved $0))"), Type.parse("int -> bool"), [(1,)]) == [True]
