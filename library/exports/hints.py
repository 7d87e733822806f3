"""Types as Python's type hints, and back."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from engine import Type

_HINTS = {"int": "int", "bool": "bool", "real": "float", "char": "str", "list(char)": "str", "list": "list"}
_TYPES = {"int": "int", "bool": "bool", "float": "real"}
_SILENT = ("Any", "object", "str")  # `str` is a character or a text


def hint(type_: Type, variables: dict[str, str], names: Iterator[str]) -> str:
    """The type as an annotation; ``variables`` gathers what its type variables are called.

    ``a -> b -> c`` takes two arguments together, inside of other types one by one (as exported functions do).
    """

    def text(part: Type, together: bool) -> str:
        name, arguments = part.constructor, part.arguments
        if arguments:
            taken = arguments if together else arguments[:1]
            inside = ", ".join([text(one, together) for one in taken])
            returns = text(part.returns, True) if together else text(part.parameters[1], False)
            return f"Callable[[{inside}], {returns}]"
        if str(part) in _HINTS:
            return _HINTS[str(part)]
        if part.is_polymorphic and not part.parameters:
            if name not in variables:
                variables[name] = next(names)
            return variables[name]
        inner = ", ".join(text(parameter, False) for parameter in part.parameters)
        return f"{_HINTS.get(name, 'Any')}[{inner}]" if inner else _HINTS.get(name, "Any")

    return text(type_, True)


def type_of_hints(hints: Sequence[ast.expr | None]) -> Type | None:
    """The type of a function with these hints, the last for what it returns.

    None where one is missing, or says no type of ours. A name that is no type is a type variable.
    """
    variables: dict[str, str] = {}
    parts = [_text(one, variables) if one is not None else None for one in hints]
    known = [f"({part})" for part in parts if part is not None]
    return Type.parse(" -> ".join(known)) if len(known) == len(parts) else None


def same_up_to_names(left: Type, right: Type) -> bool:
    """Whether two types differ in the names of their variables at most."""
    return _numbered(left, {}) == _numbered(right, {})


def _text(node: ast.expr, variables: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name) and node.id not in _SILENT:
        return _TYPES.get(node.id) or variables.setdefault(node.id, f"t{len(variables)}")
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    inside = node.slice
    if node.value.id == "list":
        element = _text(inside, variables)
        return f"list({element})" if element else None
    if node.value.id == "Callable" and isinstance(inside, ast.Tuple) and len(inside.elts) == 2:
        given, returns = inside.elts
        if isinstance(given, ast.List):
            parts = [_text(one, variables) for one in (*given.elts, returns)]
            known = [f"({part})" for part in parts if part]
            return " -> ".join(known) if len(known) == len(parts) else None
    return None


def _numbered(type_: Type, numbers: dict[str, int]) -> str:
    if type_.is_polymorphic and not type_.parameters:
        return f"t{numbers.setdefault(type_.constructor, len(numbers))}"
    inside = ", ".join(_numbered(parameter, numbers) for parameter in type_.parameters)
    return f"{type_.constructor}({inside})"
