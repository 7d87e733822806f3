"""Which domains have a deducer.

The table is here and not with the domains, because a deducer speaks of tasks, which the library doesn't know.
"""

from __future__ import annotations

from synthesis.deduction.deducer import Deducer
from synthesis.deduction.drawing import DrawingDeducer
from synthesis.deduction.laws import LawDeducer
from synthesis.deduction.strings import StringsDeducer
from synthesis.deduction.tower import TowerDeducer

DEDUCERS: dict[str, Deducer] = {
    "logo": DrawingDeducer(),
    "physics": LawDeducer(),
    "strings": StringsDeducer(),
    "tower": TowerDeducer(),
}
"""By the name of the domain."""


def deducer_of(domain: str) -> Deducer | None:
    return DEDUCERS.get(domain)
