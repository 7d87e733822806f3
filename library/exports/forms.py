"""Writing a library in any of its forms, and reading any of them back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from library.exports.dreamcoder import from_dreamcoder, to_dreamcoder
from library.exports.python_package import package_files
from library.exports.python_reader import read_package
from library.exports.stitch import from_stitch, to_stitch
from library.snapshot import Library, LibraryError

_JSON: Mapping[str, Callable[[Library], dict[str, Any]]] = {
    "json": Library.to_json,
    "stitch": to_stitch,
    "dreamcoder": to_dreamcoder,
}
FORMATS = ("python", *_JSON)


def write_library(library: Library, format: str, output: Path) -> None:
    """Write one file, or a folder for ``python``. Nothing is overwritten.

    Raises LibraryError for an unknown format, an output that is there already, one that can't be written, and
    a library that the form can't say.
    """
    if format not in FORMATS:
        raise LibraryError(f"format {format!r} is none of {', '.join(FORMATS)}")
    if output.exists():
        raise LibraryError(f"{output} is there already; name an output that is not")
    files = {output.parent / path: text for path, text in library_files(library, format, output.name).items()}
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=format == "python", exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise LibraryError(f"{output} can't be written: {error}") from None


def library_files(library: Library, format: str, name: str) -> dict[str, str]:
    """Relative path -> content: one file of this name, or for ``python`` the files of a folder of this name.

    `format` is one of FORMATS. Raises LibraryError for a library that the form can't say.
    """
    if format == "python":
        return {f"{name}/{path}": text for path, text in package_files(library, name).items()}
    return {name: json.dumps(_JSON[format](library), indent=2) + "\n"}


def read_library(path: Path, domain: str | None) -> Library:
    """The library of a file or a package's folder, whatever its form.

    domain: what it must be for; needed for Stitch's and DreamCoder's forms, which don't say. Raises
    LibraryError naming the path, and UnknownDomain.
    """
    library = read_package(path) if path.is_dir() else _read_file(path, domain)
    if domain is not None and library.domain != domain:
        raise LibraryError(f"library {path} is for domain {library.domain!r}, not for {domain!r}")
    return library


def _read_file(path: Path, domain: str | None) -> Library:
    try:
        data: Any = json.loads(path.read_bytes())
        if isinstance(data, Mapping) and "domain" in data:
            return Library.from_json(data)
        foreign = isinstance(data, list) or (
            isinstance(data, Mapping) and data.keys() & {"DSL", "abstractions", "productions"}
        )
        if not foreign:
            return Library.from_json(data)
        if domain is None:
            raise LibraryError("the file doesn't say its domain: import it first, with --domain")
        if isinstance(data, Mapping) and data.keys() & {"DSL", "productions"}:
            return from_dreamcoder(data, domain)
        return from_stitch(data, domain)
    except (OSError, ValueError, RecursionError) as error:  # a LibraryError is a ValueError, as are JSON's
        raise LibraryError(f"library {path}: {error}") from None
