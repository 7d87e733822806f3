"""/models: versions, one of them, and promoting and rolling back, which are the API's own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.api.access import ADMIN, READ, CallerDependency
from app.api.dependencies import After, DatabaseDependency, Identifier
from app.api.v1 import models as api
from app.api.v1.model_schemas import RollbackIn
from app.dashboard.forms import Form
from app.dashboard.models.queries import (
    DECISIONS,
    KINDS,
    Decision,
    Kind,
    Wanted,
    domains,
    labels,
    training,
    versions,
)
from app.dashboard.models.verdicts import verdict
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.db.models import VersionRow
from app.db.repositories import DreamRepository, ModelRepository, RunRepository
from app.errors import Conflict

router = APIRouter(prefix="/models", include_in_schema=False, route_class=PageRoute)

PAGE = 25
#: Points of a curve that are sent, at most.
_POINTS = 400
_LONGEST_REASON = 1000

Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00-\x1f]*$")]


@router.get("", dependencies=[READ])
def models(
    database: DatabaseDependency,
    domain: Text = "",
    run: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
    kind: Kind = "",
    decision: Decision = "",
    after: After = None,
) -> Response:
    """Versions, newest first, each with what it was measured by and what was decided."""
    wanted = Wanted(domain, run, kind, decision)
    with database.read() as session:
        repository = ModelRepository(session)
        rows = versions(session, wanted, PAGE + 1, after)
        shown = rows[:PAGE]
        lines = [(row, repository.in_use(row), verdict(row)) for row in shown]
        return render(
            "models/models.html",
            wanted=wanted,
            lines=lines,
            runs=labels(session, shown),
            series=_measured(lines),
            next=shown[-1].id if len(rows) > PAGE else None,
            after=after,
            domains=domains(session),
            kinds=KINDS,
            decisions=DECISIONS,
        )


@router.get("/{model_id}", dependencies=[READ])
def model(model_id: Identifier, database: DatabaseDependency) -> Response:
    with database.read() as session:
        return _model_page(session, model_id)


@router.post("/{model_id}/promote", dependencies=[ADMIN])
def promote(
    model_id: Identifier, _form: Form, database: DatabaseDependency, caller: CallerDependency
) -> Response:
    api.promote_model(model_id, database, caller)
    return RedirectResponse(f"/models/{model_id}", 303)


@router.post("/{model_id}/rollback", dependencies=[ADMIN])
def roll_back(
    model_id: Identifier, form: Form, database: DatabaseDependency, caller: CallerDependency
) -> Response:
    """With a reason, where someone says one."""
    reason = form.get("reason", "").strip()
    if len(reason) > _LONGEST_REASON:
        problem = f"A reason has at most {_LONGEST_REASON:,} characters; this one has {len(reason):,}."
        with database.read() as session:
            return _model_page(session, model_id, 422, problem=problem, reason=reason)
    try:
        api.roll_back_model(model_id, database, caller, RollbackIn(reason=reason or None))
    except Conflict as error:  # someone else was faster
        with database.read() as session:
            return _model_page(session, model_id, error.status, problem=error.detail, reason=reason)
    return RedirectResponse(f"/models/{model_id}", 303)


def _model_page(
    session: Session, model_id: str, status: int = 200, /, problem: str | None = None, reason: str = ""
) -> Response:
    repository = ModelRepository(session)
    row = repository.get(model_id)
    sleep = repository.sleep(row)
    return render(
        "models/model.html",
        status,
        row=row,
        in_use=repository.in_use(row),
        verdict=verdict(row),
        parent=None if row.parent_id is None else repository.get(row.parent_id),
        library_id=sleep.library_id,
        run=RunRepository(session).get(row.run_id),
        series=_curves(training(session, row)),
        dreams=DreamRepository(session).count(row.run_id, row.iteration),
        made=sleep.metrics.get("dreams", {}),
        current=repository.current(row.run_id, row.kind),
        problem=problem,
        reason=reason,
    )


def _curves(points: list[dict[str, Any]]) -> dict[str, Any]:
    """As the training chart takes them: losses by what they are of, against steps."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for point in points:
        held = point.get("held_out") or {}
        losses = {"training": point.get("loss"), **{f"held out, {name}": held[name] for name in held}}
        for name, loss in losses.items():
            if loss is not None:
                curves.setdefault(name, []).append((point["step"], round(loss, 4)))
    return {"curves": {name: _thin(curve) for name, curve in curves.items()}, "marks": []}


def _thin(curve: list[tuple[int, float]]) -> list[tuple[int, float]]:
    step = max(1, -(-len(curve) // _POINTS))
    kept = curve[::step]
    return kept if kept[-1] is curve[-1] else [*kept, curve[-1]]


def _measured(lines: list[tuple[VersionRow, bool, Any]]) -> dict[str, Any] | None:
    """This page's versions against one another, where they are of one domain and kind."""
    if len({(row.domain, row.kind) for row, _, _ in lines}) != 1 or len(lines) < 2:
        return None
    points = [(row.number, found.before, found.now) for row, _, found in reversed(lines)]
    return {"against": lines[0][2].against, "points": points}
