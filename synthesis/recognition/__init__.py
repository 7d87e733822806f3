"""The recognition network: a small model that looks at a task's examples and proposes programs for it.

`encoder` and `dataset` need numpy only; `network` and `training` need torch and are imported by whoever runs
them, when they run them; `guide` puts a trained network behind the `Guide` interface.
"""

from __future__ import annotations


class RecognitionError(ValueError):
    """Stored network bytes that are corrupt, of another version, or made for another library."""
