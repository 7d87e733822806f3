"""The laws of motion and gravitation come back from trajectories, in seconds."""

from __future__ import annotations

import math

import pytest

from benchmarks.newton import rows
from library.domains.trajectories import GRAVITY, accelerations, positions, sought_laws


def test_the_integrator_keeps_energy_and_angular_momentum() -> None:
    """On an ellipse, around a star of mass 1, for a year of the circle through its start."""

    def towards(at: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(-GRAVITY * x / math.hypot(*at) ** 3 for x in at)

    step, start = 0.002, (1.0, 0.0, 0.0, 0.9 * math.sqrt(GRAVITY))
    seen = positions(start, towards, step, 500)
    nearest, farthest = min(math.hypot(*at) for at in seen), max(math.hypot(*at) for at in seen)
    # By the conservation of both: r = 1 is the farthest, and 0.81 / (2 - 0.81) the nearest.
    assert farthest == pytest.approx(1.0, abs=1e-9)
    assert nearest == pytest.approx(0.81 / 1.19, rel=1e-4)
    for at, acceleration in zip(seen[2:-2], accelerations(seen, step), strict=True):
        assert acceleration == pytest.approx(towards(at), rel=1e-6, abs=1e-6)


def test_tasks_follow_from_a_seed() -> None:
    assert sought_laws(3) == sought_laws(3) != sought_laws(4)


def test_the_laws_come_back() -> None:
    pytest.importorskip("sympy")
    found = list(rows(seconds=10.0, seed=0))
    assert len(found) == 5
    for row in found:
        assert row.detail.get("equivalent") is True, row
        assert row.detail["largest_error_elsewhere"] < 1e-7, row
    assert found[1].detail["formula"] == "F/m"
    *_, constant = found[-1].detail["formula"].split("*")[:1]
    assert float(constant) == pytest.approx(GRAVITY, rel=1e-7)
