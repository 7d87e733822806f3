"""A problem solved within its own grammar: the answer's line, with a definition in SMT-LIB.

The engine searches the grammar's rules (engine/src/string_search.hpp) under the library's weights. What it
finds is also a program of the strings domain, and only called solved when that program, run by the
interpreter, fits every example.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from engine import Budget, StringSearchResult, Type
from library.domain import get_domain
from library.snapshot import Library
from synthesis.fit import fit_of_program
from synthesis.sygus.constants import suggested_constants
from synthesis.sygus.problem import Problem, SygusError
from synthesis.sygus.rules import SORT_NAMES, Rules, compile_rules
from synthesis.sygus.s_expressions import quoted
from synthesis.task import Task, TaskError, parse_task
from synthesis.wake import WakeBudget

DOMAIN = "strings"
"""The domain whose programs a problem's grammar is a part of."""


@dataclass(frozen=True)
class SygusTask:
    """A problem, and the task that its examples make."""

    problem: Problem
    task: Task


def checked(problem: Problem, domain: str) -> SygusTask:
    """The problem as a task of `domain`. Raises TaskError: "contradictory" with every pair of examples that
    contradict each other and their lines, or what `parse_task` raises.
    """
    pairs = problem.contradictions()
    if pairs:
        raise TaskError("contradictory", _contradictions(problem, pairs), problem.name, pairs[0][1])
    return SygusTask(problem, parse_task(problem.task_document(), domain))


def solve_problem(asked: SygusTask, library: Library, budget: WakeBudget) -> dict[str, Any]:
    """The line of a problem in the strings domain, with the key "sygus": a define-fun, or None."""
    started = time.monotonic()
    problem, task = asked.problem, asked.task
    try:
        rules = compile_rules(problem, weights_of(library), suggested_constants(problem))
    except SygusError as error:
        return _line(task, time.monotonic() - started) | {"reason": error.kind, "detail": str(error)}
    limits = Budget(cpu_seconds=budget.seconds, programs=budget.programs, bytes=4 * budget.bytes)
    examples = [(one.inputs, one.output) for one in problem.examples]
    result = rules.engine_grammar().search(
        [SORT_NAMES[sort] for _, sort in problem.parameters], examples, limits
    )
    line = _line(task, time.monotonic() - started) | {
        "cpu_seconds": result.cpu_seconds,
        "programs": result.programs,
    }
    if not result.program:
        return line | {"reason": "budget", "detail": _unsolved(result, rules, budget)}
    term = rules.term(result.program)
    request = Type.parse(task.request)
    if not math.isfinite(fit_of_program(task, library, term)):
        detail = f"{term} was found, but takes more fuel or memory than a program may"
        return line | {"reason": "budget", "detail": detail}
    program = str(library.language.eta_long(term, request))
    return line | {
        "solved": True,
        "program": program,
        "python": library.python(program, task.request),
        "log_posterior": library.grammar.log_likelihood(term, request),
        "sygus": rules.define_fun(result.program),
    }


def weights_of(library: Library) -> dict[str, float]:
    """The library's weights by primitive, and that of the variables under "$"."""
    primitives = get_domain(library.domain).primitives
    weights = {one.name: weight for one, weight in zip(primitives, library.weights, strict=False)}
    return weights | {"$": library.weights[-1]}


def _line(task: Task, seconds: float) -> dict[str, Any]:
    return {
        "name": task.name,
        "solved": False,
        "program": None,
        "python": None,
        "log_posterior": None,
        "seconds": seconds,
        "cpu_seconds": 0.0,
        "programs": 0,
        "sygus": None,
    }


def _unsolved(result: StringSearchResult, rules: Rules, budget: WakeBudget) -> str:
    without = f" (without {', '.join(rules.left_out)}, not understood)" if rules.left_out else ""
    searched = f"no solution among {result.programs:,} expressions in {result.cpu_seconds:.1f} CPU seconds"
    if result.stopped == "seconds":
        return f"{searched}; give it more than {budget.seconds:g}{without}"
    return f"{searched}; stopped by: {result.stopped}{without}"


_NAMED = 5
"""Pairs of contradicting examples that are named, at most."""


def _contradictions(problem: Problem, pairs: list[tuple[int, int]]) -> str:
    def written(value: Any) -> str:
        return quoted(value) if isinstance(value, str) else str(value)

    sentences: list[str] = []
    for first, second in pairs[:_NAMED]:
        one, other = problem.examples[first - 1], problem.examples[second - 1]
        inputs = " ".join(written(value) for value in one.inputs)
        sentences.append(
            f"examples {first} and {second} (lines {one.line} and {other.line}) have the inputs {inputs} but "
            f"the outputs {written(one.output)} and {written(other.output)}"
        )
    more = f"; and {len(pairs) - _NAMED} more pairs" if len(pairs) > _NAMED else ""
    return f"{'; '.join(sentences)}{more}; correct one of each"
