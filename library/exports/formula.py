"""A program on reals and vectors as a formula, ``m1*m2/sum(r**2)``, in the notation of library.formulas.

The program is run on symbols. A vector is one symbol as long as it is only gone through as a whole, by
`map`, `zip` and sums or products over all of it; where that doesn't do, vectors get components, ``r[0]``,
three of them. What comes out is checked: it must give what the program gives on numbers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine import Failure, Language, Term, Type
from library.exports import formula_terms as terms
from library.exports.formula_terms import Expression
from library.formulas import FormulaError, evaluate

NAMES = ("x", "y", "z", "u", "v", "w")
DIMENSIONS = 3
"""Of vectors where they have components."""
_LENGTHS = (3, 4, 5)
"""Of the lists that other formulas are checked on."""
_CHECKS = 4
_ACCUMULATED = "accumulated"


@dataclass(frozen=True)
class Vector:
    """A vector as a whole: what an element of it is."""

    element: Expression


@dataclass(frozen=True)
class Vectors:
    """A list of vectors of one length as a whole, by its name."""

    name: str


@dataclass(frozen=True)
class _Function:
    """A λ with what was bound around it, the innermost first."""

    body: Term
    scope: tuple[Any, ...]


@dataclass(frozen=True)
class _Partial:
    """A primitive that waits for more arguments."""

    name: str
    arguments: tuple[Any, ...]


def formula_of(program: Term, request: Type, language: Language, names: Sequence[str] = NAMES) -> str:
    """The program as a formula of its arguments, which have these names.

    Raises FormulaError for requests that have other types than reals and lists of them, and programs that are
    none.
    """
    arguments = request.arguments
    if any(
        str(part) not in ("real", "list(real)", "list(list(real))") for part in (*arguments, request.returns)
    ):
        raise FormulaError(f"{request}: formulas are of real numbers and vectors")
    if len(names) < len(arguments):
        raise FormulaError(f"{request} takes {len(arguments)} arguments, and {len(names)} names were given")
    for whole in (True, False):  # vectors by one name where that does, else in components
        symbols = [_symbol(name, str(part), whole) for name, part in zip(names, arguments, strict=False)]
        try:
            text = _written(_applied(_run(program, ()), symbols))
            if _agrees(text, program, request, language, names, _LENGTHS if whole else (DIMENSIONS,)):
                return text
        except FormulaError:
            continue
    raise FormulaError(f"{program} is no formula")


def _symbol(name: str, type_: str, whole: bool) -> Any:
    if type_ == "real":
        return terms.name(name)
    if whole:
        return Vector(terms.name(name, True)) if type_ == "list(real)" else Vectors(name)
    element = type_.removeprefix("list(").removesuffix(")")
    return [_symbol(f"{name}[{i}]", element, whole) for i in range(DIMENSIONS)]


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_written(each) for each in value)}]"
    if isinstance(value, Vector):
        return str(value.element)
    if isinstance(value, Expression):
        return str(value)
    raise FormulaError("a function is no formula")


def _agrees(
    text: str, program: Term, request: Type, language: Language, names: Sequence[str], lengths: Sequence[int]
) -> bool:
    """Whether the formula gives the program's values; there must be some."""
    draw = random.Random(text)

    def value(type_: str, length: int) -> Any:
        if type_ == "real":
            return round(draw.uniform(0.5, 4.0), 3)
        return [value(type_.removeprefix("list(").removesuffix(")"), length) for _ in range(length)]

    inputs = [
        [value(str(part), length) for part in request.arguments] for length in lengths for _ in range(_CHECKS)
    ]
    outputs = language.evaluate(language.eta_long(program, request), request, inputs)
    agreed = 0
    for given, output in zip(inputs, outputs, strict=True):
        if isinstance(output, Failure):
            continue
        try:
            found = evaluate(text, dict(zip(names, given, strict=False)))
        except (ArithmeticError, TypeError):  # no number, or a complex one that can't be compared
            return False
        if not _close(found, output):
            return False
        agreed += 1
    return agreed > 0


def _close(found: Any, output: Any) -> bool:
    if isinstance(output, list):
        if not isinstance(found, list) or len(found) != len(output):
            return False
        return all(_close(a, b) for a, b in zip(found, output, strict=True))
    return isinstance(found, float) and math.isclose(found, output, rel_tol=1e-9, abs_tol=1e-9)


def _run(term: Term, scope: tuple[Any, ...]) -> Any:
    if term.kind == "index":
        return scope[term.index]
    if term.kind == "lambda":
        return _Function(term.body, scope)
    if term.kind == "abstraction":
        return _run(term.body, ())
    if term.kind == "application":
        return _applied(_run(term.function, scope), [_run(term.argument, scope)])
    if isinstance(term.constant_value, float):
        return terms.number(term.constant_value)
    return _primitive(term.name, ())


