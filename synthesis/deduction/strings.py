"""Functions on strings, explained from their outputs as SyGuS problems are (engine/src/string_search.hpp).

A task of the strings domain is a problem whose grammar is all of the domain. What was learned isn't searched
with, only the primitives under their weights: abstraction sleep rewrites what is found.
"""

from __future__ import annotations

from typing import Any

from engine import Budget, Cancellation, Type
from library.snapshot import Library
from synthesis.deduction.deducer import Deduction
from synthesis.sygus.constants import suggested_constants
from synthesis.sygus.problem import REQUEST_TYPES, PbeExample, Problem, Sort
from synthesis.sygus.rules import SORT_NAMES, compile_rules
from synthesis.sygus.solving import weights_of
from synthesis.task import Task

SORTS: dict[str, Sort] = {type_: sort for sort, type_ in REQUEST_TYPES.items()}


class StringsDeducer:
    """A program of strings, integers and truth values, in and out."""

    def deduce(self, task: Task, library: Library, seconds: float, cancellation: Cancellation) -> Deduction:
        request = Type.parse(task.request)
        types = [str(type_) for type_ in (*request.arguments, request.returns)]
        if not set(types) <= set(SORTS):
            return Deduction((), 0, 0.0)
        problem = _problem(task, [SORTS[type_] for type_ in types])
        rules = compile_rules(problem, weights_of(library), suggested_constants(problem))
        result = rules.engine_grammar().search(
            [SORT_NAMES[sort] for _, sort in problem.parameters],
            [(one.inputs, one.output) for one in problem.examples],
            Budget(cpu_seconds=seconds),
            cancellation,
        )
        programs = (rules.term(result.program),) if result.program else ()
        return Deduction(programs, result.programs, result.cpu_seconds)


def _problem(task: Task, sorts: list[Sort]) -> Problem:
    """The task as a problem with no grammar of its own, `sorts` its parameters' and its result's."""
    examples: list[PbeExample] = []
    for number, example in enumerate(task.examples, start=1):
        inputs: Any = tuple(map(_text, example.inputs))
        output: Any = _text(example.output)
        examples.append(PbeExample(inputs, output, number))
    parameters: list[tuple[str, Sort]] = [(f"x{i}", sort) for i, sort in enumerate(sorts[:-1], start=1)]
    return Problem(task.name, "f", tuple(parameters), sorts[-1], None, tuple(examples))


def _text(value: Any) -> Any:
    """A text that is given as the list of its characters, as one."""
    return "".join(value) if isinstance(value, list) else value
