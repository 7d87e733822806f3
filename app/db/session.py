"""Engine and sessions, for SQLite (WAL) and PostgreSQL alike.

SQLite lets one writer in at a time. A transaction that reads first and writes later may find the lock
taken with no way to wait for it, so a writing session takes the lock at its start (BEGIN IMMEDIATE).

On PostgreSQL, where every statement sees what was committed before it anyway, a session that only reads is no
transaction: that saves two of three messages.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

_WRITES = "wakesleep_writes"
_RETURNED = "wakesleep_returned"
#: A connection that nobody used for so long is asked whether it is still there.
_IDLE_SECONDS = 30.0
#: A server that vanished from the network is found out, in seconds (tcp_user_timeout: milliseconds).
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "tcp_user_timeout": 20_000,
}


class Database:
    """Sessions on one database. Safe to share between threads; a session is not."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: Engine = create_engine(self.url, connect_args={} if sqlite else _PATIENCE)
        self.writing = self.engine.execution_options(**{_WRITES: True})
        self.reading = self.engine
        if sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            event.listen(self.engine, "checkin", _note_return)
            event.listen(self.engine, "checkout", self._check_alive)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; nothing of it is committed."""
        with Session(self.reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back when anything is raised."""
        with Session(self.writing, expire_on_commit=False) as session, session.begin():
            yield session

    def is_outage(self, error: DBAPIError) -> bool:
        """Whether to try again later: PostgreSQL went away, starts, or chose this transaction to end a
        deadlock."""
        return self.url.get_backend_name() == "postgresql" and isinstance(
            error, OperationalError | InterfaceError
        )

    def close(self) -> None:
        self.engine.dispose()

    def _check_alive(self, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Whether PostgreSQL is still at the other end, in time for the pool to connect anew.

        A server that ended has closed its connections: there is something to be read, and nobody asked. One
        that vanished from the network says nothing. So only who finds something, or was idle for a while,
        asks; a question for each session would cost more than most of them do.
        """
        poller = select.poll()
        poller.register(connection.pgconn.socket, select.POLLIN)
        idle = time.monotonic() - record.info.get(_RETURNED, time.monotonic())
        if idle <= _IDLE_SECONDS and not poller.poll(0):
            return
        try:
            self.engine.dialect.do_ping(connection)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_RETURNED] = time.monotonic()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the "begin" hook below opens transactions, not the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=30000", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
