"""The tables. Every unique key here is what makes a step of a run safe to repeat.

Programs are text in DreamCoder's form with their abstractions inline, so a row stays readable and
evaluable whatever the library does later. Logs are natural; times are UTC.
"""

from __future__ import annotations

from app.db.models.access import AnswerRow, AuditRow, KeyRow, SessionRow
from app.db.models.batches import (
    BATCH_ENDED,
    BATCH_STATES,
    BatchRow,
    ChunkRow,
    FilePartRow,
    FileRow,
    ResultRow,
)
from app.db.models.dreams import DreamRow, ModelRow, VersionRow
from app.db.models.jobs import JOB_ENDED, JobRow
from app.db.models.libraries import AbstractionRow, LibraryRow, MemberRow, PartRow
from app.db.models.runs import (
    DEFAULT_PRIORITY,
    RUN_STATES,
    SETTLED,
    EventRow,
    ReportRow,
    RunRow,
    RunTaskRow,
    TaskRow,
)
from app.db.models.sleeps import RetirementRow, SleepRow, UseRow
from app.db.models.wakes import AttemptRow, FrontierRow, SolvedRow
from app.db.models.workers import ClaimRow, WorkerRow

__all__ = [
    "BATCH_ENDED",
    "BATCH_STATES",
    "DEFAULT_PRIORITY",
    "JOB_ENDED",
    "RUN_STATES",
    "SETTLED",
    "AbstractionRow",
    "AnswerRow",
    "AttemptRow",
    "AuditRow",
    "BatchRow",
    "ChunkRow",
    "ClaimRow",
    "DreamRow",
    "EventRow",
    "FilePartRow",
    "FileRow",
    "FrontierRow",
    "JobRow",
    "KeyRow",
    "LibraryRow",
    "MemberRow",
    "ModelRow",
    "PartRow",
    "ReportRow",
    "ResultRow",
    "RetirementRow",
    "RunRow",
    "RunTaskRow",
    "SessionRow",
    "SleepRow",
    "SolvedRow",
    "TaskRow",
    "UseRow",
    "VersionRow",
    "WorkerRow",
]
