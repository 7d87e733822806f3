"""HTTP as cheap as a client can have it, so that what is measured is the server: keep-alive connections of
asyncio's streams, a request at a time on each, the answer's status and body, and how long it took."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    body: Any = None


@dataclass
class Answers:
    """Of many requests of one kind: their seconds, in no order, and how often each status came."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float, status: int) -> None:
        self.seconds.append(seconds)
        self.statuses[status] += 1

    def milliseconds(self, share: float) -> float:
        """The time within which so large a share was answered; the slowest counts in full."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def to_json(self) -> dict[str, Any]:
        return {
            "answers": len(self.seconds),
            "p50_ms": round(self.milliseconds(0.5), 1),
            "p99_ms": round(self.milliseconds(0.99), 1),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
        }


class Connection:
    """One keep-alive connection, with a key."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        self.reader, self.writer, self._head = reader, writer, head

    async def ask(self, asked: Asked) -> tuple[int, bytes]:
        """The status and the body. Raises OSError and IncompleteReadError where the server hangs up."""
        content = b"" if asked.body is None else json.dumps(asked.body).encode()
        kind = b"" if asked.body is None else b"Content-Type: application/json\r\n"
        start = f"{asked.method} {asked.path} HTTP/1.1\r\n".encode()
        length = b"Content-Length: %d\r\n\r\n" % len(content)
        self.writer.write(start + self._head + kind + length + content)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        size = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        return int(head.split(b" ", 2)[1]), await self.reader.readexactly(size)


@asynccontextmanager
async def connected(address: str, key: str) -> AsyncIterator[Connection]:
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=1 << 24)
    head = f"Host: {place.netloc}\r\nAuthorization: Bearer {key}\r\n".encode()
    try:
        yield Connection(reader, writer, head)
    finally:
        writer.close()


async def repeat(connection: Connection, asked: Callable[[], Asked], until: float, answers: Answers) -> None:
    """One request after the other, without a pause."""
    while (started := time.perf_counter()) < until:
        status, _ = await connection.ask(asked())
        answers.add(time.perf_counter() - started, status)


async def pace(
    connection: Connection, wanted: Iterable[tuple[Asked, Answers]], times: Sequence[float]
) -> None:
    """A request at each of these times, its answer to where it is counted. One that is late because the one
    before took long has waited for the server, and its seconds say so. A server that can't keep up at all is
    left twice as long, and not asked the rest."""
    end = times[0] + 2 * (times[-1] - times[0]) + 1
    for due, (asked, answers) in zip(times, wanted, strict=True):
        if time.perf_counter() > end:
            return
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        status, _ = await connection.ask(asked)
        answers.add(time.perf_counter() - due, status)
