"""Terms taken apart, and abstractions replaced in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine import Term


def substitute(term: Term, replacement: Callable[[Term], Term | None]) -> Term:
    """The term with each ``#(...)`` replaced, inside its replacement too; None keeps one as it is.

    May leave redexes: ``Language.eta_long`` and ``Term.beta_normal`` remove them.
    """
    if term.kind == "application":
        return Term.apply(substitute(term.function, replacement), substitute(term.argument, replacement))
    if term.kind == "lambda":
        return Term.lambda_(substitute(term.body, replacement))
    if term.kind == "abstraction" and (new := replacement(term)) is not None:
        return substitute(new, replacement)
    return term


def leaves(term: Term) -> Iterator[Term]:
    """Primitives, abstractions (as a whole) and indices, from left to right."""
    if term.kind == "application":
        yield from leaves(term.function)
        yield from leaves(term.argument)
    elif term.kind == "lambda":
        yield from leaves(term.body)
    else:
        yield term


def arity(abstraction: Term) -> int:
    """The λs that the body starts with."""
    count, body = 0, abstraction.body
    while body.kind == "lambda":
        count, body = count + 1, body.body
    return count


def lowered(term: Term, depth: int = 0) -> Term | None:
    """The term without the innermost λ around it; None where it uses that λ's variable."""
    if term.kind == "index":
        if term.index == depth:
            return None
        return Term.index_of(term.index - 1) if term.index > depth else term
    if term.kind == "lambda":
        body = lowered(term.body, depth + 1)
        return None if body is None else Term.lambda_(body)
    if term.kind == "application":
        function, argument = lowered(term.function, depth), lowered(term.argument, depth)
        return None if function is None or argument is None else Term.apply(function, argument)
    return term
