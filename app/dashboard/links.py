"""Addresses of pages that other pages link to."""

from __future__ import annotations


def abstraction_path(abstraction_id: str) -> str:
    return f"/library/abstractions/{abstraction_id}"
