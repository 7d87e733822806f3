"""What a library is exported as: functions, each after those that it calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from engine import Language, Term, Type
from engine.python_form import Surface
from library.domain import Domain, get_domain
from library.snapshot import Abstraction, Library


@dataclass(frozen=True)
class Function:
    """One function. ``listed`` is its abstraction in the library; None where only others' bodies hold it."""

    name: str
    term: Term
    type: Type
    listed: Abstraction | None

    @property
    def is_constant(self) -> bool:
        """Whether it takes no arguments."""
        return not self.type.arguments


@dataclass(frozen=True)
class Functions:
    """A domain's functions in dependency order, each with a name of its own."""

    domain: Domain
    functions: tuple[Function, ...]

    @staticmethod
    def of(library: Library) -> Functions:
        """The library's abstractions and those inside of them.

        One that the library doesn't list (it was retired, say, while another one calls it) is called
        ``helper_1`` and so on.
        """
        listed = {abstraction.term: abstraction for abstraction in library.abstractions}
        taken = library.surface.functions
        fresh = (name for number in count(1) if (name := f"helper_{number}") not in taken)
        functions: dict[Term, Function] = {}
        for abstraction in library.abstractions:
            for term in (*abstraction.term.body.abstractions, abstraction.term):  # inner ones come first
                if term not in functions:
                    known = listed.get(term)
                    name = known.name if known else next(fresh)
                    functions[term] = Function(name, term, library.language.infer(term), known)
        return Functions(get_domain(library.domain), tuple(functions.values()))

    @cached_property
    def surface(self) -> Surface:
        return surface_of(self.domain, [(function.name, function.term) for function in self.functions])

    @cached_property
    def language(self) -> Language:
        return self.domain.language(function.term for function in self.functions)

    @cached_property
    def by_term(self) -> dict[Term, Function]:
        return {function.term: function for function in self.functions}


def surface_of(domain: Domain, named: Sequence[tuple[str, Term]]) -> Surface:
    """The Python form of the domain's primitives and of these abstractions."""
    primitives = tuple((primitive.name, primitive.type, primitive.python) for primitive in domain.primitives)
    return Surface(primitives, tuple(named))
