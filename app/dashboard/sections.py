"""The sections of the dashboard, as the navigation shows them: each answers one question."""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """`scope`: what a key must allow for its owner to be shown the section."""

    name: str
    path: str
    scope: str = "read"

    def holds(self, path: str) -> bool:
        """Whether the page at `path` is one of this section's."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


SECTIONS = (
    Section("Overview", "/"),
    Section("Runs", "/runs"),
    Section("Library", "/library"),
    Section("Tasks", "/tasks"),
    Section("Dreams", "/dreams"),
    Section("Models", "/models"),
    Section("Batches", "/batches"),
    Section("Keys", "/keys", "admin"),
    Section("API", "/docs"),
)
