"""One repository per resource: the only place that writes queries. Each takes a session and never commits."""

from __future__ import annotations

from app.db.repositories.abstractions import AbstractionRepository, Learned
from app.db.repositories.events import EventRepository
from app.db.repositories.libraries import LibraryRepository
from app.db.repositories.records import RecordRepository
from app.db.repositories.runs import RunRepository
from app.db.repositories.tasks import TaskRepository

__all__ = [
    "AbstractionRepository",
    "EventRepository",
    "Learned",
    "LibraryRepository",
    "RecordRepository",
    "RunRepository",
    "TaskRepository",
]
