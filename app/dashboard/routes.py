"""Routes for people: what goes wrong is a page too, and whoever isn't signed in is shown how to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

import anyio
import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.api.access import allow, needs_of
from app.dashboard.pages import render
from app.dashboard.viewer import look, present, set_cookie
from app.errors import Forbidden, ServiceError, Unauthorized

_log = structlog.get_logger(__name__)


class PageRoute(APIRoute):
    """A page, made for the viewer that app.dashboard.viewer tells of."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        needed = needs_of(self.dependencies)

        async def handle(request: Request) -> Response:
            seen, problem = await anyio.to_thread.run_sync(look, request)
            present(seen)
            try:
                if problem is not None and (needed != [None] or isinstance(problem, Forbidden)):
                    raise problem
                for scope in filter(None, needed):
                    allow(request, scope)
                answer = await handler(request)
            except Unauthorized:
                following = request.url.path if request.method == "GET" else "/"
                answer = render("sign_in.html", 401, following=following, refused=False)
            except RequestValidationError as error:
                answer = render("error.html", 422, title="There is no such page", detail=_in_words(error))
            except ServiceError as error:
                answer = render("error.html", error.status, title=error.title, detail=error.detail)
            except Exception as error:
                _log.error("a page failed", path=request.url.path, exc_info=error)
                detail = "This page could not be made. The service's log says why."
                answer = render(
                    "error.html", HTTPStatus.INTERNAL_SERVER_ERROR, title="We have a bug", detail=detail
                )
            if seen.fresh and "set-cookie" not in answer.headers:
                set_cookie(answer, request, seen.session)
            return answer

        return handle


def _in_words(error: RequestValidationError) -> str:
    """What of the address can't be, a sentence each."""
    return " ".join(f"{fault['loc'][-1]}: {fault['msg']}." for fault in error.errors())
