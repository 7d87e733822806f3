"""What a page's address says beside its path: filters that a form sent, empty ones included, and cursors."""

from __future__ import annotations

import re

from fastapi import Request

from app.errors import Unprocessable

ID = r"[A-Za-z0-9_-]{1,64}"
TEXT = r"[^\x00-\x1f\ud800-\udfff]{1,200}"
NUMBER = r"\d{1,9}"


def chosen(request: Request, name: str, pattern: str) -> str | None:
    """The value of a query parameter, trimmed; None where it is empty or left out. Raises Unprocessable."""
    value = request.query_params.get(name, "").strip()
    if not value:
        return None
    if re.fullmatch(pattern, value) is None:
        raise Unprocessable(f"the address has a {name!r} that none can be: go back to the page without it")
    return value
