"""`wakesleep evaluate`: run one program on inputs."""

from __future__ import annotations

import json
from typing import Any

from app.commands.errors import InputError
from app.commands.libraries import open_library
from engine import Failure, Term, Type
from engine.python_form import from_python
from library.snapshot import Library
from synthesis.value import TEXT, UNKNOWN, ValueProblem, check_value, conforming, type_of


def run(domain: str, program: str, inputs: str, reference: str | None, as_json: bool) -> None:
    """A line per case: its output as JSON, or its error: `{"error": reason}` with `--json`.

    Raises InputError for inputs that the program doesn't take, and an EngineError for a program that is none.
    """
    library = open_library(reference, domain)
    term = read_program(program, library)
    inferred = library.language.infer(term)
    cases = _cases(inputs, len(inferred.arguments))
    typed = [_typed(inferred, case, number) for number, case in enumerate(cases, start=1)]
    for case, request in typed:
        (value,) = library.language.evaluate(term, request, [case])
        if not isinstance(value, Failure):
            print(json.dumps(value))
        else:
            print(json.dumps({"error": value.reason}) if as_json else f"error: {value.reason}")


def read_program(text: str, library: Library) -> Term:
    """A program in either form. Raises ParseError."""
    stripped = text.strip()
    if stripped.startswith("lambda"):
        return from_python(stripped, library.surface)
    return Term.parse(stripped)


def _cases(text: str, arity: int) -> list[tuple[Any, ...]]:
    try:
        cases = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"--inputs: not JSON: {error}") from None
    if not isinstance(cases, list):
        raise InputError("--inputs: expected a list of cases, each the list of the program's arguments")
    for number, case in enumerate(cases, start=1):
        if not isinstance(case, list) or len(case) != arity:
            raise InputError(
                f"--inputs: case {number} must list its {arity} argument(s), such as [[1, 2]] for one list"
            )
    return [tuple(case) for case in cases]


def _typed(inferred: Type, case: tuple[Any, ...], number: int) -> tuple[list[Any], Type]:
    """The arguments, and the program's type here: its type variables are what the arguments make them, else
    int.
    """
    bound: dict[str, str] = {}
    try:
        for argument, value in zip(inferred.arguments, case, strict=True):
            check_value(value)
            _bind(argument, type_of(value), bound)
        types = [_text(type_, bound) for type_ in (*inferred.arguments, inferred.returns)]
        values = [
            # Of a function, the engine says what is wrong.
            value if type_.startswith("(") else conforming(value, type_)
            for value, type_ in zip(case, types, strict=False)
        ]
    except ValueProblem as problem:
        raise InputError(f"--inputs: case {number}: {problem}") from None
    return values, Type.parse(" -> ".join(types))


def _bind(type_: Type, found: str, bound: dict[str, str]) -> None:
    if type_.constructor == "list" and found.startswith("list("):
        _bind(type_.parameters[0], found[5:-1], bound)
    elif type_.is_polymorphic and not type_.parameters:
        known = bound.setdefault(type_.constructor, found)
        if known == UNKNOWN:
            bound[type_.constructor] = found
    elif (type_.constructor, found) in (("real", "int"), ("char", TEXT)):
        return  # an integer may stand for a real, a text of one character is a character
    elif found not in (UNKNOWN, type_.constructor):
        raise ValueProblem("ill-typed", f"the program takes {type_} where the value is of type {found}")


def _text(type_: Type, bound: dict[str, str]) -> str:
    if type_.constructor == "list":
        return f"list({_text(type_.parameters[0], bound)})"
    if type_.constructor == "->":
        return f"({type_})"
    found = bound.get(type_.constructor, type_.constructor if not type_.is_polymorphic else UNKNOWN)
    return found.replace(UNKNOWN, "int")
