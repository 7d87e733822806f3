"""Runs functions that SMT-LIB defines (`define-fun`), on the plain Python functions of the strings domain:
what
solvers answer is checked here, and not by the engine that found it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from library.domains import strings_python as strings
from synthesis.sygus.s_expressions import Atom, Group, SExpression, read_s_expressions

Function = Callable[..., Any]

_FUNCTIONS: Mapping[str, Function] = {
    "str.++": lambda *texts: "".join(texts),
    "str.at": strings.char_at,
    "str.substr": strings.substring,
    "str.indexof": strings.index_of,
    "str.replace": strings.replace_first,
    "str.len": strings.length,
    "str.from_int": strings.from_int,
    "int.to.str": strings.from_int,
    "str.to_int": strings.to_int,
    "str.to.int": strings.to_int,
    "str.prefixof": strings.is_prefix,
    "str.suffixof": strings.is_suffix,
    "str.contains": strings.contains,
    "+": lambda *numbers: sum(numbers),
    "-": lambda first, *others: first - sum(others) if others else -first,
    "=": lambda one, other: one == other,
}


def read_function(text: str) -> Function:
    """The function of a text `(define-fun NAME ((PARAMETER SORT) ...) SORT BODY)`; raises ValueError."""
    match read_s_expressions(text):
        case [Group((Atom(text="define-fun"), _, Group(parameters), _, body))]:
            names = [
                item.items[0].text
                for item in parameters
                if isinstance(item, Group) and isinstance(item.items[0], Atom)
            ]
        case _:
            raise ValueError(f"this is no define-fun: {text[:200]}")
    return lambda *inputs: _value(body, dict(zip(names, inputs, strict=True)))


def _value(body: SExpression, values: Mapping[str, Any]) -> Any:
    match body:
        case Atom("string", text):
            return text
        case Atom("integer", digits):
            return int(digits)
        case Atom("symbol", "true" | "false" as truth):
            return truth == "true"
        case Atom("symbol", name):
            return values[name]
        case Group((Atom("symbol", "ite"), condition, left, right)):
            return _value(left if _value(condition, values) else right, values)
        case Group((Atom("symbol", name), *arguments)) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(argument, values) for argument in arguments))
        case _:
            raise ValueError(f"no such function: {body}")
