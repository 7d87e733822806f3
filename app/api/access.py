"""Who asks, and whether they may: scopes as dependencies of routes, callers from keys and cookies.

Every route has one of PUBLIC, READ, SUBMIT and ADMIN among its dependencies; a test holds it. While no key
was ever made, whoever reaches the service is an administrator, which is why it then listens on loopback
only, answers to loopback names only (a page on another host can make a name of its own mean 127.0.0.1), and
changes nothing for pages of other hosts.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

import anyio
from fastapi import Depends, Request, params
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from app.access import Caller, Scope, is_form_token
from app.api.dependencies import Services
from app.db.models import KeyRow
from app.db.repositories.audit import AuditRepository
from app.db.repositories.keys import KeyRepository
from app.db.session import Database
from app.errors import Forbidden, Unauthorized, Unprocessable

COOKIE = "wakesleep_session"
FORM_HEADER = "X-CSRF-Token"
_SAFE = ("GET", "HEAD", "OPTIONS")
_ANYONE = Caller("anyone", Scope.ADMIN)


class Needs:
    """The dependency behind a scope."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> None:
        """Raises Unauthorized, Forbidden and, for a question that the route doesn't know, Unprocessable."""
        if self.scope is not None:
            await caller_of(request)
            allow(request, self.scope)
        if request.url.path.startswith("/v1/"):
            _check_query(request)


#: Nothing in the answer is anyone's: health, the sign-in page.
PUBLIC = Depends(Needs(None))
#: To look.
READ = Depends(Needs(Scope.READ))
#: To store, to start and to stop, and whatever costs much computing.
SUBMIT = Depends(Needs(Scope.SUBMIT))
#: Keys, the audit log, and what changes everyone's results. Each change is an entry of that log.
ADMIN = Depends(Needs(Scope.ADMIN))


def needs_of(dependencies: list[params.Depends]) -> list[Scope | None]:
    """The scopes among a route's dependencies; a well-made route has one, None where it is public."""
    return [one.dependency.scope for one in dependencies if isinstance(one.dependency, Needs)]


def get_caller(request: Request) -> Caller:
    """Whoever asks. Raises Unauthorized and Forbidden."""
    if "caller" not in request.scope["state"]:
        request.state.caller = identify(request.app.state.services, request)
    return request.state.caller


async def caller_of(request: Request) -> Caller:
    """As `get_caller`. Mostly the gate has asked before, and a thread would only cost."""
    if "caller" in request.scope["state"]:
        return request.state.caller
    return await anyio.to_thread.run_sync(get_caller, request)


CallerDependency = Annotated[Caller, Depends(caller_of)]


def allow(request: Request, scope: Scope) -> None:
    """Raises Unauthorized and Forbidden."""
    caller = get_caller(request)
    if not caller.scope.allows(scope):
        raise Forbidden(f"this needs a key with scope {scope}; {caller.name!r} has {caller.scope}")


def identify(services: Services, request: HTTPConnection) -> Caller:
    """Whoever asks, by key or by cookie; or anyone, while there is no key. Raises Unauthorized and Forbidden.

    A request by cookie that changes something must show, in a header, that it comes from a page of ours; a
    form shows it in a field, which whoever reads the form checks.
    """
    known = known_caller(services, request)
    if known is not None:
        return known
    key, token = _credentials(request)
    with services.database.read() as session:
        keys = KeyRepository(session)
        found = keys.by_secret(key) if key is not None else keys.by_session(token) if token else None
        is_open = found is None and not keys.any()
    if is_open:
        _check_origin(request, services.settings.cors_origins)
        return _ANYONE
    if found is None and key is not None:
        raise Unauthorized("the key is none of ours, or was revoked; send `Authorization: Bearer ws_…`")
    if found is None:
        raise Unauthorized("send a key as `Authorization: Bearer ws_…`; `wakesleep keys create` makes one")
    if found.stale:
        with services.database.write() as session:
            KeyRepository(session).used(found.key.id)
    if key is not None:
        services.known_keys.put(key, found.caller())
        return found.caller()
    method, path = request.scope["method"], request.scope["path"]
    if method not in _SAFE and path.startswith("/v1/"):
        shown = request.headers.get(FORM_HEADER, "")
        if not is_form_token(shown, token):
            raise Forbidden(f"a browser's session changes something only with its token, in {FORM_HEADER}")
    return found.caller(token)


def known_caller(services: Services, request: HTTPConnection) -> Caller | None:
    """Whoever asks, where that is known without the database."""
    key, _ = _credentials(request)
    return None if key is None else services.known_keys.get(key)


def _credentials(request: HTTPConnection) -> tuple[str | None, str]:
    """The key that a request names, "" where it names something else; and, without one, its session."""
    header = request.headers.get("authorization")
    if header is None:
        return None, request.cookies.get(COOKIE, "")
    kind, _, text = header.partition(" ")
    return text.strip() if kind.lower() == "bearer" else "", ""


def revoke(services: Services, caller: Caller, key_id: str) -> KeyRow:
    """From now on nobody gets in with this key. Raises NotFound and Conflict."""
    with services.database.write() as session:
        keys = KeyRepository(session)
        row = keys.revoke(keys.get(key_id))
        AuditRepository(session).add(caller, "key.revoked", row.id, {"name": row.name})
    services.known_keys.forget()
    return row


def is_open(database: Database) -> bool:
    """Whether there never was a key. Asked of the database each time: the command line may make one."""
    with database.read() as session:
        return not KeyRepository(session).any()


def is_loopback(host: str) -> bool:
    """Whether a name or an address means this machine and no other, whatever a name server says."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_query(request: Request) -> None:
    """A misspelt filter must not give everything. Raises Unprocessable."""
    if not request.scope["query_string"]:
        return
    known = _query_of(request.scope["route"])
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is not None:
        has = f"there are {', '.join(sorted(known))}" if known else "there are none"
        raise Unprocessable(f"there is no query parameter {unknown[:100]!r} here; {has}")


def _query_of(route: APIRoute) -> frozenset[str]:
    """The names of the query parameters of a route."""
    names, left = set[str](), [route.dependant]
    while left:
        dependant = left.pop()
        names |= {field.alias for field in dependant.query_params}
        left += dependant.dependencies
    return frozenset(names)


def _check_origin(request: HTTPConnection, origins: tuple[str, ...]) -> None:
    """Without keys, the page that a browser is on is all there is to go by. Raises Forbidden."""
    host = request.headers.get("host", "")
    name = urlsplit(f"//{host}").hostname or ""
    if not is_loopback(name):
        raise Forbidden(
            f"without keys this service answers on this machine only, not as {name!r}: "
            "make one with `wakesleep keys create NAME --scope admin`"
        )
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != host and origin not in origins
    if foreign and request.scope["method"] not in _SAFE:
        raise Forbidden("a page of another host asked for this; without keys that isn't allowed")
