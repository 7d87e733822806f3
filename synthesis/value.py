"""Values of examples and their first-order types.

A type here is canonical text ("int", "list(bool)") without variables or inner arrows, since it has to be the
type of something that JSON can hold. A text is a `list(char)`, which requests may also write `str`; in JSON
it is a string, and so is a `char`. The general types of programs are the engine's.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, Literal

Value = int | bool | float | str | list[Any]

TEXT = "list(char)"
SCALARS = ("int", "bool", "real", "char", "tower", "turtle")

MAX_LIST_LENGTH = 1_000
MAX_TEXT_LENGTH = 10_000  # characters
MAX_DEPTH = 8  # lists within lists
MAX_VALUES = 100_000  # numbers, booleans, characters, texts and lists in all examples of one task
MAX_REQUEST = 500  # characters
UNKNOWN = "?"  # the element type of a list that has only been seen empty


class ValueProblem(ValueError):
    """A value or a type that can't be used, and why; the caller knows where it stands."""

    def __init__(self, kind: Literal["malformed", "ill-typed", "unsupported"], detail: str):
        self.kind: Literal["malformed", "ill-typed", "unsupported"] = kind
        super().__init__(detail)


def check_value(value: Any, budget: int = MAX_VALUES, depth: int = MAX_DEPTH) -> int:
    """What is left of `budget`, a number of values, after this one; raises ValueProblem."""
    if budget <= 0:
        raise ValueProblem("malformed", f"the examples hold more than {MAX_VALUES} values; leave some out")
    budget -= 1
    if type(value) is bool:
        return budget
    if type(value) is int:
        if not -(1 << 63) <= value < 1 << 63:
            raise ValueProblem("ill-typed", f"the integer {brief(value)} doesn't fit in 64 bits")
        return budget
    if type(value) is float:
        if not math.isfinite(value):
            raise ValueProblem("ill-typed", f"the number {brief(value)} isn't finite")
        return budget
    if type(value) is str:
        return _check_text(value, budget)
    if not isinstance(value, list):
        raise ValueProblem(
            "ill-typed", f"{brief(value)} is {kind_of(value)}; use numbers, true, false, strings, lists"
        )
    if depth == 0:
        raise ValueProblem("malformed", f"its lists nest deeper than {MAX_DEPTH}")
    if len(value) > MAX_LIST_LENGTH:
        raise ValueProblem("malformed", f"a list has {len(value)} elements; shorten it to {MAX_LIST_LENGTH}")
    element = UNKNOWN
    for item in value:
        budget = check_value(item, budget, depth - 1)
        joined = join(element, type_of(item))
        if joined is None:
            mixed = f"the list {brief(value)} mixes {element} and {type_of(item)}"
            raise ValueProblem("ill-typed", f"{mixed}; give all elements one type")
        element = joined
    return budget


def _check_text(text: str, budget: int) -> int:
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueProblem("malformed", f"a text has {len(text)} characters; shorten it to {MAX_TEXT_LENGTH}")
    if "\0" in text:
        raise ValueProblem("malformed", f"the text {brief(text)} holds a NUL character; leave it out")
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise ValueProblem("malformed", f"the text {brief(text)} holds half a surrogate pair; leave it out")
    if len(text) > budget:
        raise ValueProblem("malformed", f"the examples hold more than {MAX_VALUES} values; leave some out")
    return budget - len(text)


def type_of(value: Value) -> str:
    """The type of a checked value, with `?` for the elements of an empty list. A string is taken for a
    text."""
    if isinstance(value, list):
        element = UNKNOWN
        for item in value:
            element = join(element, type_of(item)) or UNKNOWN
        return f"list({element})"
    return {bool: "bool", float: "real", str: TEXT}.get(type(value), "int")


