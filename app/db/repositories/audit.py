"""What administrators did, in order; written in the transaction of what it tells of, and never changed."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Caller
from app.db.models import AuditRow


class AuditRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, caller: Caller, action: str, subject: str, detail: dict[str, Any] | None = None) -> None:
        """`action`, such as "key.created", on the thing with id `subject`."""
        row = AuditRow(
            key_id=caller.key_id,
            actor=caller.name,
            action=action,
            subject=subject,
            detail=detail or {},
            request_id=structlog.contextvars.get_contextvars().get("request_id"),
        )
        self.session.add(row)
        self.session.flush()

    def page(self, limit: int, after: str | None = None) -> list[AuditRow]:
        """Up to `limit` entries made after the one with id `after`, oldest first."""
        query = select(AuditRow).order_by(AuditRow.id).limit(limit)
        return list(self.session.scalars(query if after is None else query.where(AuditRow.id > after)))

    def newest(self, limit: int) -> list[AuditRow]:
        return list(self.session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)))
