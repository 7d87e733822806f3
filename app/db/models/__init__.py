"""The tables. Every unique key here is what makes a step of a run safe to repeat.

Programs are text in DreamCoder's form with their abstractions inline, so a row stays readable and
evaluable whatever the library does later. Logs are natural; times are UTC.
"""

from __future__ import annotations

from app.db.models.dreams import DreamRow, ModelRow, VersionRow
from app.db.models.libraries import AbstractionRow, LibraryRow, MemberRow, PartRow
from app.db.models.runs import RUN_STATES, SETTLED, EventRow, ReportRow, RunRow, RunTaskRow, TaskRow
from app.db.models.sleeps import RetirementRow, SleepRow, UseRow
from app.db.models.wakes import AttemptRow, FrontierRow

__all__ = [
    "RUN_STATES",
    "SETTLED",
    "AbstractionRow",
    "AttemptRow",
    "DreamRow",
    "EventRow",
    "FrontierRow",
    "LibraryRow",
    "MemberRow",
    "ModelRow",
    "PartRow",
    "ReportRow",
    "RetirementRow",
    "RunRow",
    "RunTaskRow",
    "SleepRow",
    "TaskRow",
    "UseRow",
    "VersionRow",
]
