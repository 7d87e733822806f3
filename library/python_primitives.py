"""Primitives that are ordinary Python functions.

    @primitive
    def later(time: int, minutes: int) -> int:
        '''the time so many minutes later

        >>> later(600, 90)
        690
        '''
        return (time + minutes) % (24 * 60)

The decorator leaves the function what it is and reads its type, from a type text or from the annotations.
`primitives_in(globals())` then makes the domain's primitives, and runs the examples of every docstring.

A function is taken for pure. It is called with integers, booleans, floats, strings and lists; with opaque
values where its type has a variable (engine.Opaque); and with callables where it takes functions. It is
trusted code, unlike programs: whoever installs a domain runs it.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeVar, get_args, get_origin, overload

from engine import EngineError, Failure, Language, PythonPrimitive, Term, Type
from library.domain import DomainError, Primitive, PrimitiveExample

Function = TypeVar("Function", bound=Callable[..., Any])

_MARK = "__wakesleep_primitive__"
_SCALARS: Mapping[Any, str] = {int: "int", bool: "bool", float: "real", str: "list(char)"}
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class _Mark:
    """What the decorator was told and read."""

    name: str
    type: Type
    doc: str
    cpu_seconds: float


@overload
def primitive(type: Function, /) -> Function: ...
@overload
def primitive(
    type: str | None = None, /, *, name: str | None = None, doc: str | None = None, cpu_seconds: float = 0.5
) -> Callable[[Function], Function]: ...
def primitive(
    type: Any = None, /, *, name: str | None = None, doc: str | None = None, cpu_seconds: float = 0.5
) -> Any:
    """Mark a function as a primitive of this type, such as ``"int -> list(int) -> bool"``.

    Without a type it follows from the annotations: int, bool, float, str, list[...], Callable[[...], ...] and
    TypeVars. ``doc`` is a line, the docstring's first by default; ``cpu_seconds`` is what one call may take.
    Raises DomainError for a type that doesn't suit the function, or that no primitive can have.
    """
    if isinstance(type, FunctionType):
        return primitive(None)(type)

    def mark(function: Function) -> Function:
        named = name or function.__name__
        try:
            read = Type.parse(type) if type is not None else _annotated(function)
            made = _Mark(named, read, doc or _first_line(function), cpu_seconds)
            _check_parameters(function, read)
        except (EngineError, DomainError) as error:
            raise DomainError(f"primitive {named}: {error}") from error
        setattr(function, _MARK, made)
        return function

    return mark


def primitives_in(namespace: Mapping[str, Any]) -> tuple[Primitive, ...]:
    """The primitives of a module, in the order in which it defines them: ``primitives_in(globals())``."""
    found = [
        value for value in namespace.values() if isinstance(value, FunctionType) and hasattr(value, _MARK)
    ]
    return python_primitives(dict.fromkeys(found))


def python_primitives(functions: Iterable[Callable[..., Any]]) -> tuple[Primitive, ...]:
    """The primitives that decorated functions are, their examples run.

    Raises DomainError for a function without the decorator, and for an example that gives something else.
    """
    return tuple(_made(function) for function in functions)


def _made(function: Callable[..., Any]) -> Primitive:
    mark = getattr(function, _MARK, None)
    if not isinstance(mark, _Mark):
        raise DomainError(f"{function!r} has no @primitive")
    _run_examples(function, mark.name)
    spelling = re.sub(r"\W", "_", mark.name)
    try:
        called = PythonPrimitive(function, mark.type, mark.cpu_seconds)
        example = _first_example(function, mark, called)
    except EngineError as error:
        raise DomainError(f"primitive {mark.name}: {error}") from error
    usage = spelling
    if mark.type.arguments:
        usage += f"({', '.join(inspect.signature(function).parameters)})"
    return Primitive(mark.name, str(mark.type), f"{usage}: {mark.doc}", f"call:{spelling}", example, called)


def _first_line(function: Callable[..., Any]) -> str:
    lines = (inspect.getdoc(function) or "").strip().splitlines()
    if not lines or lines[0].startswith(">>>"):
        raise DomainError('it needs a line that says what it does: a docstring, or doc="..."')
    return lines[0].strip()


def _check_parameters(function: Callable[..., Any], type_: Type) -> None:
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind not in _POSITIONAL for parameter in parameters):
        raise DomainError("its parameters must be plain ones, without * and **")
    if len(parameters) != len(type_.arguments):
        raise DomainError(
            f"its type {type_} has {len(type_.arguments)} arguments, the function {len(parameters)}"
        )


def _annotated(function: Callable[..., Any]) -> Type:
    """The type that the annotations say."""
    try:
        hints = typing.get_type_hints(function)
    except Exception as error:  # annotations are code: anything may go wrong in them
        raise DomainError(f"its annotations can't be read ({error}); give the type as a text") from error
    names = [*inspect.signature(function).parameters, "return"]
    if missing := [name for name in names if name not in hints]:
        raise DomainError(f"no annotation for {', '.join(missing)}; add it, or give the type as a text")
    variables: dict[Any, str] = {}
    texts = [_text(hints[name], variables) for name in names]
    return Type.parse(" -> ".join(texts))


def _text(hint: Any, variables: dict[Any, str]) -> str:
    """A type's text, in parentheses where it is a function."""
    if isinstance(hint, TypeVar):
        return variables.setdefault(hint, f"t{len(variables)}")
    origin, parameters = get_origin(hint), get_args(hint)
    if origin is list and len(parameters) == 1:
        return f"list({_text(parameters[0], variables)})"
    if origin is Callable and len(parameters) == 2 and isinstance(parameters[0], list) and parameters[0]:
        inside = [*parameters[0], parameters[1]]
        return f"({' -> '.join(_text(each, variables) for each in inside)})"
    try:
        return _SCALARS[hint]
    except (KeyError, TypeError):
        raise DomainError(
            f"the annotation {hint!r} is none of int, bool, float, str, list[...], Callable[[...], ...]"
        ) from None


