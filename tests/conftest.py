"""What all tests share. A room's own fixtures live in its folder."""

from __future__ import annotations

import os

# Before numpy and torch are loaded: the suite runs in several processes, and tests count CPU seconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

# A busy machine is no failure, and a failure should come again.
settings.register_profile("wakesleep", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("wakesleep")
