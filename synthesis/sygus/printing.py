"""Problems as SyGuS-IF 2.1 writes them; what `read_problem` reads."""

from __future__ import annotations

from synthesis.sygus.problem import Anything, Applied, Expression, Literally, Named, Nonterminal, Problem
from synthesis.sygus.rules import literal
from synthesis.sygus.s_expressions import symbol

_RENAMED = {"int.to.str": "str.from_int", "str.to.int": "str.to_int"}


def print_problem(problem: Problem) -> str:
    """The problem in version 2.1, whatever version it was read from: functions have their names of today."""
    parameters = " ".join(f"({symbol(name)} {sort})" for name, sort in problem.parameters)
    head = f"(synth-fun {symbol(problem.function)} ({parameters}) {problem.returns}"
    lines = [f"(set-logic {symbol(problem.logic)})", head]
    if problem.grammar is not None:
        declared = " ".join(f"({symbol(one.name)} {one.sort})" for one in problem.grammar)
        lines += [f"  ({declared})", "  (", *(f"    {_nonterminal(one)}" for one in problem.grammar), "  )"]
    lines.append(")")
    for example in problem.examples:
        call = f"({symbol(problem.function)} {' '.join(literal(value) for value in example.inputs)})"
        lines.append(f"(constraint (= {call} {literal(example.output)}))")
    return "\n".join([*lines, "(check-synth)", ""])


def _nonterminal(one: Nonterminal) -> str:
    return f"({symbol(one.name)} {one.sort} ({' '.join(_expression(each) for each in one.productions)}))"


def _expression(expression: Expression) -> str:
    match expression:
        case Literally(value):
            return literal(value)
        case Named(name):
            return symbol(name)
        case Anything(of, sort):
            return f"({of} {sort})"
        case Applied(function, arguments):
            name = _RENAMED.get(function, function)
            return f"({symbol(name)} {' '.join(_expression(each) for each in arguments)})"
