"""What a form of ours sent: its fields, if the form was made for the browser that sends it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from app.access import is_form_token
from app.api.access import COOKIE
from app.api.strict import TooLarge, UnsupportedMedia, check_text
from app.errors import Forbidden, MalformedBody

_MAX_BYTES = 16_384
_MAX_TABLE_BYTES = 1 << 19
_FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """Each field's last value. Raises Forbidden for a form that isn't this browser's, and MalformedBody."""
    return await _fields(request, _MAX_BYTES)


async def read_large_form(request: Request) -> dict[str, str]:
    """The same of a form that a table may be pasted into."""
    return await _fields(request, _MAX_TABLE_BYTES)


async def _fields(request: Request, max_bytes: int) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise UnsupportedMedia(f"a form is sent as {_FORM}")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"the form has more than {max_bytes} bytes")
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=50))
    except ValueError:
        raise MalformedBody("the form's fields can't be read") from None
    for value in fields.values():
        check_text(value)
    check_token(request, fields.pop("token", ""))
    return fields


def check_token(request: Request, token: str) -> None:
    """Raises Forbidden where it isn't the one of the browser that sends it."""
    cookie = request.cookies.get(COOKIE)
    if cookie is None or not is_form_token(token, cookie):
        raise Forbidden("this form was made for another session: reload the page it is on, and send it again")


Form = Annotated[dict[str, str], Depends(read_form)]
LargeForm = Annotated[dict[str, str], Depends(read_large_form)]
