"""Programs that were put together from primitives, written with what the library has learned."""

from __future__ import annotations

import math

from engine import EngineError, Term, Type, rewrite
from library.refactoring import arity
from library.snapshot import Library


def likeliest(program: Term, request: Type, library: Library) -> tuple[Term, float] | None:
    """The η-long program with calls of abstractions wherever that makes it more probable, and its log prior
    in nats; None where the library can't make it at all.

    Abstractions are tried in the order they were learned, so that one that is built on another finds it.
    """
    best = _scored(program, request, library)
    for abstraction in library.abstractions:
        if best is None:
            break
        [written] = rewrite([best[0]], abstraction.term, arity(abstraction.term))
        scored = _scored(written, request, library)
        if scored is not None and scored[1] > best[1]:
            best = scored
    return best


def _scored(program: Term, request: Type, library: Library) -> tuple[Term, float] | None:
    try:
        written = library.language.eta_long(program, request)
        log_prior = library.grammar.log_likelihood(written, request)
    except EngineError:
        return None
    return (written, log_prior) if math.isfinite(log_prior) else None