def join(one: str, other: str) -> str | None:
    """The type that both are, what is unknown in one filled in from the other; None where they differ.

    An integer among reals is a real. A text, and a list that has only been seen empty, are two things.
    """
    if one == other:
        return one
    if UNKNOWN in (one, other):
        known = other if one == UNKNOWN else one
        return None if known == "char" else known
    if {one, other} == {"int", "real"}:
        return "real"
    if one.startswith("list(") and other.startswith("list("):
        element = join(one[5:-1], other[5:-1])
        return None if element is None else f"list({element})"
    return None


def conform(value: Value, type_: str) -> Value | None:
    """A checked value as one of a known type, integers made reals where those are asked for; None where it
    isn't of that type. Lists are copied."""
    if type_ == TEXT:
        return value if type(value) is str else None
    if type_ == "tower":
        return _rows(value, 3, int)
    if type_ == "turtle":
        return _rows(value, 4, float)
    if type_.startswith("list("):
        if not isinstance(value, list):
            return None
        items = [conform(item, type_[5:-1]) for item in value]
        return None if any(item is None for item in items) else items
    if type_ == "real":
        # No negative zero: the engine has none.
        return float(value) + 0.0 if isinstance(value, int | float) and type(value) is not bool else None
    if type_ == "char":
        return value if type(value) is str and len(value) == 1 else None
    return value if type(value) is {"int": int, "bool": bool}.get(type_) else None


def _rows(value: Value, width: int, number: type[int] | type[float]) -> Value | None:
    """Rows of so many numbers: blocks of a plan, strokes of a drawing. Whole reals may stand for integers."""
    if not isinstance(value, list):
        return None
    for row in value:
        if not isinstance(row, list) or len(row) != width or {type(cell) for cell in row} - {int, float}:
            return None
        if number is int and any(cell != int(cell) for cell in row):
            return None
    return [[number(cell) + number(0) for cell in row] for row in value]


def conforming(value: Any, type_: str) -> Value:
    """A value, checked, as an argument of this type; raises ValueProblem where it can't be one."""
    check_value(value)
    conformed = conform(value, type_)
    if conformed is None:
        raise ValueProblem("ill-typed", f"the program takes {type_} where {brief(value)} is given")
    return conformed


def scalars(types: Iterable[str]) -> set[str]:
    """What these types are made of: of `SCALARS`, those that occur."""
    return {type_.replace("list(", "").rstrip(")") for type_ in types}


def parse_request(text: str) -> tuple[list[str], str]:
    """Argument types and return type of a first-order request; raises ValueProblem."""
    if len(text) > MAX_REQUEST:
        raise ValueProblem(
            "malformed", f"the request has {len(text)} characters; shorten it to {MAX_REQUEST}"
        )
    parts = [part.strip() for part in text.split("->")]
    if len(parts) < 2:
        raise ValueProblem(
            "unsupported", f'the request {brief(text)} has no arrow; write "list(int) -> int", say'
        )
    types: list[str] = []
    for part in parts:
        inner, depth = re.sub(r"\s+", "", part), 0
        while match := re.fullmatch(r"list\((.*)\)", inner):
            inner, depth = match[1], depth + 1
        if inner == "str":
            inner, depth = "char", depth + 1
        if depth > MAX_DEPTH:
            raise ValueProblem("malformed", f"the request nests more than {MAX_DEPTH} lists")
        if inner not in SCALARS:
            a_name = re.fullmatch(r"[A-Za-z_][\w-]*", inner) and inner != "list"
            raise ValueProblem(
                "unsupported" if a_name else "malformed",
                f"the request {brief(text)} has the part {brief(part)}; "
                'types are int, bool, real, char, str, tower, turtle and list(...) of them, joined by "->"',
            )
        types.append("list(" * depth + inner + ")" * depth)
    return types[:-1], types[-1]


def kind_of(value: Any) -> str:
    """What a parsed JSON value is, in words."""
    if value is None:
        return "null"
    kinds = {
        bool: "true or false",
        int: "an integer",
        float: "a number with a fraction or an exponent",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), type(value).__name__)


def brief(value: Any) -> str:
    """JSON of a value, cut where it is long."""
    if type(value) is int and abs(value) >= 10**40:
        return f"of {value.bit_length()} bits"
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."
