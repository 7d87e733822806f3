"""A call-by-need evaluator of the list, real and text primitives and `fix1`, written for reading.

Integers, floats, booleans, characters (strings of length 1) and tuples are values; arguments of λs are
thunks, forced once; primitives are strict in all their arguments except that `if` leaves the branch it
doesn't take alone. What goes wrong raises Failed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.reference import types
from tests.reference.terms import Abstraction, Apply, Index, Lambda, Primitive, Term

LARGEST = 2**62  # of an integer, in absolute value
MAX_UNFOLD = 50
MAX_RANGE = 100
MAX_RECURSION = 50

LIST_PRIMITIVES: list[tuple[str, str]] = [
    ("map", "(t0 -> t1) -> list(t0) -> list(t1)"),
    ("unfold", "t0 -> (t0 -> bool) -> (t0 -> t1) -> (t0 -> t0) -> list(t1)"),
    ("range", "int -> list(int)"),
    ("index", "int -> list(t0) -> t0"),
    ("fold", "list(t0) -> t1 -> (t0 -> t1 -> t1) -> t1"),
    ("length", "list(t0) -> int"),
    ("if", "bool -> t0 -> t0 -> t0"),
    ("+", "int -> int -> int"),
    ("-", "int -> int -> int"),
    ("empty", "list(t0)"),
    ("cons", "t0 -> list(t0) -> list(t0)"),
    ("car", "list(t0) -> t0"),
    ("cdr", "list(t0) -> list(t0)"),
    ("empty?", "list(t0) -> bool"),
    ("0", "int"),
    ("1", "int"),
    ("*", "int -> int -> int"),
    ("mod", "int -> int -> int"),
    ("gt?", "int -> int -> bool"),
    ("eq?", "int -> int -> bool"),
    ("is-prime", "int -> bool"),
    ("is-square", "int -> bool"),
]
REAL_PRIMITIVES: list[tuple[str, str]] = [
    ("0.", "real"),
    ("1.", "real"),
    ("pi", "real"),
    ("REAL", "real"),
    ("power", "real -> real -> real"),
    ("-.", "real -> real -> real"),
    ("+.", "real -> real -> real"),
    ("/.", "real -> real -> real"),
    ("*.", "real -> real -> real"),
    ("zip", "list(t0) -> list(t1) -> (t0 -> t1 -> t2) -> list(t2)"),
]
TEXT_PRIMITIVES: list[tuple[str, str]] = [
    ("char-eq?", "char -> char -> bool"),
    ("STRING", "list(char)"),
    ("'.'", "char"),
    ("','", "char"),
    ("'-'", "char"),
    ("SPACE", "char"),
    ("RPAREN", "char"),
    ("LPAREN", "char"),
]
CONSTANTS = {"0.": 0.0, "1.": 1.0, "pi": math.pi, "'.'": ".", "','": ",", "'-'": "-"} | {
    "SPACE": " ",
    "RPAREN": ")",
    "LPAREN": "(",
}
FIX = ("fix1", "t0 -> ((t0 -> t1) -> t0 -> t1) -> t1")
ARITY = {
    name: len(types.arguments(types.parse(type_)))
    for name, type_ in [*LIST_PRIMITIVES, *REAL_PRIMITIVES, *TEXT_PRIMITIVES, FIX]
}


class Failed(Exception):
    """The program has no value on this input; `reason` in a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Closure:
    body: Term
    scope: tuple[Thunk, ...]


@dataclass
class Partial:
    """A primitive that waits for more arguments."""

    name: str
    arguments: tuple[Thunk, ...]


@dataclass
class Native:
    """The function that `fix1` hands out."""

    enter: Callable[[Thunk], Any]


class Thunk:
    def __init__(self, compute: Callable[[], Any]) -> None:
        self.compute: Callable[[], Any] | None = compute
        self.value: Any = None

    def force(self) -> Any:
        if self.compute is not None:
            self.value = self.compute()
            self.compute = None
        return self.value


def known(value: Any) -> Thunk:
    return Thunk(lambda: value)


