"""The database: models, sessions and one repository per resource."""

from __future__ import annotations

from app.db.session import Database

__all__ = ["Database"]
