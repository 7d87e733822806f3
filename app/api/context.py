"""Around every request: its id, its line in the log, headers for the answer, and an answer for every bug."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import unexpected
from app.telemetry import note

REQUEST_ID = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger(__name__)

#: Answers are data, even where a browser shows them as a page; the dashboard's pages bring their own.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RequestContext:
    """The outermost layer. An id that comes with a request is taken over where it is a word of at most 64
    letters, digits, dots, dashes and underscores; else it gets one.

    What changes something or fails is logged as INFO, what only looks as DEBUG; headers and bodies never.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope, receive)
        given = request.headers.get(REQUEST_ID, "")
        request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        path: str = scope["path"]
        started, status = time.perf_counter(), 0

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers.setdefault("Cache-Control", "no-cache" if path.startswith("/static/") else "no-store")
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        note(request_id=request_id)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, answering)
            except Exception as error:
                answer = unexpected(request, error)
                if status:  # too late to say anything else
                    raise
                await answer(scope, receive, answering)
            finally:
                caller = scope.get("state", {}).get("caller")
                quiet = scope["method"] in ("GET", "HEAD", "OPTIONS") and status < 400
                (_log.debug if quiet else _log.info)(
                    "request",
                    method=scope["method"],
                    path=path,
                    status=status or None,
                    seconds=round(time.perf_counter() - started, 4),
                    key=caller and caller.key_id,
                )
