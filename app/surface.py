"""Programs and abstractions in the forms that people read: Python, and formulas where they are some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine import EngineError, Term, Type
from library.exports.formula import formula_of
from library.formulas import FormulaError
from library.snapshot import Abstraction, Library

if TYPE_CHECKING:
    from app.db.models import LibraryRow


@lru_cache(maxsize=32)
def initial_library(domain: str) -> Library:
    """The domain's primitives alone, made once. Raises UnknownDomain."""
    return Library.initial(domain)


@dataclass(frozen=True)
class _Snapshot:
    """A library's JSON, known by its hash."""

    content_hash: str
    content: Mapping[str, Any] = field(compare=False)


def library_of(domain: str, version: LibraryRow | None) -> Library:
    """The library of a stored version, or the domain's primitives alone where there is none. Read once: that
    takes longer than many a search."""
    if version is None:
        return initial_library(domain)
    return _read(_Snapshot(version.content_hash, version.snapshot))


@lru_cache(maxsize=16)
def _read(snapshot: _Snapshot) -> Library:
    return Library.from_json(snapshot.content)


def python_form(domain: str, program: str, request: str, library: Library | None = None) -> str:
    """A program in Python. Abstractions go by their names in `library`; others are written out."""
    return (library or initial_library(domain)).python(program, request)


def formula_form(domain: str, program: str, request: str, library: Library | None = None) -> str | None:
    """A program on real numbers and vectors as a formula; None where it is none."""
    if "real" not in request:
        return None
    language = (library or initial_library(domain)).language
    try:
        return formula_of(Term.parse(program), Type.parse(request), language)
    except (FormulaError, EngineError):
        return None


def abstraction_form(abstraction: Abstraction, library: Library) -> str:
    """An abstraction's body in Python; under its own name it would print as that name alone."""
    return library.python(str(abstraction.term.body), abstraction.type)
