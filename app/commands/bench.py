"""`wakesleep bench`: the published figures, from the benchmarks that come with the sources."""

from __future__ import annotations

import importlib

from app.commands.errors import InputError

BENCHMARKS = (
    "compression",
    "compression-scale",
    "dashboard",
    "enumeration",
    "load",
    "newton",
    "recognition",
    "recognition-in-a-run",
    "recursive-compression",
    "reproduce",
    "scaling",
    "sygus",
    "towers",
    "version-spaces",
)


def run(name: str, as_json: bool, options: list[str]) -> None:
    """The benchmark reads its own options, and prints. Raises InputError for an unknown one."""
    if name not in BENCHMARKS:
        raise InputError(f"bench: {name!r} is none of {', '.join(BENCHMARKS)}")
    # Not an import statement: the service doesn't depend on its benchmarks, and doesn't load them.
    benchmark = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
    benchmark.main([*options, "--json"] if as_json else options)