def _applied(function: Any, arguments: Sequence[Any]) -> Any:
    for argument in arguments:
        if isinstance(function, _Function):
            function = _run(function.body, (argument, *function.scope))
        elif isinstance(function, _Partial):
            function = _primitive(function.name, (*function.arguments, argument))
        else:
            raise FormulaError("a value is applied")
    return function


def _primitive(name: str, given: tuple[Any, ...]) -> Any:
    match name, given:
        case (("0." | "1."), ()):
            return terms.number(float(name))
        case "pi", ():
            return terms.name("pi")
        case "empty", ():
            return []
        case (("+." | "-." | "*." | "/." | "power"), (Expression(), Expression())):
            return _ARITHMETIC[name](*given)
        case (("car" | "cdr"), (Vectors(name=of),)):
            part = _part(of, name)
            return Vector(terms.name(part, True)) if name == "car" else Vectors(part)
        case (("car" | "cdr"), (Vector(element=element),)) if element.is_name:
            part = terms.name(_part(str(element), name), name == "cdr")
            return part if name == "car" else Vector(part)
        case "cons", (x, list() as xs):
            return [x, *xs]
        case (("car" | "cdr"), ([first, *rest],)):
            return first if name == "car" else rest
        case "map", (f, xs):
            return _mapped(f, [xs])
        case "zip", (xs, ys, f):
            return _mapped(f, [xs, ys])
        case "fold", (xs, z, f):
            return _folded(xs, z, f)
        case _ if name in _TAKES and len(given) < _TAKES[name]:
            return _Partial(name, given)
        case _:
            raise FormulaError(f"{name} has no formula here")


def _part(name: str, primitive: str) -> str:
    """The first element of what the name says, or the rest: ``r[0]``, ``r[1:]``, of ``r[1:]`` ``r[1]`` and
    ``r[2:]``.
    """
    of, first = (name[:-2].rsplit("[", 1)) if name.endswith(":]") else (name, "0")
    return f"{of}[{first}]" if primitive == "car" else f"{of}[{int(first) + 1}:]"


_TAKES = {
    "+.": 2,
    "-.": 2,
    "*.": 2,
    "/.": 2,
    "power": 2,
    "cons": 2,
    "car": 1,
    "cdr": 1,
    "map": 2,
    "zip": 3,
    "fold": 3,
}
_ARITHMETIC: dict[str, Callable[[Expression, Expression], Expression]] = {
    "+.": terms.add,
    "-.": lambda x, y: terms.add(x, y, -1.0),
    "*.": terms.multiply,
    "/.": lambda x, y: terms.multiply(x, terms.power(y, terms.number(-1.0))),
    "power": terms.power,
}


def _mapped(function: Any, lists: Sequence[Any]) -> Any:
    if all(isinstance(each, list) for each in lists):
        if len({len(each) for each in lists}) > 1:
            raise FormulaError("lists of different lengths")
        return [_applied(function, together) for together in zip(*lists, strict=True)]
    if not all(isinstance(each, Vector) for each in lists):
        raise FormulaError("a vector as a whole beside one in components")
    element = _applied(function, [each.element for each in lists])
    if not isinstance(element, Expression):
        raise FormulaError("a vector of vectors")
    return Vector(element)


def _folded(xs: Any, z: Any, function: Any) -> Any:
    if isinstance(xs, list):
        for x in reversed(xs):
            z = _applied(function, [x, z])
        return z
    if isinstance(xs, Vectors) and isinstance(z, Vector):
        element, start, make = Vector(terms.name(xs.name, True)), z.element, Vector
    elif isinstance(xs, Vector) and isinstance(z, Expression):
        element, start, make = xs.element, z, None
    else:
        raise FormulaError("a fold that is no sum and no product")
    accumulated = terms.name(_ACCUMULATED, make is not None)
    step = _applied(function, [element, make(accumulated) if make else accumulated])
    made = step.element if isinstance(step, Vector) and make else step
    parts = terms.without(made, _ACCUMULATED) if isinstance(made, Expression) else None
    if parts is None:
        raise FormulaError("a fold that is no sum and no product")
    rest, times = parts
    if times == terms.number(1.0) and rest.has_vector:
        result = terms.add(start, terms.call("sum", rest, make is not None))
    elif not rest.terms and times.has_vector:
        result = terms.multiply(start, terms.call("prod", times, make is not None))
    else:
        raise FormulaError("a fold that is no sum and no product")
    return make(result) if make else result
