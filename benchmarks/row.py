"""A measured figure, the machine it was measured on, and how both are printed."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("WAKESLEEP_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
"""Task files and golden counts; see the data's own README."""


@dataclass(frozen=True)
class Row:
    """One figure. `dreamcoder`, `floor`, `limit` (the most it may be) and `aim` are in the same unit;
    `detail` is what it was made from."""

    name: str
    value: float | bool
    unit: str
    dreamcoder: float | None = None
    floor: float | None = None
    aim: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    limit: float | None = None


def machine() -> dict[str, Any]:
    """Processor, cores and Python; nothing that names the machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model
        )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "load_at_start": load,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def print_rows(rows: Iterable[Row], as_json: bool) -> None:
    """One JSON object on standard output, and a line a row on standard error; or just those lines."""
    on = machine()
    made = []
    for row in rows:
        made.append(asdict(row))
        print(_line(row), file=sys.stderr if as_json else sys.stdout, flush=True)
    if as_json:
        print(json.dumps({"machine": on, "rows": made}))


def _line(row: Row) -> str:
    known = {"DreamCoder": row.dreamcoder, "floor": row.floor, "limit": row.limit, "aim": row.aim}
    beside = ", ".join(f"{name} {_number(value)}" for name, value in known.items() if value is not None)
    return f"{row.name}: {_number(row.value)} {row.unit}" + (f"  ({beside})" if beside else "")


def _number(value: float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
