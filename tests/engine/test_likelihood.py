"""Likelihoods against the reference, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import EngineError, Likelihood, Type
from tests.reference import likelihood as reference

REALS = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, -0.0, 1.0, 1.0 + 1e-9, 1e300, -1e300]))
TEXTS = st.text("ab,\U0001f600", max_size=8)


def values(type_: str) -> st.SearchStrategy[Any]:
    element = {
        "int": st.integers(-2, 2),
        "bool": st.booleans(),
        "real": REALS,
        "char": st.sampled_from("abc"),
    }
    if type_ in element:
        return element[type_]
    inner = type_.removeprefix("list(").removesuffix(")")
    return TEXTS if inner == "char" else st.lists(values(inner), max_size=5)


@st.composite
def pairs(draw: st.DrawFn, *types: str) -> tuple[Any, Any, str]:
    """Output, wanted and their type: independent, equal, or close."""
    type_ = draw(st.sampled_from(types))
    wanted = draw(values(type_))
    nearby = draw(st.sampled_from([None, 0.0, 1e-13, 1e-10, 1e-3, 1.0]))
    return (draw(values(type_)) if nearby is None else moved(wanted, nearby)), wanted, type_


def moved(value: Any, by: float) -> Any:
    if isinstance(value, list):
        return [moved(each, by) for each in value]
    return value + by if isinstance(value, float) else value


ALL = ("int", "bool", "real", "char", "list(char)", "list(real)", "list(list(real))", "list(list(char))")


def agree(found: float, expected: float) -> bool:
    return found == expected or math.isclose(found, expected, rel_tol=1e-12)


@given(pairs(*ALL))
def test_exact(case: tuple[Any, Any, str]) -> None:
    output, wanted, type_ = case
    found = Likelihood.exact().score(output, wanted, Type.parse(type_))
    assert found == reference.exact(output, wanted)


@given(pairs(*ALL), st.sampled_from([0.0, 1e-9, 1e-2]), st.sampled_from([0.0, 1e-12, 0.5]))
def test_tolerance(case: tuple[Any, Any, str], relative: float, absolute: float) -> None:
    output, wanted, type_ = case
    found = Likelihood.tolerance(relative, absolute).score(output, wanted, Type.parse(type_))
    assert found == reference.tolerance(relative, absolute, output, wanted)


@given(pairs(*ALL), st.floats(1e-3, 1e3))
def test_gaussian(case: tuple[Any, Any, str], sigma: float) -> None:
    output, wanted, type_ = case
    found = Likelihood.gaussian(sigma).score(output, wanted, Type.parse(type_))
    try:
        expected = reference.gaussian(sigma, output, wanted)
    except OverflowError:
        expected = -math.inf
    assert agree(found, expected)
    assert found <= 0


@given(
    pairs("list(int)", "list(char)", "list(list(char))", "list(list(int))", "int", "real"),
    st.floats(0.1, 10),
    st.integers(0, 6),
)
def test_edit_distance(case: tuple[Any, Any, str], nats: float, most: int) -> None:
    output, wanted, type_ = case
    found = Likelihood.edit_distance(nats, most).score(output, wanted, Type.parse(type_))
    assert agree(found, reference.edit_distance(nats, most, output, wanted))


@given(st.text("ab", max_size=30), st.text("ab", max_size=30), st.integers(0, 12))
def test_edit_distance_within_a_narrow_band(output: str, wanted: str, most: int) -> None:
    found = Likelihood.edit_distance(1.0, most).score(output, wanted, Type.parse("list(char)"))
    assert found == reference.edit_distance(1.0, most, output, wanted)


def test_noise_is_scored_against_the_perfect_fit() -> None:
    noisy = Likelihood.gaussian(0.5)
    assert noisy.score([1.0, 2.0], [1.0, 2.0], Type.parse("list(real)")) == 0
    density = [math.log(1 / (0.5 * math.sqrt(2 * math.pi))) - (off / 0.5) ** 2 / 2 for off in (0.0, 0.25)]
    assert agree(noisy.score(1.25, 1.0, Type.parse("real")), density[1] - density[0])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_bad_parameters_are_refused(bad: float) -> None:
    for make in (
        lambda: Likelihood.tolerance(bad, 0.0),
        lambda: Likelihood.tolerance(0.0, bad),
        lambda: Likelihood.gaussian(bad),
        lambda: Likelihood.edit_distance(bad, 1),
    ):
        with pytest.raises(EngineError):
            make()
    for wrong in (lambda: Likelihood.gaussian(0.0), lambda: Likelihood.edit_distance(0.0, 1)):
        with pytest.raises(EngineError):
            wrong()
    for most in (-1, 1001):
        with pytest.raises(EngineError):
            Likelihood.edit_distance(1.0, most)


def test_values_of_another_type_are_refused() -> None:
    for output, type_ in (("ab", "char"), (1.5, "int"), ([1.5], "list(char)"), (1, "int -> int"), (1, "t0")):
        with pytest.raises(EngineError):
            Likelihood.exact().score(output, output, Type.parse(type_))


def test_equality_hash_and_form() -> None:
    made = {
        "Likelihood.exact()": Likelihood.exact,
        "Likelihood.tolerance(relative=1e-09, absolute=1e-12)": Likelihood.tolerance,
        "Likelihood.tolerance(relative=1e-09, absolute=0.0)": lambda: Likelihood.tolerance(absolute=0.0),
        "Likelihood.gaussian(sigma=0.25)": lambda: Likelihood.gaussian(0.25),
        "Likelihood.edit_distance(nats_per_edit=2.0, max_edits=3)": lambda: Likelihood.edit_distance(2, 3),
    }
    for text, make in made.items():
        assert repr(make()) == text
        assert make() == make() and hash(make()) == hash(make())
    assert len({make() for make in made.values()}) == len(made)
    assert Likelihood.exact() != "exact"
