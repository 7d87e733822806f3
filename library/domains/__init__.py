"""The domains that come with Wakesleep, by name."""

from __future__ import annotations

from library.domain import Domain
from library.domains.list import LIST
from library.domains.logo import LOGO
from library.domains.physics import PHYSICS
from library.domains.recursive import RECURSIVE
from library.domains.regression import REGRESSION
from library.domains.strings import STRINGS
from library.domains.text import TEXT
from library.domains.tower import TOWER

DOMAINS: dict[str, Domain] = {
    domain.name: domain for domain in (LIST, TEXT, STRINGS, RECURSIVE, REGRESSION, PHYSICS, TOWER, LOGO)
}

__all__ = ["DOMAINS"]
