"""The primitives of the regression domain in plain Python, which are its own operators: ``+``, ``*``, ``/``.

Reals are floats. Division raises ZeroDivisionError for a divisor of 0, where the program learner's engine has
no answer either; what the engine refuses as too large is infinite here.
"""

from __future__ import annotations

Real = float
