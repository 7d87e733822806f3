"""Hostile programs end by a bound, or as a value. Their time is a row of `wakesleep bench enumeration`."""

from __future__ import annotations

import pytest

from benchmarks.enumeration.hostile import HOSTILE, LANGUAGE, Hostile
from engine import Failure, Limits, Term, Type


def outcome(case: Hostile, limits: Limits | None = None) -> str:
    (found,) = LANGUAGE.evaluate(
        Term.parse(case.program), Type.parse(case.request), [case.inputs], limits or Limits()
    )
    return found.reason if isinstance(found, Failure) else "value"


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_it_ends_by_a_bound_or_as_a_value(case: Hostile) -> None:
    assert outcome(case) in case.ends


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_narrow_bounds_are_kept_too(case: Hostile) -> None:
    assert outcome(case, Limits(fuel=50, stack_bytes=4096, arena_bytes=4096)) in case.ends | {
        "fuel",
        "depth",
        "memory",
    }
