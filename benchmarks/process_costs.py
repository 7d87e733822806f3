"""What a process has cost, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Of all its threads, from its start on."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int, peak: bool = False) -> float:
    """Resident memory now, or the most since its start or `forget_peak`; in MB."""
    wanted = "VmHWM:" if peak else "VmRSS:"
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(wanted)) * 1024 / 1e6


def forget_peak(pid: int) -> None:
    """From here on the peak is counted anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
