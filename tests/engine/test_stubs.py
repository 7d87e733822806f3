"""The stubs say what the native module has: names, kinds, parameters and defaults.

mypy's stubtest can't look into nanobind's functions; their own `__nb_signature__` can be compared.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine
from engine import _engine

STUBS = ast.parse((Path(__file__).parents[2] / "engine" / "_engine.pyi").read_text(encoding="utf-8"))
CLASSES = {node.name: node for node in STUBS.body if isinstance(node, ast.ClassDef)}
FUNCTIONS = {node.name: node for node in STUBS.body if isinstance(node, ast.FunctionDef)}
# What every nanobind class or exception has, and what a stub leaves to `object`.
IMPLIED = {
    "__module__",
    "__new__",
    "__doc__",
    "__weakref__",
    "__repr__",
    "__str__",
    "__reduce__",
    "__getstate__",
    "__setstate__",
}


def shape(node: ast.FunctionDef) -> list[str]:
    """Parameters with `*` and `=` where they are keyword-only or have a default."""
    given = node.args
    plain = [*given.posonlyargs, *given.args]
    optional = [False] * (len(plain) - len(given.defaults)) + [True] * len(given.defaults)
    found = [f"{argument.arg}{'=' * has}" for argument, has in zip(plain, optional, strict=True)]
    return found + [
        f"*{argument.arg}{'=' * (default is not None)}"
        for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]


def native_shape(function: Any) -> tuple[list[str], tuple[Any, ...]]:
    """The same of a native function, and its defaults."""
    ((signature, _, defaults),) = function.__nb_signature__
    text = re.sub(r"\\\d+", "...", signature)  # defaults are listed apart
    text = re.sub(r"ndarray\[[^\]]*\]", "ndarray", text)  # nanobind's own notation, no Python
    (node,) = ast.parse(text + ": ...").body
    assert isinstance(node, ast.FunctionDef)
    return shape(node), defaults or ()


def stub_members(node: ast.ClassDef) -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """(name, method | property | staticmethod, definition)"""
    for member in node.body:
        if isinstance(member, ast.FunctionDef):
            decorators = [ast.unparse(decorator) for decorator in member.decorator_list]
            yield member.name, decorators[0] if decorators else "method", member


def stub_defaults(node: ast.FunctionDef) -> list[Any]:
    """Literal defaults; Ellipsis where the stub has none to show."""
    given = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
    return [ast.literal_eval(default) for default in given]


def check_function(where: str, node: ast.FunctionDef, function: Any) -> None:
    native, defaults = native_shape(function)
    assert shape(node) == native, where
    for stub, real in zip(stub_defaults(node), defaults, strict=True):
        assert stub is ... or stub == real, f"{where}: the stub's default {stub!r} is really {real!r}"


def test_the_module_and_its_stub_have_the_same_names() -> None:
    public = {name for name in vars(_engine) if not name.startswith("_")}
    assert {*CLASSES, *FUNCTIONS} == public
    assert set(engine.__all__) <= public
    assert all(getattr(engine, name) is getattr(_engine, name) for name in engine.__all__)


def test_functions_match() -> None:
    for name, node in FUNCTIONS.items():
        check_function(name, node, getattr(_engine, name))


def test_classes_match() -> None:
    for name, node in CLASSES.items():
        class_ = getattr(_engine, name)
        bases = [ast.unparse(base) for base in node.bases]
        assert bases == [base.__name__ for base in class_.__bases__ if base is not object], name
        stubbed = {member: (kind, definition) for member, kind, definition in stub_members(node)}
        real = set(vars(class_)) - IMPLIED
        if issubclass(class_, Exception) or not hasattr(class_.__init__, "__nb_signature__"):
            real.discard("__init__")  # made by the engine only
        assert real - set(stubbed) == set(), f"{name}: the stub lacks these"
        assert set(stubbed) - real - IMPLIED == set(), f"{name}: only the stub has these"
        for member, (kind, definition) in stubbed.items():
            found = vars(class_)[member]
            if kind == "property":
                assert isinstance(found, property), f"{name}.{member}"
            else:
                assert ("self" not in shape(definition)) == (kind == "staticmethod"), f"{name}.{member}"
                check_function(f"{name}.{member}", definition, found)
