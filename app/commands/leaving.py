"""How a process that carried workflows ends."""

from __future__ import annotations

import os
import sys
import threading

#: Names of threads that may be in the middle of something.
_AT_WORK = ("dbos-executor", "helper", "search")


def leave() -> None:
    """End the process even if a phase is deep in a long computation: the next start repeats that phase."""
    if any(thread.name.startswith(_AT_WORK) and thread.is_alive() for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
