"""Whatever is trained, promoted and rolled back, in any order: the adapter in use is the one promoted last
that wasn't rolled back, for the keeper as for the API's repository, and nothing else of a version changes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import Database
from app.db.models import VersionRow
from app.db.repositories import ModelFilter, ModelRepository
from app.errors import Conflict
from app.workflows.keeper import DatabaseKeeper
from tests.app.test_abstractions import started
from tests.app.test_models_api import DREAM, adapter

#: A sleep (promoted or not), or an action on the version with this number, modulo how many there are.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sleep"), st.booleans()),
        st.tuples(st.just("promote"), st.integers(0, 5)),
        st.tuples(st.just("roll back"), st.integers(0, 5)),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def module_database(tmp_path_factory: pytest.TempPathFactory):
    from app.db.migrate import upgrade

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('promotion') / 'a.db'}")
    upgrade(database)
    yield database
    database.close()


@settings(max_examples=40)
@given(STEPS)
def test_the_one_promoted_last_is_in_use(
    module_database: Database, steps: list[tuple[str, int | bool]]
) -> None:
    keeper = started(module_database)
    sleeps = 0
    promoted: list[int] = []  # iterations, the one in use last
    for action, value in steps:
        if action == "sleep":
            dream = replace(DREAM, adapter=adapter(str(sleeps)), adapter_promoted=bool(value))
            keeper.record_dream(sleeps, dream)
            promoted += [sleeps] if value else []
            sleeps += 1
        elif sleeps:
            chosen = int(value) % sleeps
            version = versions(keeper)[chosen]
            with module_database.write() as session:
                repository = ModelRepository(session)
                if action == "promote":
                    _, changed = repository.promote(version.id)
                    assert changed == (promoted[-1:] != [chosen])
                    promoted = [iteration for iteration in promoted if iteration != chosen] + [chosen]
                elif promoted[-1:] == [chosen]:
                    promoted.pop()
                    _, instead = repository.roll_back(version.id, None)
                    assert (instead and instead.iteration) == (promoted[-1] if promoted else None)
                else:
                    with pytest.raises(Conflict):
                        repository.roll_back(version.id, None)
        agrees(keeper, promoted, sleeps)


def versions(keeper: DatabaseKeeper) -> list[VersionRow]:
    with keeper.database.read() as session:
        return ModelRepository(session).page(500, None, ModelFilter(run_id=keeper.run_id, kind="adapter"))


def agrees(keeper: DatabaseKeeper, promoted: list[int], sleeps: int) -> None:
    for before in range(sleeps + 1):
        earlier = [iteration for iteration in promoted if iteration < before]
        assert keeper.adapter(before) == (adapter(str(earlier[-1])) if earlier else None)
    for iteration in range(sleeps):
        dream = keeper.dream(iteration)
        assert dream is not None and dream.adapter == adapter(str(iteration)) and dream.promoted
        assert dream.adapter_promoted == (iteration in promoted)
    with keeper.database.read() as session:
        repository = ModelRepository(session)
        in_use = [version.iteration for version in versions(keeper) if repository.in_use(version)]
    assert in_use == promoted[-1:]
