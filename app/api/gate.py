"""In front of /v1: who asks, and not too often. Nothing of a body is read before."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access import Caller
from app.api.access import identify, known_caller
from app.api.dependencies import Services
from app.api.problems import DATABASE_AWAY, render_error, render_outage
from app.api.rates import RateLimiter
from app.errors import ServiceError, Unauthorized


class Gate:
    """Notes the caller in the request's state, for the routes' scopes to look at; or answers 401, 403 or
    429, and 503 while the database is away.

    A key has a bucket of its own; where none is needed, or none was right, the address has one.
    """

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self.app, self.limiter = app, limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1"):
            return await self.app(scope, receive, send)
        request = Request(scope)
        try:
            services = scope["app"].state.services
            caller = known_caller(services, request)
            if caller is None:
                caller = await anyio.to_thread.run_sync(self._admit, services, request)
            else:
                self.limiter.take(caller.key_id or "")
            request.state.caller = caller
        except ServiceError as error:
            answer = await render_error(request, error)
            return await answer(scope, receive, send)
        except DATABASE_AWAY as error:
            answer = await render_outage(request, error)
            return await answer(scope, receive, send)
        return await self.app(scope, receive, send)

    def _admit(self, services: Services, request: Request) -> Caller:
        address = "unknown" if request.client is None else request.client.host
        try:
            caller = identify(services, request)
        except Unauthorized:
            self.limiter.take(address)
            raise
        self.limiter.take(caller.key_id or address)
        return caller
