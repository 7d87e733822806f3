"""Examples for doctest: calls that were really run in the engine, with what it gave."""

from __future__ import annotations

import ast

from engine import EngineError, Type
from engine.python_form import from_node
from library.exports.graph import Function
from library.exports.python_source import PythonSource
from library.naming import example_of
from library.snapshot import Abstraction


def doctest_of(function: Function, source: PythonSource) -> str:
    """``>>> keep(lambda x: x > 2, [4, 1])`` and its value on the next line; "" where naming finds none.

    Naming says the example as a comparison in the programs' Python form, which is not quite Python: functions
    among the arguments are printed anew.
    """
    functions = source.functions
    abstraction = Abstraction(function.name, str(function.term), str(function.type))
    try:
        text = example_of(abstraction, functions.language, functions.surface)
        comparison = ast.parse(text, mode="eval").body if text else None
        if not isinstance(comparison, ast.Compare):
            return ""
        called, value = comparison.left, comparison.comparators[0]
        given = called.args if isinstance(called, ast.Call) else []
        shown = [
            _argument(argument, declared, source)
            for argument, declared in zip(given, function.type.arguments, strict=True)
        ]
    except (EngineError, SyntaxError, ValueError, RecursionError):
        return ""
    call = ast.Call(ast.Name(function.name), shown, [])
    return f">>> {ast.unparse(call)}\n{ast.unparse(value)}"


def _argument(node: ast.expr, declared: Type, source: PythonSource) -> ast.expr:
    if not declared.arguments:
        return node
    language = source.functions.language
    term = from_node(node, source.surface)
    return source.expression(language.eta_long(term, language.infer(term)), declared)
