"""The page of dreams: those that one run kept, with their tasks and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.api.access import READ
from app.api.dependencies import DatabaseDependency
from app.api.v1.model_schemas import DreamSource
from app.dashboard.filters import ID, NUMBER, TEXT, chosen
from app.dashboard.pages import render
from app.dashboard.plots import plot, points_of
from app.dashboard.routes import PageRoute
from app.dashboard.tasks.inference import written
from app.dashboard.tasks.programs import Form, with_names
from app.db.models import DreamRow, ModelRow, RunRow
from app.db.repositories import DreamFilter, DreamRepository, LibraryRepository, RunRepository
from app.db.repositories.dreams import Found
from app.surface import library_of
from engine import EngineError
from library.domain import domain_names
from library.snapshot import Library

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_SHOWN = 24
_RUNS = 50
_EXAMPLES = 3


@dataclass(frozen=True)
class ShownDream:
    """`plot`: of a function of one real number. `names`: of what its library had learned."""

    row: DreamRow
    type: str
    form: Form
    names: frozenset[str]
    plot: Markup | None


@router.get("/dreams", dependencies=[READ])
def dreams_page(request: Request, database: DatabaseDependency) -> Response:
    """A run's dreams in the order of their keeping; those of the newest run that has any."""
    run_id, after = chosen(request, "run", ID), chosen(request, "after", ID)
    domain = chosen(request, "domain", TEXT)
    source = chosen(request, "source", "|".join(DreamSource))
    number = chosen(request, "iteration", NUMBER)
    iteration = None if number is None else int(number)
    with database.read() as session:
        runs = _runs(session, domain)
        if run_id is not None:
            run = RunRepository(session).get(run_id)
            if domain is not None and run.domain != domain:
                run = None  # a domain was chosen after the run: show the newest of that domain
        else:
            run = None
        run = run or (RunRepository(session).get(runs[0].id) if runs else None)
        found: list[Found] = []
        counts: dict[str, int] = {}
        iterations: list[int] = []
        if run is not None:
            repository = DreamRepository(session)
            wanted = DreamFilter(run.id, iteration, source)
            found = repository.page(_SHOWN + 1, after, wanted)
            counts = repository.sources(run.id)
            iterations = _iterations(session, run.id)
        dreams = _shown(session, found[:_SHOWN])
    return render(
        "dreams/dreams.html",
        run=run,
        runs=runs,
        dreams=dreams,
        counts=counts,
        iterations=iterations,
        following=dreams[-1].row.id if len(found) > _SHOWN else None,
        after=after,
        filters={"run": run.id if run else None, "domain": domain, "source": source, "iteration": iteration},
        domains=domain_names(),
        shown_examples=_EXAMPLES,
    )


def _runs(session: Session, domain: str | None) -> list[Any]:
    """The newest runs that kept dreams: id, label, domain."""
    dreamed = exists().where(DreamRow.run_id == RunRow.id)
    query = select(RunRow.id, RunRow.label, RunRow.domain).where(dreamed)
    if domain is not None:
        query = query.where(RunRow.domain == domain)
    return list(session.execute(query.order_by(RunRow.id.desc()).limit(_RUNS)))


def _iterations(session: Session, run_id: str) -> list[int]:
    """Of the run's dream sleeps; 0 is the one before the first wake."""
    query = select(ModelRow.iteration).where(ModelRow.run_id == run_id)
    return list(session.scalars(query.order_by(ModelRow.iteration)))


def _shown(session: Session, found: list[Found]) -> list[ShownDream]:
    libraries: dict[tuple[str, str | None], Library] = {}
    shown: list[ShownDream] = []
    for dream in found:
        key = (dream.domain, dream.library_id)
        if key not in libraries:
            libraries[key] = _library(session, *key)
        library, row = libraries[key], dream.row
        points = points_of(row.request, row.examples)
        shown.append(
            ShownDream(
                row,
                written(row.request),
                Form(_python(library, row), with_names(row.program, library)),
                frozenset(abstraction.name for abstraction in library.abstractions),
                plot(points, label="The dream's examples") if len(points) > 1 else None,
            )
        )
    return shown


def _library(session: Session, domain: str, library_id: str | None) -> Library:
    return library_of(domain, None if library_id is None else LibraryRepository(session).find(library_id))


def _python(library: Library, row: DreamRow) -> str | None:
    try:
        return library.python(row.program, row.request)
    except EngineError:  # too deep for Python, or with a primitive that has no form there
        return None
