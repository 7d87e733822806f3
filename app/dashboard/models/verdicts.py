"""Why a version was promoted or not: what it was measured by, on dreams that it didn't learn from.

All figures are mean nats of a program (a network) or of a completion (an adapter). Records of before
something was measured lack it; what isn't there is none here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.models import VersionRow

_HEADS = ("grammar", "decoder")
_SOURCES = {"fantasy": "fantasies", "replay": "replays", "hindsight": "hindsight"}


@dataclass(frozen=True)
class Verdict:
    """`rows`: what it was measured on, with a figure for each of `columns`, the last of which are the
    version's own. `before` and `now` are what was compared, fantasies and replays together."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    before: float | None
    now: float | None
    against: str

    @property
    def saved(self) -> float | None:
        return None if self.before is None or self.now is None else self.before - self.now


def verdict(row: VersionRow) -> Verdict:
    return _network(row.metrics) if row.kind == "network" else _adapter(row.metrics)


def _network(metrics: Mapping[str, Any]) -> Verdict:
    held = _mapping(metrics.get("held_out"))
    names = ("prior", *_HEADS)
    rows = [("fantasies", tuple(_number(held.get(name)) for name in names))]
    replays = tuple(_number(held.get(f"{name}_replays")) for name in names)
    if any(figure is not None for figure in replays):
        rows.append(("replays", replays))
    together = [_mean([figures[place] for _, figures in rows]) for place in range(len(names))]
    heads = [figure for figure in together[1:] if figure is not None]
    now = max(heads) if len(heads) == len(_HEADS) else None  # both have to be better
    return Verdict(("Prior", "Grammar head", "Decoder"), tuple(rows), together[0], now, "the prior")


def _adapter(metrics: Mapping[str, Any]) -> Verdict:
    columns = ("held_out_base", "held_out_in_use", "held_out")
    measured = [_mapping(metrics.get(column)) for column in columns]
    sources = [source for source in _SOURCES if any(source in figures for figures in measured)]
    rows = [
        (_SOURCES[source], tuple(_number(figures.get(source)) for figures in measured)) for source in sources
    ]
    counted = [figures for name, figures in rows if name != "hindsight"]
    before, now = (_mean([figures[place] for figures in counted]) for place in (1, 2))
    return Verdict(
        ("Model as it came", "In use before", "This version"), tuple(rows), before, now, "the version before"
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _mean(figures: list[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known and len(known) == len(figures) else None
