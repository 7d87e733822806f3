"""One repository per resource: the only place that writes queries. Each takes a session and never commits."""

from __future__ import annotations

from app.db.repositories.abstractions import AbstractionRepository, Learned
from app.db.repositories.audit import AuditRepository
from app.db.repositories.batches import BatchRepository
from app.db.repositories.claims import ClaimRepository
from app.db.repositories.dreams import DreamFilter, DreamRepository
from app.db.repositories.events import EventRepository
from app.db.repositories.files import FileRepository, FileWriter
from app.db.repositories.jobs import JobRepository
from app.db.repositories.keys import KeyRepository
from app.db.repositories.libraries import LibraryRepository
from app.db.repositories.metrics import MetricsRepository
from app.db.repositories.models import ModelFilter, ModelRepository
from app.db.repositories.records import RecordRepository
from app.db.repositories.runs import RunRepository
from app.db.repositories.tasks import TaskRepository
from app.db.repositories.workers import WorkerRepository

__all__ = [
    "AbstractionRepository",
    "AuditRepository",
    "BatchRepository",
    "ClaimRepository",
    "DreamFilter",
    "DreamRepository",
    "EventRepository",
    "FileRepository",
    "FileWriter",
    "JobRepository",
    "KeyRepository",
    "Learned",
    "LibraryRepository",
    "MetricsRepository",
    "ModelFilter",
    "ModelRepository",
    "RecordRepository",
    "RunRepository",
    "TaskRepository",
    "WorkerRepository",
]
