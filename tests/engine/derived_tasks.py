"""Tasks derived from sampled programs: a search up to its cost must find one no costlier."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import Budget, Failure, Grammar, Language, Limits, SearchConfig, SearchResult, Term, Type
from library.domains.list import EQUATIONS
from tests.reference import types
from tests.reference.evaluation import FIX, LIST_PRIMITIVES

_TYPES = dict([*LIST_PRIMITIVES, FIX])
ARITHMETIC = ("+", "-", "*", "mod", "0", "1", "if", "eq?", "gt?")
MCCARTHY = ("empty", "cons", "car", "cdr", "empty?", "fix1", "gt?", "if", "eq?", "+", "-", "0", "1")
FOLDS = ("fold", "map", "cons", "car", "cdr", "empty", "+", "0", "1", "gt?", "if", "length", "range")
SQUARES = "#(lambda (map (lambda (* $0 $0)) $0))"
MORE = "#(lambda (lambda (if (gt? $1 $0) $1 (+ $0 1))))"
EXACT = SearchConfig(equivalence="none", equations=False, divergence=False)


def language(
    names: Sequence[str] = tuple(name for name, _ in LIST_PRIMITIVES), *abstractions: str
) -> Language:
    """With those of the list domain's equations that are about the language's primitives."""
    known = [name for name, _ in LIST_PRIMITIVES]
    words = [(text, set(text.replace("(", " ").replace(")", " ").split())) for text in EQUATIONS]
    equations = [text for text, used in words if used.isdisjoint(set(known) - set(names))]
    return Language(
        [(name, _TYPES[name]) for name in names], [Term.parse(text) for text in abstractions], equations
    )


# What is searched in, and requests that make sense there.
LANGUAGES: dict[str, tuple[Language, tuple[str, ...]]] = {
    "list": (
        language(),
        (
            "list(int) -> list(int)",
            "list(int) -> int",
            "list(int) -> bool",
            "list(int) -> list(bool)",
            "int -> list(int) -> list(int)",
            "list(int) -> list(list(int))",
            "int -> int -> int",
            "list(bool) -> bool",
        ),
    ),
    "arithmetic": (
        language(ARITHMETIC),
        ("int -> int", "int -> int -> int", "int -> bool", "bool -> int -> int"),
    ),
    "mccarthy": (
        language(MCCARTHY),
        ("list(int) -> int", "list(int) -> list(int)", "int -> int", "int -> list(int)", "int -> int -> int"),
    ),
    "abstractions": (
        language((*FOLDS, "*"), SQUARES, MORE),
        ("list(int) -> list(int)", "list(int) -> int", "int -> int -> list(int)"),
    ),
    "folds": (
        language(FOLDS),
        ("list(int) -> int", "list(list(int)) -> list(int)", "list(int) -> list(int)"),
    ),
}


@dataclass(frozen=True)
class DerivedTask:
    program: Term
    cost: float  # nats
    examples: list[tuple[tuple[Any, ...], Any]]


def random_grammar(language: Language, kind: str, seed: int) -> Grammar:
    """`kind`: uniform, plain or contextual; weights spread by 1 to 2 nats, one in twenty is −∞."""
    if kind == "uniform":
        return Grammar.uniform(language)
    generator = np.random.default_rng(seed)
    rows = len(Grammar.contexts(language)) if kind == "contextual" else 1
    weights = generator.normal(0, generator.uniform(1, 2), (rows, len(language.productions) + 1))
    weights[generator.random(weights.shape) < 0.05] = -np.inf
    return Grammar(language, weights)


def random_inputs(request: Type, count: int, generator: np.random.Generator) -> list[tuple[Any, ...]]:
    def value(type_: Any) -> Any:
        if type_.name == "int":
            return int(generator.integers(-3, 10))
        if type_.name == "bool":
            return bool(generator.integers(2))
        return [value(type_.parameters[0]) for _ in range(int(generator.integers(0, 5)))]

    arguments = types.arguments(types.parse(str(request)))
    return [tuple(value(type_) for type_ in arguments) for _ in range(count)]


def derived_tasks(
    grammar: Grammar, request: Type, seed: int, *, count: int, examples: int, max_nats: float
) -> Iterator[DerivedTask]:
    """Up to `count` tasks whose program costs less than `max_nats` and has different outputs."""
    generator = np.random.default_rng(seed)
    seen: set[str] = set()
    for program, log_probability in grammar.sample(request, 40 * count, seed):
        if -log_probability >= max_nats or len(seen) == count:
            continue
        inputs = random_inputs(request, examples, generator)
        outputs = grammar.language.evaluate(program, request, inputs, Limits(fuel=3_000))
        pairs = [
            (given, output)
            for given, output in zip(inputs, outputs, strict=True)
            if not isinstance(output, Failure)
        ]
        if len(pairs) < 2 or len({repr(output) for _, output in pairs}) < 2 or str(program) in seen:
            continue
        seen.add(str(program))
        yield DerivedTask(program, -log_probability, pairs)


def affordable_nats(grammar: Grammar, request: Type, programs: int, max_nats: float = 40) -> float:
    """Below it are no more than about so many programs."""
    nats, total = 1.5, 0
    while nats < max_nats:
        # Where few programs end at all, a window can take long and hold nothing.
        budget = Budget(cpu_seconds=0.5, nats=nats, start_nats=nats - 1.5, programs=programs)
        result = grammar.search(request, [_impossible(request)], budget, config=EXACT)
        total += result.programs
        if total >= programs or result.stopped == "seconds":
            return nats - 1.5
        nats += 1.5
    return max_nats


def _impossible(request: Type) -> tuple[tuple[Any, ...], Any]:
    """An example that no short program fits; programs are only counted."""
    parsed = types.parse(str(request))

    def value(type_: Any) -> Any:
        if type_.name == "list":
            return [value(type_.parameters[0])] * 7
        return 987_654_321 if type_.name == "int" else True

    def least(type_: Any) -> Any:
        return [] if type_.name == "list" else 0 if type_.name == "int" else False

    return tuple(least(type_) for type_ in types.arguments(parsed)), value(types.returns(parsed))


def configurations(**fixed: Any) -> list[SearchConfig]:
    """Every combination of what changes no answer; divergence, which few languages know, in every other."""
    return [
        SearchConfig(
            order=order,
            equivalence=equivalence,
            completion_bounds=bounds,
            equations=equations,
            divergence=(bounds == equations) == (order == "windows"),
            **fixed,
        )
        for order, equivalence, bounds, equations in itertools.product(
            ("windows", "best_first"), ("none", "closed"), (True, False), (True, False)
        )
    ]


def up_to(nats: float, **more: Any) -> Budget:
    """Everything that costs no more than `nats`."""
    return Budget(**{"cpu_seconds": 0, "nats": nats + 1e-6, "slack_nats": 0, "keep": 3, **more})


def fits(language: Language, request: Type, program: Term, examples: Sequence[tuple[Any, Any]]) -> bool:
    outputs = language.evaluate(program, request, [inputs for inputs, _ in examples])
    return repr(outputs) == repr([output for _, output in examples])


def cheapest(result: SearchResult) -> float:
    return result.solutions[0][1] if result.solutions else math.inf
