"""Exported packages, imported into this process under names that clash with nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine import Failure, Type
from library.exports.forms import read_library, write_library
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


def check_package(
    library: Library,
    request: str,
    inputs: Sequence[tuple[Any, ...]],
    errors: tuple[type[Exception], ...],
    folder: Path,
) -> None:
    """That the one function of a library does in its package what it does in the engine, and that the package
    reads back. `errors`: what it may raise where the engine gives no value, none for total functions."""
    (program,) = library.abstractions
    function, arity = imported(library).program, len(Type.parse(program.type).arguments)
    for arguments in inputs:
        [expected] = library.language.evaluate(program.term, Type.parse(request), [arguments])
        if not isinstance(expected, Failure):
            found = called(function, arity, arguments)
            assert written(found, Type.parse(request).returns) == expected, (program.body, arguments)
            if str(Type.parse(program.type).returns) == "list(char)":
                assert found == expected
        elif expected.reason not in ("fuel", "depth", "memory", "overflow"):  # the engine's own bounds
            assert errors, "every function is total"
            with pytest.raises(errors):
                called(function, arity, arguments)
    package = folder / "package"
    write_library(library, "python", package)
    assert read_library(package, library.domain).content_hash == library.content_hash


def written(value: Any, type_: Type) -> Any:
    """What a package's function made, as the engine writes it: characters in a list are a text."""
    if type_.constructor != "list":
        return value
    inside = [written(each, type_.parameters[0]) for each in value]
    return "".join(inside) if type_.parameters[0].constructor == "char" else inside
