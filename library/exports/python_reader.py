"""A Python package back into a library. The file is parsed with `ast` and never executed."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import EngineError, Language, ParseError, Term, Type
from engine.python_form import from_node
from library.domain import Domain, get_domain
from library.exports.docstrings import split
from library.exports.graph import surface_of
from library.exports.hints import same_up_to_names, type_of_hints
from library.exports.python_package import DATA, FORMAT, FUNCTIONS
from library.exports.python_source import LAZY_NAMES, SHOWN_AS
from library.snapshot import Library, LibraryError


@dataclass(frozen=True)
class _Read:
    """A function of the file."""

    line: int
    term: Term
    docstring: str


def read_package(folder: Path) -> Library:
    """The library of a package's folder, or of the folder it is in.

    Names, docstrings and functions come from functions.py, the rest from library.json; where both say
    something they must agree. Raises LibraryError with file and line.
    """
    inner = _package_in(folder)
    data = _data(inner / DATA)
    functions = inner / FUNCTIONS
    try:
        text = functions.read_bytes().decode("utf-8")
        tree = ast.parse(text)
    except SyntaxError as error:
        raise LibraryError(f"{functions}, line {error.lineno or 1}: {error.msg}") from None
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise LibraryError(f"{functions}: {error}") from None
    try:
        domain = get_domain(data["domain"])
    except LookupError as error:
        raise LibraryError(f"{inner / DATA}: {error}") from None
    entries: list[dict[str, Any]] = data["functions"]
    stated = {entry["name"]: entry.get("body") for entry in (*entries, *data["helpers"])}
    if len(stated) < len(entries) + len(data["helpers"]):
        raise LibraryError(f"{inner / DATA}: a function is there twice")
    found = _Reader(domain, functions, stated).read(tree)
    if missing := [name for name in stated if name not in found]:
        raise LibraryError(f"{functions}: no function {missing[0]}, which {DATA} lists")
    language = domain.language()
    abstractions = [
        {
            "name": entry["name"],
            "body": str(found[entry["name"]].term),
            "type": str(language.infer(found[entry["name"]].term)),
            "docstring": found[entry["name"]].docstring,
            "tasks": entry["tasks"],
        }
        for entry in entries
    ]
    try:
        return Library.from_json(
            {"domain": domain.name, "abstractions": abstractions, "weights": data["weights"]}
        )
    except LibraryError as error:
        raise LibraryError(f"{inner}: {error}") from None


def _package_in(folder: Path) -> Path:
    if (folder / DATA).is_file():
        return folder
    try:
        found = [inner for inner in sorted(folder.iterdir()) if (inner / DATA).is_file()]
    except OSError as error:
        raise LibraryError(f"{folder}: {error}") from None
    if len(found) != 1:
        raise LibraryError(f"{folder}: expected one package with a {DATA} in it, found {len(found)}")
    return found[0]


def _data(path: Path) -> dict[str, Any]:
    try:
        data: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise LibraryError(f"{path}: {error}") from None
    keys = {"format": int, "domain": str, "functions": list, "helpers": list, "weights": list}
    if not isinstance(data, dict) or any(not isinstance(data.get(key), type_) for key, type_ in keys.items()):
        raise LibraryError(f"{path}: expected an object with {', '.join(keys)}")
    if data["format"] != FORMAT:
        raise LibraryError(f"{path}: format {data['format']} is not known here, only {FORMAT}")
    for entry in (*data["functions"], *data["helpers"]):
        body = entry.get("body") if isinstance(entry, dict) else None
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("name"), str)
            or not isinstance(entry.get("tasks"), list)
            or not isinstance(body, str | None)
        ):
            raise LibraryError(f"{path}: a function is an object with name, tasks and body, not {entry!r}")
    return data


class _Reader:
    """Reads the statements of functions.py in their order."""

    def __init__(self, domain: Domain, path: Path, stated: dict[str, str | None]) -> None:
        self.domain, self.path, self.stated = domain, path, stated
        self.language: Language = domain.language()
        self.lazy: dict[str, str] = {}
        self.found: dict[str, _Read] = {}
        self.constants: set[str] = set()

    def read(self, tree: ast.Module) -> dict[str, _Read]:
        for number, node in enumerate(tree.body):
            if isinstance(node, ast.FunctionDef):
                self.function(node)
            elif isinstance(node, ast.ImportFrom):
                if node.module == "lazy":
                    self.lazy |= {alias.asname or alias.name: alias.name for alias in node.names}
                elif node.module == "primitives":
                    shown = {alias.name for alias in node.names} & {*SHOWN_AS.values()}
                    self.lazy |= dict.fromkeys(shown, "now")  # like it, they change nothing
            elif not _is_frame(node, number):
                raise self.refused(node, "only imports, type variables and functions may stand here")
        return self.found

    def refused(self, node: ast.AST, what: str) -> LibraryError:
        return LibraryError(f"{self.path}, line {getattr(node, 'lineno', 1)}: {what}")

    def function(self, node: ast.FunctionDef) -> None:
        if node.name not in self.stated:
            raise self.refused(node, f"{node.name} is not listed in {DATA}")
        if node.name in self.found:
            raise self.refused(node, f"a second function {node.name}")
        given = node.args
        if given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults:
            raise self.refused(node, f"{node.name}: plain parameters only")
        if node.decorator_list:
            raise self.refused(node, f"{node.name}: no decorators")
        documented = ast.get_docstring(node, clean=False)
        statements = node.body[documented is not None :]
        returned = statements[0] if len(statements) == 1 else None
        if not isinstance(returned, ast.Return) or returned.value is None:
            raise self.refused(node, f"{node.name}: expected a docstring and one return")
        term = self.term(node, returned.value)
        try:
            term = self.checked(node, Term.abstraction(term))
        except EngineError as error:
            raise self.refused(node, f"{node.name}: {error}") from None
        if not given.args:
            self.constants.add(node.name)
        self.found[node.name] = _Read(node.lineno, term, split(documented or "")[0])

    def term(self, node: ast.FunctionDef, result: ast.expr) -> Term:
        plain = _Plain(self.lazy, self.constants).visit(result)
        whole = ast.copy_location(ast.Lambda(node.args, plain), node) if node.args.args else plain
        ast.fix_missing_locations(whole)
        surface = surface_of(self.domain, [(name, read.term) for name, read in self.found.items()])
        try:
            return from_node(whole, surface)
        except ParseError as error:
            raise LibraryError(f"{self.path}, {error}") from None
        except EngineError as error:
            raise self.refused(node, f"{node.name}: {error}") from None

    def checked(self, node: ast.FunctionDef, term: Term) -> Term:
        """The term as library.json has it, where that is the same function and has the hints' type.

        Its type may be narrower than that of what is written: a body can have arguments that it drops.
        """
        body = self.stated[node.name]
        stated = term if body is None else Term.parse(body)
        if stated.kind != "abstraction":
            raise self.refused(node, f"{node.name}: its body in {DATA} is no #(...)")
        type_ = self.language.infer(stated)
        hinted = type_of_hints([*(argument.annotation for argument in node.args.args), node.returns])
        if hinted is not None and not same_up_to_names(hinted, type_):
            raise self.refused(node, f"{node.name}: the type hints say {hinted}, the function is {type_}")
        if stated != term and not self._same(stated, term, type_):
            raise self.refused(
                node,
                f"{node.name} is not what {DATA} has as its body; to keep what is written here, "
                'take the "body" out there',
            )
        return stated

    def _same(self, stated: Term, term: Term, type_: Type) -> bool:
        try:
            return self.language.eta_long(stated.body, type_) == self.language.eta_long(term.body, type_)
        except EngineError:  # what is written has another type
            return False


def _is_frame(node: ast.stmt, number: int) -> bool:
    """The module's docstring, ``__all__ = [...]`` and ``A = TypeVar("A")``."""
    if isinstance(node, ast.Expr):
        return number == 0 and isinstance(node.value, ast.Constant)
    if not isinstance(node, ast.Assign):
        return False
    made = node.value.func if isinstance(node.value, ast.Call) else None
    return ast.unparse(node.targets[0]) == "__all__" or (isinstance(made, ast.Name) and made.id == "TypeVar")


class _Plain(ast.NodeTransformer):
    """Takes out what only makes arguments wait, and the calls of functions without parameters."""

    def __init__(self, lazy: dict[str, str], constants: set[str]) -> None:
        self.lazy, self.constants = lazy, constants

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.keywords:
            return node
        name, arguments = node.func.id, node.args
        if not arguments and name in self.constants:
            return node.func
        role = self.lazy.get(name)
        if role == "call" and len(arguments) > 1:
            return ast.copy_location(ast.Call(arguments[0], arguments[1:], []), node)
        if role in LAZY_NAMES and len(arguments) == 1:
            waiting = arguments[0]
            if role != "later":
                return waiting
            if isinstance(waiting, ast.Lambda) and not waiting.args.args:
                return waiting.body
        return node
