"""What a step does while the database is away: it waits. DBOS would count a few attempts, and then give the
whole workflow up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from app.workflows.carrier import Stopping, require_carrier

_PAUSE_SECONDS = 1.0
Result = TypeVar("Result")
_log = structlog.get_logger(__name__)


def through_outages(work: Callable[[], Result]) -> Result:
    """Do this, again and again while the database is away: everything that a step does may be repeated."""
    carrier = require_carrier()
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not carrier.database.is_outage(error):
                raise
            _log.warning("the database doesn't answer: trying again", error=str(error.orig))
        if carrier.stopping.wait(_PAUSE_SECONDS):
            raise Stopping
