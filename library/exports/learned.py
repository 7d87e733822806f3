"""A library of bare terms: forms without types and docstrings get them here."""

from __future__ import annotations

from collections.abc import Sequence

from engine import EngineError, Term
from library.domain import get_domain
from library.naming import document, name_abstraction
from library.snapshot import Abstraction, Library, LibraryError, surface_of


def library_of(
    domain_name: str, terms: Sequence[tuple[str | None, Term]], weights: Sequence[float] | None = None
) -> Library:
    """Abstractions with these names, composed where there is none; types inferred, docstrings composed.

    weights: as in Library; equal ones where there are none. Raises LibraryError and UnknownDomain.
    """
    domain = get_domain(domain_name)
    language = domain.language()
    taken = {name for name, _ in terms if name}
    made: list[Abstraction] = []
    for number, (given, term) in enumerate(terms):
        try:
            name = given or name_abstraction(term, domain, language, taken)
            made.append(Abstraction(name, str(term), str(language.infer(term))))
        except EngineError as error:
            raise LibraryError(f"abstractions[{number}] ({given or term}): {error}") from None
        taken.add(name)
    count = len(domain.primitives) + len(made) + 1
    bare = Library(domain.name, tuple(made), tuple(weights) if weights is not None else (0.0,) * count)
    library = Library.from_json(bare.to_json())  # checks it
    surface, known = surface_of(domain, library.abstractions), library.language
    documented = tuple(
        Abstraction(one.name, one.body, one.type, document(one, known, surface))
        for one in library.abstractions
    )
    return Library(library.domain, documented, library.weights)
