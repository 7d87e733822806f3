"""One search for one task, with a library of our database: what a request, a job and a batch's line do."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.db.repositories import LibraryRepository, ModelRepository
from app.db.session import Database
from app.errors import Unprocessable
from app.surface import library_of
from engine import Cancellation
from library.snapshot import Library
from synthesis.answer import answer
from synthesis.deduction import deduction_guides
from synthesis.frontier import Entry
from synthesis.guide import Guide, MissingGuide
from synthesis.prior import FittedPrior
from synthesis.recognition import RecognitionError
from synthesis.report import finite
from synthesis.run_guides import stored_network_guide
from synthesis.task import Task
from synthesis.wake import WakeBudget, wake


@dataclass(frozen=True)
class Found:
    """What a search came to: the line that is answered, and the programs that are kept, best first."""

    line: dict[str, Any]
    entries: tuple[Entry, ...]


def search(
    database: Database,
    task: Task,
    seconds: float,
    reference: str | None,
    cancellation: Cancellation | None = None,
) -> Found:
    """Search for at most so many CPU seconds with the library version that `reference` names, or the newest
    of the task's domain, and the network in use for that. Raises NotFound and Unprocessable."""
    library = _library(database, task.domain, reference)
    budget = WakeBudget(seconds)
    attempt = wake(task, library, _guides(database, library), budget, cancellation=cancellation)
    return Found(finite(answer(task, library, attempt, budget)), attempt.entries)


def _guides(database: Database, library: Library) -> list[Guide]:
    """As in the wake of a run that has no language model to ask, cheapest first."""
    guides: list[Guide] = [*deduction_guides(library), FittedPrior(library.grammar)]
    with database.read() as session:
        version = ModelRepository(session).network_id(library.content_hash)
    if version is not None:
        guides.append(_network(_Network(version, database, library)))
    return guides


@dataclass(frozen=True)
class _Network:
    """A version of a network, known by its id."""

    version: str
    database: Database = field(compare=False)
    library: Library = field(compare=False)


@lru_cache(maxsize=4)
def _network(asked: _Network) -> Guide:
    """Read once, or a stand-in that says why it can't be used here."""
    with asked.database.read() as session:
        content = ModelRepository(session).get(asked.version).content
    try:
        return stored_network_guide(asked.library, content)
    except RecognitionError as error:
        return MissingGuide("network", str(error))


def _library(database: Database, domain: str, reference: str | None) -> Library:
    with database.read() as session:
        repository = LibraryRepository(session)
        row = repository.current(domain) if reference is None else repository.find(reference)
        if row is not None and row.domain != domain:
            raise Unprocessable(f"library {reference} is for domain {row.domain!r}, not for {domain!r}")
        return library_of(domain, row)
