"""A learned library exported, run in an empty environment, and read back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from library.compression import FrontierPrograms, compress
from library.exports.forms import read_library, write_library
from library.snapshot import Library

DOCTESTS = """
import doctest, importlib, pkgutil, sys, learned
tried = failed = 0
for module in pkgutil.iter_modules(learned.__path__, "learned."):
    result = doctest.testmod(importlib.import_module(module.name))
    tried, failed = tried + result.attempted, failed + result.failed
assert "engine" not in sys.modules and "numpy" not in sys.modules
print(learned.__file__)
print(tried, failed)
"""


def ran(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    environment = {"PATH": "/usr/bin:/bin"} | ({"PYTHONPATH": str(path)} if path else {})
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_an_exported_library_works_where_nothing_else_is(
    tmp_path: Path, frontiers: tuple[FrontierPrograms, ...]
) -> None:
    """The folder is put on the path of an empty environment: to build it, pip would ask a registry."""
    library = compress(Library.initial("list"), frontiers).library
    assert library.abstractions
    folder = tmp_path / "learned"
    write_library(library, "python", folder)
    ran(sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty", cwd=tmp_path)
    place, counts = ran(
        tmp_path / "empty" / "bin" / "python", "-c", DOCTESTS, cwd=tmp_path / "empty", path=folder
    ).splitlines()
    assert Path(place).is_relative_to(folder)
    tried, failed = map(int, counts.split())
    assert tried > 0 and failed == 0
    assert read_library(folder, "list").content_hash == library.content_hash
