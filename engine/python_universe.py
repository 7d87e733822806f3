"""The types at which the functions of a language are used in programs of one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from engine._engine import Type

Ground = tuple[str, tuple["Ground", ...]]
"""A type as constructor and parameters; variables of a request count as base types of their own."""


def ground(type_: Type, bound: Mapping[str, Ground] | None = None) -> Ground:
    """The type with its variables replaced."""
    if bound and _is_variable(type_):
        return bound[type_.constructor]
    return type_.constructor, tuple(ground(parameter, bound) for parameter in type_.parameters)


def uncurried(type_: Ground) -> tuple[tuple[Ground, ...], Ground]:
    """Arguments and result."""
    arguments: list[Ground] = []
    while type_[0] == "->":
        argument, type_ = type_[1]
        arguments.append(argument)
    return tuple(arguments), type_


def matched(general: Type, type_: Ground, bound: Mapping[str, Ground]) -> Mapping[str, Ground] | None:
    """What the general type's variables are in this instance of it, functions excepted; None if it's none."""
    name = general.constructor
    if _is_variable(general):
        return {**bound, name: type_} if type_[0] != "->" and bound.get(name, type_) == type_ else None
    if name != type_[0] or len(general.parameters) != len(type_[1]):
        return None
    known: Mapping[str, Ground] | None = bound
    for parameter, part in zip(general.parameters, type_[1], strict=True):
        known = matched(parameter, part, known) if known is not None else None
    return known


class Universe:
    """The request's parts and the base types of the functions, and lists of these.

    Lists are nested as deep as in the request and at least two deep; of base types that the request doesn't
    name, one deep.
    """

    def __init__(self, request: Type, functions: Iterable[Type]) -> None:
        asked = [part for part in _parts(ground(request)) if part[0] != "->"]
        deepest = max(2, *map(_nesting, asked))
        found = dict.fromkeys(asked)
        for part in asked:
            while _nesting(part) < deepest:
                part = ("list", (part,))
                found[part] = None
        for part in (part for general in functions for part in _parts_without_variables(general)):
            if part not in found and part[0] not in ("->", "list"):
                found |= dict.fromkeys((part, ("list", (part,))))
        self.types = tuple(found)

    def arguments(self, general: Type, result: Ground) -> Iterator[tuple[Ground, ...]]:
        """For each instance of a function's type with this result, its arguments; none for what has none."""
        bound = matched(general.returns, result, {})
        if bound is None or not general.arguments:
            return
        free = sorted({name for part in general.arguments for name in _variables(part)} - bound.keys())
        for types in product(self.types, repeat=len(free)):
            instance = {**bound, **dict(zip(free, types, strict=True))}
            arguments = tuple(ground(argument, instance) for argument in general.arguments)
            if all(value in self.types for argument in arguments for value in _values(argument)):
                yield arguments


def _is_variable(type_: Type) -> bool:
    name = type_.constructor
    return name[0] == "t" and name[1:].isdecimal() and not type_.parameters


def _variables(type_: Type) -> Iterator[str]:
    if _is_variable(type_):
        yield type_.constructor
    for parameter in type_.parameters:
        yield from _variables(parameter)


def _parts(type_: Ground) -> Iterator[Ground]:
    yield type_
    for parameter in type_[1]:
        yield from _parts(parameter)


def _parts_without_variables(type_: Type) -> Iterator[Ground]:
    if not type_.is_polymorphic:
        yield ground(type_)
    for parameter in type_.parameters:
        yield from _parts_without_variables(parameter)


def _values(type_: Ground) -> Iterator[Ground]:
    """The types between the arrows."""
    if type_[0] == "->":
        for parameter in type_[1]:
            yield from _values(parameter)
    else:
        yield type_


def _nesting(type_: Ground) -> int:
    """How many lists are inside each other."""
    return (type_[0] == "list") + max(map(_nesting, type_[1]), default=0)
