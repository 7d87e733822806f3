"""Which dreams the language model isn't shown, to be measured on: one rule for tuning and for the records.

It hangs on the program's text alone, so that every dream of a program is on one side, in each iteration. The
recognition network draws its own (`recognition.training.split`): it needs a larger part of the replays as
evidence. Knows nothing of dreams.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

ONE_IN = 20
FEWEST_REPLAYS = 5
"""Programs of solved tasks from which one at least is held out: fewer are all needed to learn from."""


def share(text: str) -> float:
    """0 … 1, always the same for a text, as if drawn evenly."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def held_out(program: str) -> bool:
    """Whether a program is one of the 1 in 20 that are held out."""
    return share(program) < 1 / ONE_IN


def replays_held_out(programs: Iterable[str]) -> frozenset[str]:
    """Those of solved tasks' programs that are held out: by `held_out`, or where it takes none of five or
    more, the one that comes next."""
    different = sorted(set(programs), key=share)
    chosen = {program for program in different if held_out(program)}
    if not chosen and len(different) >= FEWEST_REPLAYS:
        chosen = {different[0]}
    return frozenset(chosen)
