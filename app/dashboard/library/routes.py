"""/library: search, a version and its graph, one abstraction, and what changed between two versions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from app.api.access import READ
from app.api.dependencies import After, DatabaseDependency, Identifier
from app.api.v1.library_schemas import ExportFormat
from app.dashboard.library.docstrings import read
from app.dashboard.library.graph import graph_of
from app.dashboard.library.origins import origin_of, uses_of
from app.dashboard.library.search import SORTS, STATES, Search, Sort, State, Wanted
from app.dashboard.library.versions import changes, versions_of
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.dashboard.security import HEADERS
from app.db.models import LibraryRow
from app.db.repositories import AbstractionRepository, LibraryRepository
from app.errors import NotFound
from library.domain import domain_names

router = APIRouter(prefix="/library", include_in_schema=False, route_class=PageRoute)

#: Lines of a page of any list here.
PAGE = 25
#: Of what is listed without pages: what an abstraction is built on or from, changes of a kind.
MOST = 60

#: What the export buttons are called.
FORMATS = {
    ExportFormat.PYTHON: ("Python package", "functions with types, docstrings and doctests; no dependencies"),
    ExportFormat.JSON: ("JSON", "the library itself, to be read back"),
    ExportFormat.STITCH: ("Stitch", "names, arities and bodies"),
    ExportFormat.DREAMCODER: ("DreamCoder", "bodies and weights"),
}

Text = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f]*$")]


@router.get("", dependencies=[READ])
def library(
    request: Request,
    database: DatabaseDependency,
    domain: Text | None = None,
    q: Text = "",
    type: Text = "",
    state: State = "held",
    sort: Sort = "newest",
    after: After = None,
) -> Response:
    """What is known: without `domain`, in the domain that slept last; in all of them where it is empty."""
    with database.read() as session:
        search = Search(session)
        chosen = next(iter(search.currents), "") if domain is None else domain
        wanted = Wanted(chosen, q.strip(), type.strip(), state, sort)
        found = search.page(wanted, PAGE + 1, after)
        values = {
            "wanted": wanted,
            "currents": search.currents,
            "current": search.currents.get(chosen),
            "lines": found[:PAGE],
            "next": found[PAGE - 1].id if len(found) > PAGE else None,
            "count": search.count(wanted),
            "after": after,
            "states": STATES,
            "sorts": SORTS,
            "formats": FORMATS,
        }
    fragment = "HX-Request" in request.headers  # while the search is typed
    return render("library/results.html" if fragment else "library/library.html", **values)


@router.get("/abstractions/{abstraction_id}", dependencies=[READ])
def abstraction(
    abstraction_id: Identifier, database: DatabaseDependency, tasks: After = None, versions: After = None
) -> Response:
    """One abstraction; `tasks` and `versions` are cursors of its lists."""
    with database.read() as session:
        repository = AbstractionRepository(session)
        row = repository.get(abstraction_id)
        current = Search(session).currents.get(row.domain)
        history = repository.history(row.id, PAGE + 1, versions)
        held = None if current is None else repository.member(current.id, row.id)
        shown = held or repository.newest_member(row.id) or row
        parts, users = repository.built_from(row.id), repository.built_on(row.id)
        return render(
            "library/abstraction.html",
            row=row,
            held=held,
            shown=shown,
            documented=read(shown.docstring, shown.name, row.type, shown.python),
            current=current,
            parts=parts,
            users=users[:MOST],
            hidden=len(users) - MOST,
            names=frozenset(part.name for part in parts),
            origin=origin_of(session, row, MOST),
            uses=uses_of(session, row.id, PAGE, tasks),
            retirements=repository.retirements(row.id),
            history=history[:PAGE],
            next=history[PAGE - 1][1].id if len(history) > PAGE else None,
            paged=tasks is not None or versions is not None,
            most=MOST,
        )


@router.get("/versions", dependencies=[READ])
def versions(database: DatabaseDependency, domain: Text, after: After = None) -> Response:
    """A domain's versions, newest first."""
    with database.read() as session:
        found = versions_of(session, domain, PAGE + 1, after)
        current = Search(session).currents.get(domain)
    if current is None and not found and domain not in domain_names():
        raise NotFound(f"there is no domain {domain!r}")
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return render(
        "library/versions.html",
        domain=domain,
        lines=found[:PAGE],
        current=current,
        next=following,
        after=after,
    )


@router.get("/versions/{library_id}", dependencies=[READ])
def version(
    library_id: Identifier,
    database: DatabaseDependency,
    after: Annotated[int, Query(ge=-1, le=1_000_000)] = -1,
) -> Response:
    """One version, by its id, its content hash, or the hash's first 8 or more digits."""
    with database.read() as session:
        row = LibraryRepository(session).find(library_id)
        search, repository = Search(session), AbstractionRepository(session)
        lines = search.version(row.id, PAGE + 1, after)
        current = search.currents.get(row.domain)
        return render(
            "library/version.html",
            row=row,
            size=repository.sizes([row.id]).get(row.id, 0),
            lines=lines[:PAGE],
            next=after + PAGE if len(lines) > PAGE else None,
            after=after,
            retired=repository.retirements(library_id=row.id)[:MOST],
            current=current,
            formats=FORMATS,
        )


@router.get("/versions/{library_id}/graph", dependencies=[READ])
def version_graph(library_id: Identifier, database: DatabaseDependency) -> Response:
    """What graph.js draws."""
    with database.read() as session:
        found = graph_of(session, LibraryRepository(session).find(library_id).id)
    return JSONResponse(found.to_json(), headers=HEADERS)


@router.get("/versions/{library_id}/diff", dependencies=[READ])
def difference(
    library_id: Identifier,
    database: DatabaseDependency,
    to: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
) -> Response:
    """What changed from one version to another of the same domain."""
    with database.read() as session:
        repository = LibraryRepository(session)
        old, new = repository.find(library_id), repository.find(to)
        return render("library/diff.html", **_difference(session, old, new))


def _difference(session: Session, old: LibraryRow, new: LibraryRow) -> dict[str, Any]:
    found = changes(old, new)
    shown = [*found.added[:MOST], *found.retired[:MOST], *found.renamed[:MOST]]
    bodies = {one.body for one in shown} | {one.after for one in found.rewritten[:MOST]}
    return {
        "old": old,
        "new": new,
        "diff": found,
        "weights": sorted(found.weights, key=lambda one: -abs(one.after - one.before))[:MOST],
        "most": MOST,
        "ids": AbstractionRepository(session).ids(new.domain, bodies),
    }