def _run_examples(function: Callable[..., Any], name: str) -> None:
    """Every ``>>>`` of the docstring, as Python runs it."""
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder(recurse=False).find(function, function.__name__, module=False):
        test.globs = {**getattr(function, "__globals__", {}), function.__name__: function}
        if runner.run(test, out=said.append).failed:
            raise DomainError(f"primitive {name}: an example isn't so:\n{''.join(said).strip()}")


def _first_example(
    function: Callable[..., Any], mark: _Mark, called: PythonPrimitive
) -> PrimitiveExample | None:
    """The docstring's first call with plain values, as a program run by the engine; None where there is none,
    or the type has variables or takes functions.
    """
    if mark.type.is_polymorphic or any(argument.constructor == "->" for argument in mark.type.arguments):
        return None
    for example in doctest.DocTestParser().get_examples(inspect.getdoc(function) or ""):
        inputs = _plain_arguments(example.source, function.__name__)
        if inputs is None or example.exc_msg:
            continue
        count = len(mark.type.arguments)
        program = (
            f"({' '.join([mark.name, *(f'${count - 1 - i}' for i in range(count))])})" if count else mark.name
        )
        for _ in range(count):
            program = f"(lambda {program})"
        language = Language([(mark.name, mark.type)], functions=[(mark.name, called)])
        (output,) = language.evaluate(Term.parse(program), mark.type, [inputs])
        if isinstance(output, Failure):
            problem = called.last_problem or output.reason
            raise DomainError(f"primitive {mark.name}: {example.source.strip()} fails: {problem}")
        return PrimitiveExample(program, str(mark.type), inputs, output)
    return None


def _plain_arguments(source: str, name: str) -> tuple[Any, ...] | None:
    """The values of ``name(1, [2, 3])``; None for any other text."""
    try:
        call = ast.parse(source.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != name:
            return None
        return None if call.keywords else tuple(ast.literal_eval(argument) for argument in call.args)
    except (SyntaxError, ValueError):
        return None
