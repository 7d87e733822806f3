"""`wakesleep export`, `import` and `diff`: libraries out, in, and beside each other."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app.commands.errors import InputError
from app.commands.libraries import find_library
from library.diff import LibraryDiff, diff
from library.domain import get_domain
from library.exports.forms import read_library, write_library


def export_library(reference: str, format: str, output: Path) -> None:
    """Raises LibraryError, InputError and NotFound."""
    library = find_library(reference)
    write_library(library, format, output)
    count = len(library.abstractions)
    print(f"{output}: {count} abstractions of domain {library.domain}, as {format}", file=sys.stderr)


def import_library(source: Path, domain: str, output: Path) -> None:
    """Raises LibraryError, InputError and UnknownDomain."""
    get_domain(domain)
    if not source.exists():
        raise InputError(f"{source}: no such file or folder")
    library = read_library(source, domain)
    write_library(library, "json", output)
    count = len(library.abstractions)
    print(f"{output}: {count} abstractions of domain {domain}, {library.content_hash}", file=sys.stderr)


def compare(before: str, after: str, as_json: bool) -> None:
    """Raises LibraryError, also for two domains, InputError and NotFound."""
    found = diff(find_library(before), find_library(after))
    if as_json:
        print(json.dumps(found.to_json()))
        return
    for line in _lines(found):
        print(line)


def _lines(found: LibraryDiff) -> list[str]:
    lines = [f"+ {one.name} : {one.type}   {one.body}" for one in found.added]
    lines += [f"- {one.name} : {one.type}   {one.body}" for one in found.retired]
    lines += [f"= {one.before} is now called {one.after}" for one in found.renamed]
    lines += [f"~ {one.name}: {one.before} -> {one.after}" for one in found.rewritten]
    lines += [f'" {name} has another docstring' for name in found.redocumented]
    lines += [
        f"w {one.name or 'variables'}: {one.before:.3f} -> {one.after:.3f} nats" for one in found.weights
    ]
    return lines or ["no difference"]
