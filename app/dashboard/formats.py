"""How the pages write quantities: numbers with units, times relative with the absolute in reach."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from markupsafe import Markup

from app.pictures import is_pictured, svg_of

#: (seconds in it, name), largest first.
_AGES = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def number(value: float | None, digits: int = 0) -> str:
    """`12345.6` as `12,346`; a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def duration(seconds: float | None) -> str:
    """`0.85` as `850 ms`, `75` as `1 min 15 s`, `3840` as `1 h 04 min`."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02d} min"


def percent(part: float, whole: float) -> str:
    """`1, 3` as `33 %`; a dash of nothing."""
    return "–" if not whole else f"{100 * part / whole:.0f} %"


def count(value: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def age(moment: datetime, now: datetime | None = None) -> str:
    """`3 min ago`, in the largest unit that fits; live.js says the same in the browser as time goes on."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    for size, unit in _AGES:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return "just now"


def ago(moment: datetime | None) -> str | Markup:
    """A `<time>`: relative in its text, absolute in its title."""
    if moment is None:
        return "–"
    exact = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        exact.isoformat(timespec="seconds"), exact.strftime("%Y-%m-%d %H:%M:%S"), age(exact)
    )


def value(item: object) -> str:
    """An example's value as a person reads it: `[1, 2]`, `true`, `"a b"`, `0.3333` (reals are rounded)."""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, str):
        return json.dumps(item, ensure_ascii=False)
    if isinstance(item, float):
        return repr(float(f"{item:.4g}"))
    if isinstance(item, list):
        return "[" + ", ".join(value(part) for part in item) + "]"
    return str(item)


def picture(output: list[list[float]], request: str) -> Markup | None:
    """A tower or a drawing as SVG within the page; nothing for other requests."""
    return Markup(svg_of(request, output)) if is_pictured(request) else None
