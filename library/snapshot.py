"""A library version: the abstractions learned so far and the weights of the grammar, as an immutable
snapshot.

A snapshot is JSON and is known by the hash of its content. Programs carry their abstractions inline
(``#(...)``), so that no program ever depends on a snapshot; the snapshot gives them names, weights and
explanations.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine import EngineError, Grammar, Language, Term, Type
from engine.python_form import Surface, to_python
from library.domain import Domain, UnknownDomain, get_domain


class LibraryError(ValueError):
    """A library file that can't be trusted; the message says where and what is wrong."""


@dataclass(frozen=True)
class Abstraction:
    """A learned function. ``body`` is its ``#(...)`` text; ``tasks`` names those it was learned from."""

    name: str
    body: str
    type: str
    docstring: str = ""
    tasks: tuple[str, ...] = ()

    @cached_property
    def term(self) -> Term:
        return Term.parse(self.body)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "body": self.body,
            "type": self.type,
            "docstring": self.docstring,
            "tasks": list(self.tasks),
        }


@dataclass(frozen=True)
class Library:
    """Abstractions in the order they were learned, and one row of logs: a weight for each production
    (primitives, then abstractions), and one for variables.
    """

    domain: str
    abstractions: tuple[Abstraction, ...]
    weights: tuple[float, ...]

    @staticmethod
    def initial(domain: str) -> Library:
        """Nothing learned yet: the domain's primitives, with the weights it gives them. Raises
        UnknownDomain.
        """
        known = get_domain(domain)
        return Library(domain, (), (*(known.weights.get(each.name, 0.0) for each in known.primitives), 0.0))

    @cached_property
    def language(self) -> Language:
        return get_domain(self.domain).language(abstraction.term for abstraction in self.abstractions)

    @cached_property
    def grammar(self) -> Grammar:
        """The plain grammar (one context) of these weights."""
        return Grammar(self.language, np.array([self.weights], dtype=np.float64))

    @cached_property
    def surface(self) -> Surface:
        """How this library's programs look in Python."""
        return surface_of(get_domain(self.domain), self.abstractions)

    def python(self, program: str, request: str) -> str:
        """A program's text in the Python form; the request sharpens the names of its variables."""
        return to_python(Term.parse(program), self.surface, request)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        canonical = json.dumps(
            self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        return {
            "domain": self.domain,
            "abstractions": [abstraction.to_json() for abstraction in self.abstractions],
            "weights": list(self.weights),
        }

    @staticmethod
    def from_json(data: Any) -> Library:
        """The library of this JSON; raises LibraryError where it is malformed or contradicts itself."""
        fields = _object(data, "the library", {"domain", "abstractions", "weights"})
        try:
            domain = get_domain(_text(fields["domain"], "domain"))
        except UnknownDomain as error:
            raise LibraryError(f"domain: {error}") from error
        abstractions = tuple(
            _abstraction(item, f"abstractions[{i}]")
            for i, item in enumerate(_list(fields["abstractions"], "abstractions"))
        )
        weights = tuple(
            _weight(item, f"weights[{i}]") for i, item in enumerate(_list(fields["weights"], "weights"))
        )
        expected = len(domain.primitives) + len(abstractions) + 1
        if len(weights) != expected:
            raise LibraryError(
                f"weights: {len(weights)} of them, but {len(domain.primitives)} primitives, "
                f"{len(abstractions)} abstractions and the variables make {expected}"
            )
        _check_abstractions(domain, abstractions)
        return Library(domain.name, abstractions, weights)


def surface_of(domain: Domain, abstractions: tuple[Abstraction, ...] = ()) -> Surface:
    """The Python form of the domain's primitives and of the abstractions, by their names."""
    return Surface(
        tuple((primitive.name, primitive.type, primitive.python) for primitive in domain.primitives),
        tuple((abstraction.name, abstraction.term) for abstraction in abstractions),
    )


def _check_abstractions(domain: Domain, abstractions: tuple[Abstraction, ...]) -> None:
    """Every body parses, is closed, has the stated type, and is there once; names suit the Python form."""
    language = domain.language()
    first: dict[Term, str] = {}
    for i, abstraction in enumerate(abstractions):
        where = f"abstractions[{i}] ({abstraction.name})"
        try:
            term = abstraction.term
            if term.kind != "abstraction":
                raise LibraryError(f"{where}.body: expected the form #(...), found {abstraction.body!r}")
            inferred, stated = language.infer(term), Type.parse(abstraction.type)
        except EngineError as error:
            raise LibraryError(f"{where}: {error}") from error
        if inferred != stated:
            raise LibraryError(
                f"{where}.type: {abstraction.type} is stated, but the body's type is {inferred}"
            )
        if term in first:
            raise LibraryError(f"{where}.body: the same as that of {first[term]}")
        first[term] = abstraction.name
    try:
        surface_of(domain, abstractions)
    except EngineError as error:
        raise LibraryError(f"abstractions: {error}") from error
    if len({abstraction.name for abstraction in abstractions}) < len(abstractions):
        raise LibraryError("abstractions: a name is there twice")


def _abstraction(item: Any, where: str) -> Abstraction:
    fields = _object(item, where, {"name", "body", "type", "docstring", "tasks"})
    name, body, type_, docstring = (
        _text(fields[key], f"{where}.{key}") for key in ("name", "body", "type", "docstring")
    )
    tasks = tuple(
        _text(task, f"{where}.tasks[{i}]") for i, task in enumerate(_list(fields["tasks"], f"{where}.tasks"))
    )
    return Abstraction(name, body, type_, docstring, tasks)


def _object(data: Any, where: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise LibraryError(f"{where}: expected an object, found {type(data).__name__}")
    if missing := sorted(keys - data.keys()):
        raise LibraryError(f"{where}: {', '.join(missing)} is missing")
    if unknown := sorted(map(str, data.keys() - keys)):
        raise LibraryError(f"{where}: {', '.join(unknown)} is not known here")
    return data


def _list(data: Any, where: str) -> list[Any]:
    if not isinstance(data, list):
        raise LibraryError(f"{where}: expected a list, found {type(data).__name__}")
    return data


def _text(data: Any, where: str) -> str:
    if not isinstance(data, str):
        raise LibraryError(f"{where}: expected a string, found {type(data).__name__}")
    return data


def _weight(data: Any, where: str) -> float:
    if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
        raise LibraryError(f"{where}: expected a finite number, found {data!r}")
    return float(data)
