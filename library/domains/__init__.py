"""The domains that come with Wakesleep, by name."""

from __future__ import annotations

from library.domain import Domain
from library.domains.list import LIST

DOMAINS: dict[str, Domain] = {LIST.name: LIST}

__all__ = ["DOMAINS"]
