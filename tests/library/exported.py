"""Exported packages, imported into this process under names that clash with nothing."""

from __future__ import annotations

import sys
from itertools import count
from types import ModuleType
from typing import Any

from library.exports.python_package import package_files
from library.snapshot import Library

_numbers = count()


def imported(library: Library) -> ModuleType:
    """The package's functions, made from its files without a disk."""
    package = f"exported_{next(_numbers)}"
    sys.modules[package] = ModuleType(package)
    modules: dict[str, ModuleType] = {}
    try:
        files = package_files(library, package)
        for name in ("primitives", "lazy", "functions"):
            source = files.get(f"{package}/{name}.py")
            if source is None:
                continue
            module = modules[name] = sys.modules[f"{package}.{name}"] = ModuleType(f"{package}.{name}")
            module.__package__ = package
            exec(compile(source, f"{name}.py", "exec"), module.__dict__)  # noqa: S102
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]
    return modules["functions"]


def called(function: Any, arity: int, arguments: tuple[Any, ...]) -> Any:
    """A function of so many arguments; where its result is one again, it takes the rest one by one."""
    value = function(*arguments[:arity])
    for argument in arguments[arity:]:
        value = value(argument)
    return value
