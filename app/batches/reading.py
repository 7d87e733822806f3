"""A batch's input file: JSON lines of `custom_id`, `method`, `url` and `body`.

It is read once as a stream, whole, before anything is solved: every line is checked, and consecutive lines
become chunks that say where they lie, so that later each can be read by itself. In memory there is a line at
a time, a hash for each custom_id, and the chunks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.api.strict import parse_json
from app.errors import MalformedBody
from synthesis.value import kind_of

MAX_LINES = 50_000
MAX_CUSTOM_ID = 512
"""Characters."""
MAX_ERRORS = 100
"""How many wrong lines are named; who has more has one mistake that makes them all."""

CHUNK_LINES, CHUNK_BYTES = 16, 1 << 18
SPREAD_LINES = 64
"""So many lines from the start are chunks of their own, so that a small batch takes all cores."""


@dataclass(frozen=True)
class Chunk:
    """`lines` requests in the bytes from `offset` on, `length` of them; the first is line `first_line`."""

    number: int
    first_line: int
    lines: int
    offset: int
    length: int


@dataclass(frozen=True)
class Line:
    """One request: its line number, counted from 1, and where it is in the file."""

    number: int
    offset: int
    content: bytes

    @property
    def blank(self) -> bool:
        return not self.content.strip()

    def request(self) -> dict[str, Any]:
        """What it asks for; only of a line that was checked."""
        return json.loads(self.content)


class LineError(ValueError):
    """What is wrong with a line, as the API says it: a code, a sentence, the field."""

    def __init__(self, code: str, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.parameter = parameter

    def to_json(self, line: int | None) -> dict[str, Any]:
        return {"code": self.code, "message": str(self), "param": self.parameter, "line": line}


@dataclass
class Reading:
    """What a file turned out to be: its chunks, or what is wrong with it."""

    chunks: list[Chunk] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


def read_input(parts: Iterable[bytes], endpoint: str, max_line_bytes: int) -> Reading:
    """Check every line of a file that comes in parts of any size, each a request to `endpoint`."""
    reading = Reading()
    seen: dict[bytes, int] = {}
    chunks = _Chunks()
    try:
        for line in lines_of(parts, max_line_bytes):
            if line.blank:
                continue
            if len(reading.errors) == MAX_ERRORS:
                break
            if chunks.lines == MAX_LINES:
                raise LineError("too_many_requests", f"more than {MAX_LINES:,} requests: split the file")
            try:
                _check(line, endpoint, seen)
            except LineError as error:
                reading.errors.append(error.to_json(line.number))
            chunks.add(line)
        if not chunks.lines:
            raise LineError("empty_file", "the file has no requests: it takes at least one line of JSON")
    except LineError as error:
        reading.errors.append(error.to_json(None))
    if not reading.errors:
        reading.chunks = chunks.end()
    return reading


def lines_of(parts: Iterable[bytes], max_bytes: int, number: int = 1, offset: int = 0) -> Iterator[Line]:
    """The lines of content whose first has this number and lies there. Raises LineError for one that is
    longer than `max_bytes`."""
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        for content in whole:
            yield _line(number, offset, content, max_bytes)
            number, offset = number + 1, offset + len(content) + 1
        if len(rest) > max_bytes:
            break
    if rest:
        yield _line(number, offset, rest, max_bytes)


def _line(number: int, offset: int, content: bytes, max_bytes: int) -> Line:
    if len(content) > max_bytes:
        raise LineError("line_too_long", f"line {number} has more than {max_bytes:,} bytes")
    return Line(number, offset, content)


def _parse(line: Line) -> dict[str, Any]:
    """Raises LineError."""
    try:
        request = parse_json(line.content)
    except MalformedBody as error:
        raise LineError("invalid_json_line", f"this line is no JSON that we accept: {error.detail}") from None
    if not isinstance(request, dict):
        raise LineError("invalid_json_line", f"this line is {kind_of(request)}, not an object")
    return request


def _check(line: Line, endpoint: str, seen: dict[bytes, int]) -> None:
    """Raises LineError. `seen`: the line of each custom_id so far, by its hash; this one's is added."""
    request = _parse(line)
    for name in ("custom_id", "method", "url", "body"):
        if name not in request:
            raise LineError("missing_required_parameter", f"this line has no {name!r}", name)
    custom_id = request["custom_id"]
    if not isinstance(custom_id, str) or not 0 < len(custom_id) <= MAX_CUSTOM_ID:
        message = f"custom_id is a text of 1 to {MAX_CUSTOM_ID} characters"
        raise LineError("invalid_custom_id", message, "custom_id")
    first = seen.setdefault(hashlib.blake2b(custom_id.encode(), digest_size=16).digest(), line.number)
    if first != line.number:
        message = f"custom_id {custom_id[:80]!r} is that of line {first} already; each request needs its own"
        raise LineError("duplicate_custom_id", message, "custom_id")
    if request["method"] != "POST":
        raise LineError("invalid_method", "the method of every request is POST", "method")
    if request["url"] != endpoint:
        raise LineError("mismatched_url", f"the url of every request is the endpoint, {endpoint}", "url")
    if not isinstance(request["body"], dict):
        message = f"the body is an object, not {kind_of(request['body'])}"
        raise LineError("invalid_body", message, "body")


class _Chunks:
    """Gathers consecutive lines into chunks."""

    def __init__(self) -> None:
        self.lines = 0
        self._chunks: list[Chunk] = []
        self._open: Chunk | None = None

    def add(self, line: Line) -> None:
        chunk, length = self._open, len(line.content)
        full = chunk is not None and (
            self.lines <= SPREAD_LINES or chunk.lines >= CHUNK_LINES or chunk.length + length > CHUNK_BYTES
        )
        self.lines += 1
        if chunk is None or full:
            self._close()
            self._open = Chunk(len(self._chunks), line.number, 1, line.offset, length)
        else:  # blank lines between the two are read again and skipped again
            end = line.offset + length - chunk.offset
            self._open = Chunk(chunk.number, chunk.first_line, chunk.lines + 1, chunk.offset, end)

    def end(self) -> list[Chunk]:
        self._close()
        return self._chunks

    def _close(self) -> None:
        if self._open is not None:
            self._chunks.append(self._open)
            self._open = None