class Evaluator:
    def __init__(self, fuel: int) -> None:
        self.fuel = fuel
        self.steps = 0

    def run(self, term: Term, inputs: tuple[Any, ...]) -> Any:
        """The value of `term` applied to the inputs, lists as lists."""
        value = self.evaluate(term, ())
        for given in inputs:
            value = self.apply(value, known(_inward(given)))
        return _outward(value)

    def evaluate(self, term: Term, scope: tuple[Thunk, ...]) -> Any:
        self.steps += 1
        if self.steps > self.fuel:
            raise Failed("fuel")
        match term:
            case Index(number):
                return scope[number].force()
            case Lambda(body):
                return Closure(body, scope)
            case Abstraction(body):
                return self.evaluate(body, ())
            case Primitive(name) if name not in ARITY:
                return written(name)
            case Primitive(name):
                return self.saturated(name, ()) if ARITY[name] == 0 else Partial(name, ())
            case Apply(function, argument):
                return self.apply(
                    self.evaluate(function, scope), Thunk(lambda: self.evaluate(argument, scope))
                )

    def apply(self, function: Any, argument: Thunk) -> Any:
        if isinstance(function, Closure):
            return self.evaluate(function.body, (argument, *function.scope))
        if isinstance(function, Native):
            return function.enter(argument)
        arguments = (*function.arguments, argument)
        if len(arguments) < ARITY[function.name]:
            return Partial(function.name, arguments)
        return self.saturated(function.name, arguments)

    def call(self, function: Any, *values: Any) -> Any:
        for value in values:
            function = self.apply(function, known(value))
        return function

    def saturated(self, name: str, arguments: tuple[Thunk, ...]) -> Any:
        if name == "if":
            condition, chosen, other = arguments
            return chosen.force() if condition.force() else other.force()
        values = [argument.force() for argument in arguments]
        match name, values:
            case "0", []:
                return 0
            case "1", []:
                return 1
            case "empty", []:
                return ()
            case "+", [x, y]:
                return _bounded(x + y)
            case "-", [x, y]:
                return _bounded(x - y)
            case "*", [x, y]:
                return _bounded(x * y)
            case "mod", [x, y]:
                if y == 0:
                    raise Failed("division by zero")
                return abs(x) % abs(y) * (1 if x >= 0 else -1)  # truncated: the sign of x
            case "gt?", [x, y]:
                return x > y
            case "eq?", [x, y]:
                return x == y
            case "is-prime", [x]:
                return _is_prime(x)
            case "is-square", [x]:
                return x >= 0 and _root(x) ** 2 == x
            case (("REAL" | "STRING"), []):
                raise Failed("unevaluable")
            case constant, []:
                return CONSTANTS[constant]
            case "+.", [x, y]:
                return _finite(x + y)
            case "-.", [x, y]:
                return _finite(x - y)
            case "*.", [x, y]:
                return _finite(x * y)
            case "/.", [x, y]:
                if y == 0:
                    raise Failed("division by zero")
                return _finite(x / y)
            case "power", [x, y]:
                return _power(x, y)
            case "char-eq?", [c, d]:
                return c == d
            case "zip", [xs, ys, f]:
                if len(xs) != len(ys):
                    raise Failed("lengths")
                return tuple(self.call(f, x, y) for x, y in zip(xs, ys, strict=True))
            case "cons", [x, xs]:
                return (x, *xs)
            case "car", [xs]:
                if not xs:
                    raise Failed("empty list")
                return xs[0]
            case "cdr", [xs]:
                if not xs:
                    raise Failed("empty list")
                return xs[1:]
            case "empty?", [xs]:
                return not xs
            case "length", [xs]:
                return len(xs)
            case "index", [i, xs]:
                if not 0 <= i < len(xs):
                    raise Failed("index")
                return xs[i]
            case "range", [n]:
                if n > MAX_RANGE:
                    raise Failed("range")
                return tuple(range(n))
            case "map", [f, xs]:
                return tuple(self.call(f, x) for x in xs)
            case "fold", [xs, z, f]:
                for x in reversed(xs):
                    z = self.call(f, x, z)
                return z
            case "unfold", [x, p, h, n]:
                return self.unfold(x, p, h, n)
            case "fix1", [x, f]:
                return self.fix(f, x)
            case _:
                raise AssertionError(name)

    def unfold(self, x: Any, stop: Any, head: Any, following: Any) -> tuple[Any, ...]:
        made: list[Any] = []
        while not self.call(stop, x):
            if len(made) == MAX_UNFOLD:
                raise Failed("unfold")
            made.append(self.call(head, x))
            x = self.call(following, x)
        return tuple(made)

    def fix(self, function: Any, x: Any) -> Any:
        """`function` gets itself, closed over a count of how often it was entered, and the argument."""
        entered = 0

        def enter(argument: Thunk) -> Any:
            nonlocal entered
            entered += 1
            if entered > MAX_RECURSION:
                raise Failed("recursion")
            return self.apply(self.apply(function, known(itself)), argument)

        itself = Native(enter)
        return enter(known(x))


def _bounded(x: int) -> int:
    if abs(x) > LARGEST:
        raise Failed("overflow")
    return x


def _finite(x: float) -> float:
    if math.isinf(x):
        raise Failed("overflow")
    return x + 0.0  # no negative zero


def _power(x: float, y: float) -> float:
    if x == 0 and y < 0:
        raise Failed("division by zero")
    try:
        return math.pow(x, y) + 0.0
    except OverflowError:
        raise Failed("overflow") from None
    except ValueError:
        raise Failed("domain") from None


def written(name: str) -> Any:
    """The value of a constant that is written in a program."""
    if name.startswith('"'):
        return tuple(re.sub(r"\\(.)", r"\1", name[1:-1], flags=re.DOTALL))
    return float(name) + 0.0


def _is_prime(x: int) -> bool:
    if x < 2:
        return False
    divisor = 2
    while divisor * divisor <= x:
        if divisor > 100_000:
            raise Failed("fuel")
        if x % divisor == 0:
            return False
        divisor += 1
    return True


def _root(x: int) -> int:
    """The largest integer whose square is at most x."""
    low, high = 0, x + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle * middle <= x else (low, middle)
    return low


def _inward(value: Any) -> Any:
    return tuple(map(_inward, value)) if isinstance(value, list | tuple) else value


def _outward(value: Any) -> Any:
    return list(map(_outward, value)) if isinstance(value, tuple) else value
