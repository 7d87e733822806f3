"""Formulas as texts, such as ``G*m*M/r**2`` and ``sum(F*d)``: read, and evaluated on numbers or on symbols.

A formula has numbers, names, ``pi``, ``+ - * / **``, and vectors, which are lists: arithmetic goes element
by element, ``r[0]`` is a component and ``r[1:]`` the rest, ``[x, y]`` puts a vector together. Functions are
``sqrt``, ``sum`` and ``prod`` of a vector's elements, ``dot``, ``norm`` and ``cross``. Nothing is passed to
``eval``.

Whether two formulas say the same is asked of SymPy, which is imported here only, and only then.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Value = Any
"""A number or symbol, or a list of values."""

SIGNIFICANT_DIGITS = 7
"""Of a decimal number in a formula: what is taken for meant when formulas are compared."""
_SAME_RATIO = 1e-5


class FormulaError(ValueError):
    """A text that is no formula, or values that it has no answer for."""


@dataclass(frozen=True)
class Arithmetic:
    """What numbers of a formula become, π among them."""

    number: Callable[[int | float], Value]
    pi: Value
    half: Value


FLOATS = Arithmetic(float, math.pi, 0.5)

_OPERATORS: Mapping[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def evaluate(text: str, values: Mapping[str, Value], arithmetic: Arithmetic = FLOATS) -> Value:
    """The formula's value where its names have these values; raises FormulaError."""
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise FormulaError(f"{text!r} is no formula: {error}") from None
    return _Reader(text, values, arithmetic).value(tree)


@dataclass(frozen=True)
class _Reader:
    text: str
    values: Mapping[str, Value]
    arithmetic: Arithmetic

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return self.arithmetic.number(number)
            case ast.Name(id="pi"):
                return self.arithmetic.pi
            case ast.Name(id=name) if name in self.values:
                return self.values[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _each(operator.mul, self.arithmetic.number(-1), self.value(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _each(_OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.List(elts=elements):
                return [self.value(element) for element in elements]
            case ast.Subscript(value=of, slice=ast.Constant(value=int() as index)):
                return _list(self.value(of))[index]
            case ast.Subscript(value=of, slice=ast.Slice(ast.Constant(value=int() as first), None, None)):
                return _list(self.value(of))[first:]
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(name, [self.value(argument) for argument in arguments])
            case _:
                raise FormulaError(
                    f"{self.text!r}: {ast.unparse(node)!r} is not part of a formula, or not known"
                )

    def call(self, name: str, given: Sequence[Value]) -> Value:
        match name, given:
            case "sqrt", [x]:
                return _each(operator.pow, x, self.arithmetic.half)
            case "sum", [xs]:
                return _folded(operator.add, xs)
            case "prod", [xs]:
                return _folded(operator.mul, xs)
            case "dot", [a, b]:
                return _dot(a, b)
            case "norm", [a]:
                return _dot(a, a) ** self.arithmetic.half
            case "cross", [[a, b, c], [d, e, f]]:
                return [b * f - c * e, c * d - a * f, a * e - b * d]
            case _:
                raise FormulaError(f"{self.text!r}: no function {name} of {len(given)} such values")


def _each(function: Callable[[Value, Value], Value], left: Value, right: Value) -> Value:
    """Element by element, a number with every element of a vector."""
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise FormulaError(f"vectors of {len(left)} and {len(right)} elements don't go together")
        return [_each(function, a, b) for a, b in zip(left, right, strict=True)]
    if isinstance(left, list):
        return [_each(function, a, right) for a in left]
    if isinstance(right, list):
        return [_each(function, left, b) for b in right]
    return function(left, right)


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list) or not value:
        raise FormulaError("a vector of at least one element is wanted")
    return value


def _folded(function: Callable[[Value, Value], Value], xs: Value) -> Value:
    first, *rest = _list(xs)
    for x in rest:
        first = _each(function, first, x)
    return first


def _dot(a: Value, b: Value) -> Value:
    return _folded(operator.add, _each(operator.mul, _list(a), _list(b)))


def equivalent(one: str, other: str, variables: Mapping[str, str], up_to_constant: bool = False) -> bool:
    """Whether two formulas have the same value wherever every quantity is above 0, by SymPy.

    ``variables``: types by name, ``real``, ``list(real)`` (of 3 elements) and ``list(list(real))`` (3 of
    them). Decimal numbers count as the same where their first digits are; ``up_to_constant`` lets one be any
    multiple of the other. Raises FormulaError, and ImportError without SymPy.
    """
    import sympy

    def number(value: int | float) -> Any:
        return (
            sympy.Integer(value)
            if isinstance(value, int)
            else sympy.Rational(f"{value:.{SIGNIFICANT_DIGITS}g}")
        )

    def symbol(name: str, type_: str) -> Value:
        if type_ == "real":
            return sympy.Symbol(name, positive=True)
        element = type_.removeprefix("list(").removesuffix(")")
        return [symbol(f"{name}_{i}", element) for i in range(3)]

    values = {name: symbol(name, type_) for name, type_ in variables.items()}
    exact = Arithmetic(number, sympy.pi, sympy.Rational(1, 2))
    left, right = _flat(evaluate(one, values, exact)), _flat(evaluate(other, values, exact))
    if len(left) != len(right):
        return False
    ratios: list[float] = []
    for a, b in zip(left, right, strict=True):
        if a == b:
            ratios += [] if a == 0 else [1.0]
            continue
        if a == 0 or b == 0:
            return False
        ratio = sympy.simplify(a / b)
        if ratio.free_symbols:
            return False
        ratios.append(float(ratio))
    wanted = ratios[0] if ratios and up_to_constant else 1.0
    return all(math.isclose(ratio, wanted, rel_tol=_SAME_RATIO) for ratio in ratios)


def _flat(value: Value) -> list[Value]:
    return [scalar for each in value for scalar in _flat(each)] if isinstance(value, list) else [value]
