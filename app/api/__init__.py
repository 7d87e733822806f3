"""The HTTP API."""

from __future__ import annotations

from app.api.application import create_app

__all__ = ["create_app"]
