"""Types of the variables inside a term, inferred to choose readable names; ill-typed terms do no harm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine._engine import Term, Type


class Unknown:
    """A type variable; `known` is set once it is unified with something."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: Shape | None = None


Shape = Unknown | tuple[str, tuple["Shape", ...]]

_REAL: Shape = ("real", ())
_TEXT: Shape = ("list", (("char", ()),))


@dataclass(frozen=True)
class Typed:
    """A term with its parts: (head, argument, …) of an application, (body,) of a lambda or abstraction."""

    term: Term
    parts: tuple[Typed, ...] = ()
    bound: Shape | None = None  # a lambda's variable


def resolve(shape: Shape) -> Shape:
    while isinstance(shape, Unknown) and shape.known is not None:
        shape = shape.known
    return shape


def unify(left: Shape, right: Shape, budget: int = 200) -> None:
    """Makes both equal as far as they go; clashes, and what is nested beyond the budget, stay as they are."""
    left, right = resolve(left), resolve(right)
    if left is right or budget == 0:
        return
    if isinstance(left, Unknown):
        if not _occurs(left, right):
            left.known = right
    elif isinstance(right, Unknown):
        if not _occurs(right, left):
            right.known = left
    elif left[0] == right[0]:
        for mine, theirs in zip(left[1], right[1], strict=False):
            unify(mine, theirs, budget - 1)


def _occurs(variable: Unknown, shape: Shape) -> bool:
    shape = resolve(shape)
    return shape is variable or (
        not isinstance(shape, Unknown) and any(_occurs(variable, p) for p in shape[1])
    )


def instantiate(type_: Type, fresh: dict[str, Unknown]) -> Shape:
    """The type with each variable replaced by an unknown of this instance."""
    name = type_.constructor
    if name[0] == "t" and name[1:].isdecimal() and not type_.parameters:
        return fresh.setdefault(name, Unknown())
    return name, tuple(instantiate(parameter, fresh) for parameter in type_.parameters)


def annotate(term: Term, types: Mapping[Term, Type], request: Type | None) -> Typed:
    """The term with the inferred type of each bound variable.

    types: of primitives, and of abstractions whose bodies need no annotation.
    """
    return _annotate(term, Unknown() if request is None else instantiate(request, {}), (), types)


def inferred_type(term: Term, types: Mapping[Term, Type]) -> Type:
    """The closed term's type as far as it can be told; a variable where it can't."""
    shape = Unknown()
    _annotate(term, shape, (), types)
    return Type.parse(_text(shape, {}))


def _annotate(term: Term, wanted: Shape, scope: tuple[Shape, ...], types: Mapping[Term, Type]) -> Typed:
    known = types.get(term)
    if known is not None:
        unify(instantiate(known, {}), wanted)
        return Typed(term)
    if term.kind == "lambda":
        argument, result = Unknown(), Unknown()
        unify(("->", (argument, result)), wanted)
        return Typed(term, (_annotate(term.body, result, (argument, *scope), types),), argument)
    if term.kind == "abstraction":
        return Typed(term, (_annotate(term.body, wanted, (), types),))
    if term.kind == "application":
        spine: list[Term] = []
        head = term
        while head.kind == "application":
            spine.append(head.argument)
            head = head.function
        spine.reverse()
        shapes: list[Shape] = [Unknown() for _ in spine]
        function: Shape = wanted
        for shape in reversed(shapes):
            function = ("->", (shape, function))
        typed_head = _annotate(head, function, scope, types)
        arguments = (_annotate(part, shape, scope, types) for part, shape in zip(spine, shapes, strict=True))
        return Typed(term, (typed_head, *arguments))
    if term.kind == "primitive" and term.constant_value is not None:
        unify(_TEXT if isinstance(term.constant_value, str) else _REAL, wanted)
    if term.kind == "index" and term.index < len(scope):
        unify(scope[term.index], wanted)
    return Typed(term)


def _text(shape: Shape, numbers: dict[Unknown, int]) -> str:
    """As a type is written; unknowns are numbered in order of appearance."""
    shape = resolve(shape)
    if isinstance(shape, Unknown):
        return f"t{numbers.setdefault(shape, len(numbers))}"
    name, parameters = shape
    inside = [_text(parameter, numbers) for parameter in parameters]
    if name == "->":
        return f"({inside[0]}) -> {inside[1]}"
    return f"{name}({', '.join(inside)})" if inside else name


_NAMES: Mapping[str, Sequence[str]] = {
    "int": ("x", "y", "z", "w"),
    "real": ("x", "y", "z", "w"),
    "bool": ("p", "q", "r"),
    "char": ("c", "d", "e"),
    "->": ("f", "g", "h"),
}
_OUTERMOST_INTEGERS = ("n", "m", "k")
_TEXTS = ("s", "t", "u")
_LISTS = ("xs", "ys", "zs", "ws")
_OTHERS = ("a", "b", "c", "d")


def names_for(shape: Shape | None, outermost: bool) -> Iterator[str]:
    """Names that suit a variable of this type, best first, without end."""
    known = _OTHERS
    shape = resolve(shape) if shape is not None else None
    if shape is not None and not isinstance(shape, Unknown):
        constructor, parameters = shape
        if constructor == "list":
            element = resolve(parameters[0]) if parameters else None
            of = element[0] if isinstance(element, tuple) else ""
            known = (
                _TEXTS if of == "char" else tuple(name + "s" for name in _LISTS) if of == "list" else _LISTS
            )
        elif constructor == "int" and outermost:
            known = _OUTERMOST_INTEGERS
        else:
            known = _NAMES.get(constructor, _OTHERS)
    yield from known
    number = 2
    while True:
        for name in known:
            yield f"{name}{number}"
        number += 1
