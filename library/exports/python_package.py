"""A library as a plain Python package: readable, installable, and without any need of us.

FOLDER/pyproject.toml           for pip; setuptools builds it
FOLDER/README.md
FOLDER/NAME/__init__.py         the functions, importable from NAME
FOLDER/NAME/functions.py        a function for each abstraction, with types, docstring and doctest
FOLDER/NAME/primitives.py       the domain's primitives in plain Python
FOLDER/NAME/lazy.py             only where an argument may have to wait
FOLDER/NAME/library.json        what Python can't say: domain, order, exact bodies, tasks, weights
"""

from __future__ import annotations

import ast
import json
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from library.domain import Domain
from library.exports.docstrings import docstring_literal
from library.exports.examples import doctest_of
from library.exports.graph import Function, Functions
from library.exports.hints import hint
from library.exports.python_source import Definition, PythonSource
from library.snapshot import Library, LibraryError

DATA = "library.json"
FUNCTIONS = "functions.py"
FORMAT = 1


def package_files(library: Library, folder_name: str) -> dict[str, str]:
    """Relative path -> content. The package is called as the folder is, where that makes a module's name.

    Raises LibraryError for a domain without plain Python primitives and for names that Python reads as
    another.
    """
    functions = Functions.of(library)
    primitives = _twin(functions.domain)
    for function in functions.functions:
        _check_name(function.name)
    source = PythonSource(functions, _defined(primitives))
    definitions = source.definitions()
    text = _functions_module(source, definitions)  # the examples in it may use more of the primitives
    name = module_name(folder_name, library.domain)
    files = {
        "pyproject.toml": _pyproject(name, library),
        "README.md": _readme(name, library, definitions),
        f"{name}/__init__.py": _init(name, library),
        f"{name}/py.typed": "",
        f"{name}/{FUNCTIONS}": text,
        f"{name}/primitives.py": primitives,
        f"{name}/{DATA}": json.dumps(_data(library, functions), indent=2) + "\n",
    }
    if source.lazy_names.keys() & source.used:
        files[f"{name}/lazy.py"] = Path(__file__).with_name("lazy_runtime.py").read_text("utf-8")
    return files


def module_name(folder_name: str, domain: str) -> str:
    """A name to import by; ``list_library`` where the folder's own won't do."""
    name = re.sub(r"\W+", "_", folder_name, flags=re.ASCII).strip("_").lower()
    usable = name.isidentifier() and not keyword.iskeyword(name) and name not in sys.stdlib_module_names
    return name if usable else f"{domain}_library"


def _twin(domain: Domain) -> str:
    if domain.twin is None:
        raise LibraryError(f"domain {domain.name} has no plain Python form; export as json instead")
    return domain.twin.read_text("utf-8")


def _defined(source: str) -> frozenset[str]:
    """Functions, and constants, which are those with a type: ``pi: float = math.pi``."""
    body = ast.parse(source).body
    constants = [node.target for node in body if isinstance(node, ast.AnnAssign)]
    return frozenset(
        [node.name for node in body if isinstance(node, ast.FunctionDef)]
        + [target.id for target in constants if isinstance(target, ast.Name)]
    )


def _check_name(name: str) -> None:
    if name.startswith("__"):
        raise LibraryError(f"abstraction {name}: a name with two underscores in front means something else")
    if unicodedata.normalize("NFKC", name) != name:
        raise LibraryError(f"abstraction {name}: Python reads this name as another one")


def _functions_module(source: PythonSource, definitions: list[Definition]) -> str:
    taken = source.reserved | {name for definition in definitions for name in definition.parameters}
    variables: list[str] = []
    blocks: list[str] = []
    for definition in definitions:
        named: dict[str, str] = {}
        blocks.append(_function(source, definition, named, _type_variables(taken)))
        variables += [name for name in named.values() if name not in variables]
    lines = ['"""The functions that were learned."""', "", "from __future__ import annotations", ""]
    typing = [name for name, used in (("Any", any("Any" in block for block in blocks)),) if used]
    if any("Callable[" in block for block in blocks):
        lines.append("from collections.abc import Callable")
    if variables:
        typing.append("TypeVar")
    if typing:
        lines.append(f"from typing import {', '.join(typing)}")
    if lines[-1]:
        lines.append("")
    lazy = [
        name if own == name else f"{own} as {name}"
        for own, name in source.lazy_names.items()
        if own in source.used
    ]
    primitives = sorted(source.used - source.lazy_names.keys())
    lines += [f"from .lazy import {', '.join(lazy)}"] if lazy else []
    lines += [f"from .primitives import {', '.join(primitives)}"] if primitives else []
    names = ", ".join(f'"{definition.function.name}"' for definition in definitions)
    lines += ["", f"__all__ = [{names}]", ""]
    lines += [f'{name} = TypeVar("{name}")' for name in sorted(variables)]
    return "\n".join(lines).rstrip("\n") + "\n" + "".join(f"\n\n{block}\n" for block in blocks)


def _type_variables(taken: set[str]) -> Iterator[str]:
    number = 0
    while True:
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            name = f"{letter}{number or ''}"
            if name not in taken:
                yield name
        number += 1


def _function(
    source: PythonSource, definition: Definition, named: dict[str, str], free: Iterator[str]
) -> str:
    function = definition.function
    types = [hint(type_, named, free) for type_ in function.type.arguments]
    parameters = ", ".join(
        f"{name}: {type_}" for name, type_ in zip(definition.parameters, types, strict=True)
    )
    head = f"def {function.name}({parameters}) -> {hint(function.type.returns, named, free)}:"
    text = function.listed.docstring if function.listed else "Called by other functions."
    docstring = docstring_literal(text, doctest_of(function, source))
    result = f"    return {ast.unparse(definition.result)}"
    return "\n".join([head, f"    {docstring}", result] if docstring else [head, result])


def _data(library: Library, functions: Functions) -> dict[str, Any]:
    def entry(function: Function) -> dict[str, Any]:
        tasks = list(function.listed.tasks) if function.listed else []
        return {"name": function.name, "body": str(function.term), "tasks": tasks}

    return {
        "format": FORMAT,
        "domain": library.domain,
        "functions": [entry(functions.by_term[abstraction.term]) for abstraction in library.abstractions],
        "helpers": [entry(function) for function in functions.functions if function.listed is None],
        "weights": list(library.weights),
    }


def _pyproject(name: str, library: Library) -> str:
    return f"""[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "{name.replace("_", "-")}"
version = "1.0.0+{library.content_hash[:12]}"
description = "Functions of the domain {library.domain} that were learned from tasks."
readme = "README.md"
requires-python = ">=3.11"

[tool.setuptools]
packages = ["{name}"]

[tool.setuptools.package-data]
{name} = ["library.json", "py.typed"]
"""


def _init(name: str, library: Library) -> str:
    return f'''"""Functions of the domain {library.domain} that were learned from tasks."""

from .functions import *
from .functions import __all__ as __all__
'''


def _readme(name: str, library: Library, definitions: list[Definition]) -> str:
    names = "\n".join(f"- `{definition.function.name}`" for definition in definitions) or "(none)"
    return f"""# {name}

Functions of the domain {library.domain} that were learned from tasks, as plain Python without dependencies.

    pip install .
    python -c "import {name}; help({name}.functions)"
    python -m doctest {name}/primitives.py     # or: pytest --doctest-modules, once installed

{names}

Where the engine that learned them fails, they raise; but Python's integers have no bounds, and nothing counts
steps. `{name}/{DATA}` keeps what Python can't say, so that the package can be read back; it is library
`{library.content_hash}`.
"""
