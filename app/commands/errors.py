"""Errors that are the caller's to mend: a sentence on standard error and code 2."""

from __future__ import annotations

import sys

from app.errors import ServiceError
from engine import EngineError
from library.domain import UnknownDomain
from library.snapshot import LibraryError
from synthesis.task import TaskError


class InputError(ValueError):
    """An option or a file that can't be used."""


INPUT_ERRORS = (InputError, TaskError, ServiceError, LibraryError, UnknownDomain, EngineError)


def report(error: Exception) -> None:
    """Say it. Names in it may hold characters that the terminal lacks."""
    text = f"wakesleep: {error}\n"
    sys.stderr.write(
        text.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(sys.stderr.encoding or "utf-8")
    )
