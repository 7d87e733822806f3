"""Workflows that are somebody's, and nobody carries.

DBOS took them from a queue for this process, which doesn't know of them. Taking one is a transaction. Where
the database dies between that and its answer, or before the workflow's arguments are read, the row says that
this process carries it; nobody does, and nobody takes over, for this process lives. So each look compares the
two, and who was missing at two looks in a row is put back.

Or a worker took them after others had taken over from it: it was silent for too long, and lived on until it
found out.
"""

from __future__ import annotations

import structlog
from dbos._dbos import _get_dbos_instance
from dbos._utils import INTERNAL_QUEUE_NAME
from sqlalchemy import select

from app.settings import WORKFLOW_VERSION

_log = structlog.get_logger(__name__)


def pending_executors() -> list[str]:
    """Who is said to carry anything."""
    dbos = _get_dbos_instance()
    table = dbos._sys_db.tables.workflow_status
    with dbos._sys_db.engine.connect() as connection:
        query = select(table.c.executor_id).where(table.c.status == "PENDING").distinct()
        return [executor for executor in connection.scalars(query) if executor is not None]


class Unstarted:
    """What the executor with this id, this process, should carry and doesn't."""

    def __init__(self, executor_id: str) -> None:
        self.executor_id = executor_id
        self._missed: set[str] = set()

    def put_back(self) -> None:
        """Look once. A workflow that begins or ends just now is missed once and never twice."""
        dbos = _get_dbos_instance()
        pending = dbos._sys_db.get_pending_workflows(self.executor_id, WORKFLOW_VERSION)
        missed = {one.workflow_id for one in pending} - set(dbos._active_workflows_set.activeList())
        for workflow_id in missed & self._missed:
            dbos._sys_db.reenqueue_for_recovery(workflow_id, [self.executor_id], INTERNAL_QUEUE_NAME)
            _log.warning(
                "a workflow was taken from its queue and never begun: put back", workflow=workflow_id
            )
        self._missed = missed - self._missed
