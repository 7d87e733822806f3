"""Programs and abstractions in the Python form that people read."""

from __future__ import annotations

from functools import lru_cache

from library.snapshot import Abstraction, Library


@lru_cache(maxsize=32)
def initial_library(domain: str) -> Library:
    """The domain's primitives alone, made once. Raises UnknownDomain."""
    return Library.initial(domain)


def python_form(domain: str, program: str, request: str, library: Library | None = None) -> str:
    """A program in Python. Abstractions go by their names in `library`; others are written out."""
    return (library or initial_library(domain)).python(program, request)


def abstraction_form(abstraction: Abstraction, library: Library) -> str:
    """An abstraction's body in Python; under its own name it would print as that name alone."""
    return library.python(str(abstraction.term.body), abstraction.type)
