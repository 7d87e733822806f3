"""Help with the wakes of runs that other workers carry.

A worker without a run of its own looks for wakes with tasks that nobody has, and attempts them as if the run
were its own: it claims them, searches, and records. So a wake takes every worker that is free, a new one
joins in at once, and one that dies leaves nothing but its claims.
"""

from __future__ import annotations

import threading

import structlog

from app.db.repositories import ClaimRepository, RunRepository
from app.telemetry import traced
from app.workflows.carrier import Carrier
from app.workflows.keeper import DatabaseKeeper
from app.workflows.plan import read_plan
from synthesis.loop import help_wake

_LOOK_SECONDS = 0.5
_AFTER_AN_ERROR_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class _HelpingKeeper(DatabaseKeeper):
    """Over as soon as this process has a run of its own to carry."""

    def __init__(self, carrier: Carrier, run_id: str, launch: int) -> None:
        super().__init__(carrier.database, run_id, carrier.stopping, carrier.worker_id, launch)
        self._turn = carrier.turn

    def cancelled(self) -> bool:
        return self._turn.wanted or super().cancelled()


class Helper(threading.Thread):
    """Looks for wakes to help with until the carrier stops."""

    def __init__(self, carrier: Carrier) -> None:
        super().__init__(name="helper", daemon=True)
        self.carrier = carrier

    def run(self) -> None:
        pause = _LOOK_SECONDS
        while not self.carrier.stopping.wait(pause):
            pause = _LOOK_SECONDS
            try:
                with self.carrier.turn.helping() as free:
                    wake = self.next_wake() if free else None
                    if wake is not None:
                        self.help(*wake)
            except Exception:
                # The run's own worker meets the same error, and says so in the run.
                _log.warning("helping with a wake failed", exc_info=True)
                pause = _AFTER_AN_ERROR_SECONDS

    def next_wake(self) -> tuple[str, int] | None:
        """The most urgent run, and its iteration, whose wake has tasks that nobody attempts."""
        with self.carrier.database.read() as session:
            for run_id, iteration in RunRepository(session).waking():
                if ClaimRepository(session, run_id, iteration).any_free(self.carrier.worker_id):
                    return run_id, iteration
        return None

    def help(self, run_id: str, iteration: int) -> None:
        plan = read_plan(self.carrier, run_id)
        keeper = _HelpingKeeper(self.carrier, run_id, plan.launches)
        with (
            self.carrier.at_work(),
            structlog.contextvars.bound_contextvars(run=run_id, iteration=iteration),
            traced("help with a wake", run=run_id, iteration=iteration),
        ):
            _log.info("helping with a wake")
            help_wake(iteration, plan.tasks, plan.config, keeper, self.carrier.settings.key)
