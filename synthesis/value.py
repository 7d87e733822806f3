"""Values of examples and their first-order types.

A type here is canonical text ("int", "list(bool)") without variables or inner arrows, since it has to be the
type of something that JSON can hold. The general types of programs are the engine's.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

Value = int | bool | list[Any]

MAX_LIST_LENGTH = 1_000
MAX_DEPTH = 8  # lists within lists
MAX_VALUES = 100_000  # integers, booleans and lists in all examples of one task
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
    if not isinstance(value, list):
        raise ValueProblem(
            "ill-typed", f"{brief(value)} is {kind_of(value)}; use integers, true, false, lists"
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


def type_of(value: Value) -> str:
    """The type of a checked value, with `?` for the elements of an empty list."""
    if isinstance(value, list):
        element = UNKNOWN
        for item in value:
            element = join(element, type_of(item)) or UNKNOWN
        return f"list({element})"
    return "bool" if isinstance(value, bool) else "int"


def join(one: str, other: str) -> str | None:
    """The type that both are, what is unknown in one filled in from the other; None where they differ."""
    if one == other or other == UNKNOWN:
        return one
    if one == UNKNOWN:
        return other
    if one.startswith("list(") and other.startswith("list("):
        element = join(one[5:-1], other[5:-1])
        return None if element is None else f"list({element})"
    return None


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
        if depth > MAX_DEPTH:
            raise ValueProblem("malformed", f"the request nests more than {MAX_DEPTH} lists")
        if inner not in ("int", "bool"):
            a_name = re.fullmatch(r"[A-Za-z_][\w-]*", inner) and inner != "list"
            raise ValueProblem(
                "unsupported" if a_name else "malformed",
                f"the request {brief(text)} has the part {brief(part)}; "
                'types are int, bool and list(...) of them, joined by "->"',
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
