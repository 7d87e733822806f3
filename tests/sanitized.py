"""A pytest plugin: the suite runs on the engine that `make test-sanitized` built, not on the ordinary one.

    pytest -p tests.sanitized tests/engine

It takes the native module's place before the package is imported. What the sanitizers find ends the process;
their reports lie next to the module. Programs that tests start by themselves have the ordinary engine.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

NAME = "engine._engine"
FOLDER = Path(__file__).resolve().parents[1] / "build" / "sanitized"
(PATH,) = FOLDER.glob("_engine*.so")
assert b"__asan_report_load8" in PATH.read_bytes(), f"{PATH} was built without sanitizers"
assert NAME not in sys.modules, "the ordinary engine is loaded already"

spec = importlib.util.spec_from_file_location(NAME, PATH)
assert spec and spec.loader
sys.modules[NAME] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[NAME])


def pytest_report_header() -> str:
    return f"engine: {PATH}, with ASan and UBSan"
