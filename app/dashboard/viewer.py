"""Who looks at a page: what the templates may show them, and the token that their forms carry."""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.access import Caller, Scope, form_token, new_token
from app.api.access import COOKIE, get_caller
from app.errors import Forbidden, ServiceError, Unauthorized

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Viewer:
    """`caller`: none where they aren't signed in. `session`: the cookie that they have, or are given now.
    `path`: of the page that they look at."""

    caller: Caller | None
    session: str
    fresh: bool
    path: str

    @property
    def open(self) -> bool:
        """Whether they needed no key."""
        return self.caller is not None and self.caller.key_id is None

    @property
    def signed_in(self) -> bool:
        return self.caller is not None and self.caller.session is not None

    @property
    def token(self) -> str:
        """What forms, and scripts in a header, must send back."""
        return form_token(self.session)

    def may(self, scope: str) -> bool:
        return self.caller is not None and self.caller.scope.allows(Scope(scope))


_viewer: ContextVar[Viewer] = ContextVar("viewer")


def present(viewer: Viewer) -> None:
    """Make the pages of this request for them."""
    _viewer.set(viewer)


def viewer() -> Viewer:
    """Whoever this request's pages are made for."""
    return _viewer.get()


def look(request: Request) -> tuple[Viewer, ServiceError | None]:
    """Who asks for a page; and for a stranger, why they are one."""
    cookie = request.cookies.get(COOKIE, "")
    known = _TOKEN.fullmatch(cookie) is not None
    session = cookie if known else new_token()
    try:
        return Viewer(get_caller(request), session, not known, request.url.path), None
    except (Forbidden, Unauthorized) as error:
        return Viewer(None, session, not known, request.url.path), error


def set_cookie(response: Response, request: Request, token: str) -> None:
    """No script can read it, and no page of another site sends it."""
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/"
    )
