"""Twenty times kill -9 of API, workers and database at random: nothing accepted is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.soak import own_server, soak

KILLS = 20


@pytest.mark.slow
def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with own_server() as (server, url):
        found = soak(tmp_path, server, url, KILLS, seed=7)
    assert sum(found["victims"].values()) == KILLS and len(found["victims"]) == 3
    assert found["runs"] >= 1 and found["solved"] >= 4 and found["abstractions"] >= 1
