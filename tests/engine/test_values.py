"""Values at the boundary: what is read, what comes back, what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import EngineError, Language, Likelihood, Term, Type

IDENTITY = Term.parse("(lambda $0)")
NOTHING = Language([("cons", "t0 -> list(t0) -> list(t0)"), ("car", "list(t0) -> t0")])

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)  # whole characters: no surrogates
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**62), 2**62),
    "bool": st.booleans(),
    "real": st.floats(allow_nan=False, allow_infinity=False),
    "char": st.characters(exclude_categories=["Cs"]),
    "list(char)": TEXT,
    "list(real)": st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5),
    "list(list(char))": st.lists(TEXT, max_size=4),
    "list(list(bool))": st.lists(st.lists(st.booleans(), max_size=3), max_size=3),
}


def there_and_back(value: Any, type_: str) -> Any:
    (found,) = NOTHING.evaluate(IDENTITY, Type.parse(f"{type_} -> {type_}"), [(value,)])
    return found


def same(left: Any, right: Any) -> bool:
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


@given(st.sampled_from(sorted(BY_TYPE)).flatmap(lambda type_: st.tuples(st.just(type_), BY_TYPE[type_])))
def test_values_come_back_as_they_went_in(case: tuple[str, Any]) -> None:
    type_, value = case
    assert same(there_and_back(value, type_), value)


@pytest.mark.parametrize(
    ("type_", "value", "back"),
    [
        ("real", 3, 3.0),
        ("real", -(2**63), -(2.0**63)),
        ("list(real)", [1, 2.5], [1.0, 2.5]),
        ("list(char)", ["a", "b"], "ab"),
        ("list(char)", [], ""),
        ("list(char)", ("\U0001f600", "é"), "\U0001f600é"),
        ("list(char)", "\ufeffmark", "\ufeffmark"),
        ("list(char)", "nul\0inside", "nul\0inside"),
        ("list(list(char))", ["ab", ["c"]], ["ab", "c"]),
    ],
)
def test_other_ways_to_write_a_value(type_: str, value: Any, back: Any) -> None:
    assert same(there_and_back(value, type_), back)


def test_zero_has_one_sign() -> None:
    assert math.copysign(1, there_and_back(-0.0, "real")) == 1
    assert Likelihood.exact().score([-0.0], [0.0], Type.parse("list(real)")) == 0


def test_texts_are_lists_of_characters_to_programs() -> None:
    program = Term.parse("(lambda (cons (car $0) $0))")
    request = Type.parse("list(char) -> list(char)")
    assert NOTHING.evaluate(program, request, [("ab",)]) == ["aab"]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("real", math.nan),
        ("real", math.inf),
        ("real", -math.inf),
        ("real", True),
        ("real", "1"),
        ("list(real)", [1.0, math.nan]),
        ("int", 1.0),
        ("bool", 1.0),
        ("char", ""),
        ("char", "ab"),
        ("char", 97),
        ("char", ["a"]),
        ("char", "\ud800"),
        ("list(char)", "half \udfff"),
        ("list(char)", ["ab"]),
        ("list(char)", [1]),
        ("list(char)", b"ab"),
        ("list(char)", "a" * 1_000_001),
        ("list(int)", "ab"),
        ("list(list(int))", ["ab"]),
        ("list(list(char))", "ab"),
    ],
)
def test_what_does_not_fit_is_refused(type_: str, value: Any) -> None:
    with pytest.raises(EngineError):
        there_and_back(value, type_)
