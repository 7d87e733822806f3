"""SMT-LIB's functions on strings in the engine, against a slow reading of the theory's own definitions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Failure, Language, Term, Type

SIGNATURES = {
    "str.++": "str -> str -> str",
    "str.at": "str -> int -> str",
    "str.substr": "str -> int -> int -> str",
    "str.indexof": "str -> str -> int -> int",
    "str.replace": "str -> str -> str -> str",
    "str.len": "str -> int",
    "str.from_int": "int -> str",
    "str.to_int": "str -> int",
    "str.prefixof": "str -> str -> bool",
    "str.suffixof": "str -> str -> bool",
    "str.contains": "str -> str -> bool",
}
LANGUAGE = Language([(name, Type.parse(type_)) for name, type_ in SIGNATURES.items()])


def slow(name: str, arguments: tuple[Any, ...]) -> Any:
    """What the theory says, character by character."""
    match name, arguments:
        case "str.++", (s, t):
            return "".join([*s, *t])
        case "str.at", (s, i):
            return next((c for place, c in enumerate(s) if place == i), "")
        case "str.substr", (s, i, n):
            if not 0 <= i < len(s) or n <= 0:
                return ""
            return "".join(c for place, c in enumerate(s) if i <= place < i + n)
        case "str.indexof", (s, t, i):
            places = [place for place in range(len(s) + 1) if place >= i >= 0 and _stands_at(t, s, place)]
            return min(places, default=-1)
        case "str.replace", (s, t, u):
            for place in range(len(s) + 1):
                if _stands_at(t, s, place):
                    return s[:place] + u + s[place + len(t) :]
            return s
        case "str.len", (s,):
            return sum(1 for _ in s)
        case "str.from_int", (n,):
            return "".join(str(n)) if n >= 0 else ""
        case "str.to_int", (s,):
            number = 0
            for c in s:
                if c not in "0123456789":
                    return -1
                number = 10 * number + "0123456789".index(c)
            return number if s else -1
        case "str.prefixof", (s, t):
            return any(s + t[place:] == t for place in range(len(t) + 1) if place == len(s))
        case "str.suffixof", (s, t):
            return any(t[:place] + s == t for place in range(len(t) + 1))
        case _, (s, t):
            return any(_stands_at(t, s, place) for place in range(len(s) + 1))


def _stands_at(part: str, text: str, place: int) -> bool:
    return [*text[place : place + len(part)]] == [*part]


def given_by_the_engine(name: str, arguments: tuple[Any, ...]) -> Any:
    request = Type.parse(SIGNATURES[name])
    program = LANGUAGE.eta_long(Term.primitive(name), request)
    [found] = LANGUAGE.evaluate(program, request, [arguments])
    return found


TEXTS = st.text("ab-1", max_size=6) | st.text(max_size=4) | st.text("0123456789", max_size=17)
NUMBERS = st.integers(-3, 9) | st.integers(-(2**62), 2**62)


@given(st.sampled_from(sorted(SIGNATURES)), st.data())
def test_operations_are_smt_libs(name: str, data: st.DataObject) -> None:
    *takes, _ = SIGNATURES[name].split(" -> ")
    arguments = tuple(data.draw(TEXTS if each == "str" else NUMBERS) for each in takes)
    assert given_by_the_engine(name, arguments) == slow(name, arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("str.at", ("abc", -1), ""),
        ("str.at", ("abc", 3), ""),
        ("str.substr", ("abc", 1, 99), "bc"),
        ("str.substr", ("abc", 3, 1), ""),
        ("str.substr", ("abc", 0, 0), ""),
        ("str.substr", ("", 0, 1), ""),
        ("str.indexof", ("abc", "", 3), 3),
        ("str.indexof", ("abc", "", 4), -1),
        ("str.indexof", ("abab", "ab", 1), 2),
        ("str.indexof", ("abc", "x", 0), -1),
        ("str.replace", ("abc", "", "x"), "xabc"),
        ("str.replace", ("abc", "x", "y"), "abc"),
        ("str.to_int", ("",), -1),
        ("str.to_int", ("007",), 7),
        ("str.to_int", ("-7",), -1),
        ("str.from_int", (-7,), ""),
        ("str.prefixof", ("", ""), True),
        ("str.contains", ("", ""), True),
    ],
)
def test_edges(name: str, arguments: tuple[Any, ...], value: Any) -> None:
    assert given_by_the_engine(name, arguments) == value == slow(name, arguments)


def test_a_number_beyond_the_machines_is_a_failure() -> None:
    largest = str(2**62)
    assert given_by_the_engine("str.to_int", (largest,)) == 2**62
    found = given_by_the_engine("str.to_int", (str(2**62 + 1),))
    assert isinstance(found, Failure) and found.reason == "overflow"
    assert given_by_the_engine("str.to_int", ("9" * 30 + "x",)) == -1
