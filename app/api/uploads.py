"""A file that comes as multipart/form-data: to disk as it comes, given up as soon as it is too large."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import BinaryIO

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.api.strict import TooLarge, UnsupportedMedia, check_text
from app.errors import MalformedBody, Unprocessable

_MAX_FIELDS = 8
_MAX_FIELD_BYTES = 1024
_OVERHEAD_BYTES = 64 << 10  # boundaries, headers and fields around the file


@dataclass(frozen=True)
class Upload:
    """The file, where it is read from, and the fields that came with it."""

    filename: str
    content: BinaryIO
    fields: dict[str, str]


async def read_form(request: Request, max_bytes: int) -> FormData:
    """The form. Close it. Raises UnsupportedMedia, TooLarge and MalformedBody."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise UnsupportedMedia(f"send the file as multipart/form-data, not as {kind or 'nothing'}")
    parser = MultiPartParser(
        request.headers,
        _bounded(request, max_bytes + _OVERHEAD_BYTES, max_bytes),
        max_files=1,
        max_fields=_MAX_FIELDS,
        max_part_size=_MAX_FIELD_BYTES,
    )
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise MalformedBody(f"the form can't be read: {error.message}") from None


def uploaded(form: FormData, field: str) -> Upload:
    """The file of the form; raises Unprocessable where `field` isn't one, or is empty."""
    upload = form.get(field)
    if not isinstance(upload, UploadFile):
        raise Unprocessable(f"the form needs a field {field!r} that is a file, with a file name")
    if not upload.size:
        raise Unprocessable("the file is empty")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    for text in (upload.filename or "", *fields, *fields.values()):
        check_text(text)
    return Upload((upload.filename or field)[-255:], upload.file, fields)


async def _bounded(request: Request, limit: int, told: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the file has more than {told} bytes: send it in parts")
        yield chunk
