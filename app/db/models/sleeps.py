"""What abstraction sleeps leave: a library version each, who uses what of it, and what it retired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, now


class SleepRow(Base):
    """What one abstraction sleep gave: the library version and the frontiers rewritten with it."""

    __tablename__ = "sleeps"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    library_id: Mapped[str] = mapped_column(ForeignKey("library_versions.id"), index=True)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class UseRow(Base):
    """After this sleep, the task's best program uses the abstraction, directly or through another."""

    __tablename__ = "abstraction_uses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["sleeps.run_id", "sleeps.iteration"],
            name="fk_abstraction_uses_sleeps",
            ondelete="CASCADE",
        ),
    )

    run_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    abstraction_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True, index=True)


class RetirementRow(Base):
    """This sleep's library version lacks an abstraction that the version before it had.

    `name` is the one that it had there. `saving`: the nats by which all would be longer with it; none where
    that wasn't measured. `successor_id`: the abstraction that took its name over, where its body was
    rewritten because a part of it went.
    """

    __tablename__ = "retirements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["sleeps.run_id", "sleeps.iteration"],
            name="fk_retirements_sleeps",
            ondelete="CASCADE",
        ),
    )

    run_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    abstraction_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(String(200))
    saving: Mapped[float | None]
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("abstractions.id"))
