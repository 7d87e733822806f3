"""Programs rewritten with an abstraction, or without it, and never changed in meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from engine import IllTyped, Language, Term, Type, rewrite
from library.description import Frontier


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


def refactor(language: Language, frontiers: Sequence[Frontier], abstraction: Term) -> list[Frontier] | None:
    """All programs rewritten with the abstraction, η-long; None if that changes none of them.

    A rewriting is kept only if it is well typed in the language and its β-normal form, every abstraction
    spelled out, is that of the original.
    """
    written: list[Frontier] = []
    for frontier in frontiers:
        rewritten = rewrite(list(frontier.terms), abstraction, arity(abstraction))
        terms = (
            _checked(language, *pair, frontier.request)
            for pair in zip(frontier.terms, rewritten, strict=True)
        )
        written.append(replace(frontier, terms=tuple(terms)))
    return None if written == list(frontiers) else written


def distinct(frontier: Frontier) -> Frontier:
    """The frontier without programs that are there already."""
    first = {term: i for i, term in reversed(list(enumerate(frontier.terms)))}
    kept = sorted(first.values())
    return replace(
        frontier,
        terms=tuple(frontier.terms[i] for i in kept),
        log_likelihoods=tuple(frontier.log_likelihoods[i] for i in kept),
    )


def _checked(language: Language, original: Term, rewritten: Term, request: Type) -> Term:
    if rewritten == original:
        return original
    try:
        rewritten = language.eta_long(rewritten, request)
    except IllTyped:
        return original
    meant = language.eta_long(original.beta_normal(), request)
    return rewritten if language.eta_long(rewritten.beta_normal(), request) == meant else original
