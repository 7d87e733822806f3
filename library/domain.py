"""A domain: the primitives that programs are made of, and where its tasks come from.

A domain knows nothing of grammars, frontiers or search. Its primitives are evaluated by the engine, or by the
Python functions that they carry (library/python_primitives.py); what is kept here is their names, types and
explanations, and how each is written in the Python form of a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from engine import Language, Likelihood, PythonPrimitive, Term, Type

TaskRecords = list[dict[str, Any]]
"""Tasks in their JSON form: ``{"name", "request", "examples": [{"inputs", "output"}]}``."""


_EXACT = Likelihood.exact()


class UnknownDomain(LookupError):
    """No domain has the name asked for; the message lists those there are."""


class BrokenDomain(UnknownDomain):
    """A domain was installed that can't be used; the message names its distribution and what is wrong."""


class DomainError(ValueError):
    """A domain, or a function in it, that can't be one."""


@dataclass(frozen=True)
class PrimitiveExample:
    """A program whose value shows what a primitive does; ``inputs`` are its arguments."""

    program: str
    request: str
    inputs: tuple[Any, ...]
    output: Any


@dataclass(frozen=True)
class Primitive:
    """One built-in function. ``python`` is its surface form, ``function`` what evaluates it where the engine
    doesn't by its name.

    ``call:is_prime`` a call; ``binary:+`` an operator; ``literal:[]`` a literal; ``conditional`` the three-
    way ``a if c else b``; ``integer`` an integer, sums of which print folded.
    """

    name: str
    type: str
    doc: str
    python: str
    example: PrimitiveExample | None
    function: PythonPrimitive | None = field(default=None, compare=False)


def engine_primitive(
    name: str,
    type: str,
    python: str,
    doc: str,
    program: str,
    request: str,
    inputs: tuple[Any, ...],
    output: Any,
) -> Primitive:
    """A primitive that the engine evaluates, with what its example is made of, as a domain's table has it."""
    return Primitive(name, type, doc, python, PrimitiveExample(program, request, inputs, output))


@dataclass(frozen=True)
class Domain:
    """Primitives, the requests its tasks usually make, and the tasks shipped with it.

    ``likelihood`` says how well an output fits an example's; a program solves a task where it gives every
    example more than nothing.
    ``equations`` are texts such as ``(+ a 0) = a``: wherever the left side gives a value, the right side
    gives the same. Search leaves out what they make redundant (engine/src/equations.hpp has the forms).
    ``idioms`` are (pattern, word) pairs that naming uses: a pattern is a term with ``_`` for any sub-term.
    ``twin`` is a file with the primitives as plain Python functions, called as in the Python form, that
    depends on nothing and is copied into packages that libraries are exported as. An operator that Python
    has another meaning for is a function there, ``mod`` for ``%``.
    ``weights`` are logs that primitives have before anything is learned; all others have 0.
    ``structure_penalty`` is what a node of an abstraction costs in its sleeps, in nats: less where programs
    are few and short.
    """

    name: str
    description: str
    primitives: tuple[Primitive, ...]
    requests: tuple[str, ...]
    shipped_tasks: Callable[[], tuple[TaskRecords, TaskRecords]]
    equations: tuple[str, ...] = ()
    idioms: tuple[tuple[str, str], ...] = ()
    twin: Path | None = None
    partial: Mapping[str, str] = field(default_factory=dict[str, str])
    likelihood: Likelihood = _EXACT
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    structure_penalty: float = 1.5

    @cached_property
    def scalars(self) -> frozenset[str]:
        """What its types are made of besides lists and functions: ``int``, ``bool``, ``real``, ``char``."""
        found: set[str] = set()
        waiting = [Type.parse(primitive.type) for primitive in self.primitives]
        while waiting:
            type_ = waiting.pop()
            waiting += type_.parameters
            if not type_.parameters and not type_.is_polymorphic:
                found.add(type_.constructor)
        return frozenset(found)

    def language(self, abstractions: Iterable[Term] = ()) -> Language:
        """The engine's language of these primitives and the given ``#(...)`` abstractions, in that order,
        with the domain's equations.
        """
        return Language(
            [(primitive.name, primitive.type) for primitive in self.primitives],
            list(abstractions),
            self.equations,
            [(primitive.name, primitive.function) for primitive in self.primitives if primitive.function],
        )


def domain_names() -> list[str]:
    """Names of the shipped and the installed domains; nothing that a package brings is imported."""
    from library.domains import DOMAINS
    from library.installed_domains import installed_names

    return sorted({*DOMAINS, *installed_names()})


def get_domain(name: str) -> Domain:
    """The domain of this name, a shipped or an installed one; raises UnknownDomain."""
    # Here, because the domains are made of this file's classes.
    from library.domains import DOMAINS
    from library.installed_domains import installed_domain

    if name in DOMAINS:
        return DOMAINS[name]
    domain = installed_domain(name)
    if domain is None:
        raise UnknownDomain(f"unknown domain {name!r}; the domains are: {', '.join(domain_names())}")
    return domain


def shipped_primitives(*names: str) -> tuple[Primitive, ...]:
    """Primitives of the list domain, such as ``"+"`` and ``"if"``, for a domain that has others beside.

    Raises DomainError for a name that it doesn't have.
    """
    from library.domains.list import PRIMITIVES

    known = {primitive.name: primitive for primitive in PRIMITIVES}
    if unknown := [name for name in names if name not in known]:
        raise DomainError(f"no shipped primitive is called {unknown[0]!r}; there are: {', '.join(known)}")
    return tuple(known[name] for name in names)
