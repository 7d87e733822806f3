"""One repository per resource: the only place that writes queries. Each takes a session and never commits."""

from __future__ import annotations

from app.db.repositories.abstractions import AbstractionRepository, Learned
from app.db.repositories.dreams import DreamFilter, DreamRepository
from app.db.repositories.events import EventRepository
from app.db.repositories.libraries import LibraryRepository
from app.db.repositories.models import ModelFilter, ModelRepository
from app.db.repositories.records import RecordRepository
from app.db.repositories.runs import RunRepository
from app.db.repositories.tasks import TaskRepository

__all__ = [
    "AbstractionRepository",
    "DreamFilter",
    "DreamRepository",
    "EventRepository",
    "Learned",
    "LibraryRepository",
    "ModelFilter",
    "ModelRepository",
    "RecordRepository",
    "RunRepository",
    "TaskRepository",
]
