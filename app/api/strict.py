"""Routes that take JSON: read strictly, so that nothing which can't be stored or answered gets in.

No NaN or infinity, no lone surrogates or NUL characters, no integers of thousands of digits, no nesting
without end. What comes out is JSON that every database and every client can hold.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.api.access import allow, needs_of
from app.errors import MalformedBody, ServiceError

MAX_DEPTH = 32
MAX_DIGITS = 40


class UnsupportedMedia(ServiceError):
    status = 415
    kind = "unsupported-media-type"
    title = "The body is no JSON"


class TooLarge(ServiceError):
    status = 413
    kind = "body-too-large"
    title = "The body is too large"


def parse_json(body: bytes) -> Any:
    """The JSON of a body. Raises MalformedBody with what is wrong and where."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise MalformedBody(f"the body is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise MalformedBody(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise MalformedBody(f"nested more than {MAX_DEPTH} deep") from None
    _check(value)
    return value


class StrictRoute(APIRoute):
    """A route whose JSON body went through `parse_json`, if whoever sent it may send one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        field = self.body_field
        needed = needs_of(self.dependencies)

        async def handle(request: Request) -> Response:
            for scope in needed:
                if scope is not None:  # before anything of the body is read
                    allow(request, scope)
            if field is not None:
                request = _StrictRequest(request.scope, request.receive)
                await request.load(field.field_info.is_required())
            return await handler(request)

        return handle


class _StrictRequest(Request):
    _value: Any = None
    _bytes: bytes = b""

    async def load(self, required: bool) -> None:
        body = await self._read(self.app.state.services.settings.max_body_bytes)
        if not body and not required:
            return
        if not body:
            raise MalformedBody("the body is empty; it must be JSON")
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMedia(f"send the body as application/json, not as {kind or 'nothing'}")
        self._value = parse_json(body)

    async def body(self) -> bytes:
        return self._bytes

    async def json(self) -> Any:
        return self._value

    async def _read(self, limit: int) -> bytes:
        """The body, given up as soon as it is too large, whatever its headers say."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"the body has more than {limit} bytes: send it in parts")
            chunks.append(chunk)
        self._bytes = b"".join(chunks)
        return self._bytes


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise MalformedBody(f"an integer has {len(text)} digits; 64 bits are what we take")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedBody(f"the number {text[:40]} is too large")
    return number


def _constant(text: str) -> float:
    raise MalformedBody(f"{text} is no JSON")


def _check(root: Any) -> None:
    """Depth and characters, without recursion."""
    level = [root]
    for _depth in range(MAX_DEPTH):
        if not level:
            return
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                check_text(value)
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
        level = below
    raise MalformedBody(f"nested more than {MAX_DEPTH} deep")


def check_text(text: str) -> None:
    """Raises MalformedBody for what databases and clients can't hold."""
    if "\0" in text:
        raise MalformedBody("a text holds a NUL character")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise MalformedBody("a text holds half a surrogate pair")
