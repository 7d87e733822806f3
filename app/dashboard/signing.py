"""Sign in with a key, sign out; and the page of the keys."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.access import Scope
from app.api.access import ADMIN, COOKIE, PUBLIC, CallerDependency, revoke
from app.api.dependencies import DatabaseDependency, Identifier, ServicesDependency
from app.api.v1.key_schemas import KeyIn
from app.dashboard.forms import Form
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.dashboard.viewer import set_cookie, viewer
from app.db.repositories import AuditRepository, KeyRepository

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_SHOWN = 100


@router.get("/sign-in", dependencies=[PUBLIC])
def sign_in_page() -> Response:
    """The form, or the first page where none is needed."""
    if viewer().caller is not None:
        return RedirectResponse("/", 303)
    return render("sign_in.html", following="/", refused=False)


@router.post("/sign-in", dependencies=[PUBLIC])
def sign_in(form: Form, request: Request, database: DatabaseDependency) -> Response:
    """A session for a key that is one of ours; 12 hours at most."""
    following = _own_page(form.get("next", "/"))
    with database.read() as session:
        found = KeyRepository(session).by_secret(form.get("key", "").strip())
    if found is None:
        return render("sign_in.html", 401, following=following, refused=True)
    with database.write() as session:
        token = KeyRepository(session).open_session(found.key.id)
    answer = RedirectResponse(following, 303)
    set_cookie(answer, request, token)
    return answer


@router.post("/sign-out", dependencies=[PUBLIC])
def sign_out(_form: Form, request: Request, database: DatabaseDependency) -> Response:
    """The session ends, here and on the server."""
    with database.write() as session:
        KeyRepository(session).close_session(request.cookies[COOKIE])
    answer = RedirectResponse("/sign-in", 303, {"Clear-Site-Data": '"cache"'})
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.get("/keys", dependencies=[ADMIN])
def keys_page(database: DatabaseDependency) -> Response:
    """The keys, and what administrators did."""
    with database.read() as session:
        return _keys_page(session)


@router.post("/keys", dependencies=[ADMIN])
def make_key(
    form: Form, request: Request, database: DatabaseDependency, caller: CallerDependency
) -> Response:
    """A new key, shown once. Whoever makes the first one is signed in with it."""
    name, scope = form.get("name", "").strip(), form.get("scope", "")
    with database.write() as session:
        keys = KeyRepository(session)
        first = not keys.any()
        try:
            asked = KeyIn(name=name, scope=Scope.ADMIN if first else Scope(scope))
        except (ValidationError, ValueError):
            problem = "A key has a name of 1 to 100 characters, and a scope."
            return _keys_page(session, 422, problem=problem, name=name)
        row, new = keys.add(asked.name, asked.scope)
        detail = {"name": asked.name, "scope": asked.scope.value}
        AuditRepository(session).add(caller, "key.created", row.id, detail)
        token = keys.open_session(row.id) if first else None
        answer = _keys_page(session, made=new.text)
    if token is not None:
        set_cookie(answer, request, token)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/keys/{key_id}/revoke", dependencies=[ADMIN])
def revoke_key(
    key_id: Identifier, _form: Form, services: ServicesDependency, caller: CallerDependency
) -> Response:
    revoke(services, caller, key_id)
    return RedirectResponse("/keys", 303)


def _keys_page(
    session: Session, status: int = 200, made: str | None = None, problem: str | None = None, name: str = ""
) -> Response:
    keys, audit = KeyRepository(session).newest(_SHOWN), AuditRepository(session).newest(_SHOWN)
    return render("keys.html", status, keys=keys, audit=audit, made=made, problem=problem, name=name)


def _own_page(address: str) -> str:
    """The address if it is a path of ours, else the first page: no form sends anyone elsewhere."""
    parts = urlsplit(address)
    own = address.startswith("/") and not parts.scheme and not parts.netloc and "\\" not in address
    return address if own and address.isprintable() else "/"
