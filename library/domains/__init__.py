"""The domains that come with Wakesleep, by name."""

from __future__ import annotations

from library.domain import Domain
from library.domains.list import LIST
from library.domains.recursive import RECURSIVE
from library.domains.text import TEXT

DOMAINS: dict[str, Domain] = {domain.name: domain for domain in (LIST, TEXT, RECURSIVE)}

__all__ = ["DOMAINS"]
