"""Compression of a small corpus by DreamCoder's method, version spaces, on Stitch's costs.

It answers in the form of the fast search (``wakesleep compress``), which it is the measure of.
"""

from __future__ import annotations

from typing import Any

from engine import Term, VersionSpaceSearchConfig, search_version_spaces
from library.stitch_form import cost, with_names


def compress(
    corpus: list[list[Term]], inversion_steps: int, max_arity: int, iterations: int
) -> dict[str, Any]:
    """Up to `iterations` abstractions, each the best for what the ones before left of the corpus.

    ``abstractions`` have ``name``, ``body``, ``arity`` and ``uses``; ``rewritten`` are all programs, in
    order, with abstractions by name; ``ratio`` is the programs' cost before over that after; ``notes`` say
    where version spaces grew too large, so that fewer inversion steps were taken. Calls may have fewer
    arguments than parameters. Raises EngineError for `inversion_steps` or `max_arity` out of range.
    """
    config = VersionSpaceSearchConfig(inversion_steps=inversion_steps, max_arity=max_arity, hole_cost=0)
    before = after = sum(cost(term) for programs in corpus for term in programs)
    abstractions: list[dict[str, Any]] = []
    named: list[tuple[str, Term]] = []
    notes: list[str] = []
    for number in range(iterations):
        found = search_version_spaces(corpus, config)
        if found.note and found.note not in notes:
            notes.append(found.note)
        cheaper = sum(cost(term) for programs in found.rewritten for term in programs)
        if not found.candidates or cheaper >= after:
            break
        best, name = found.candidates[0], f"fn_{number}"
        body = with_names(str(best.body), named)
        abstractions.append({"name": name, "body": body, "arity": best.arity, "uses": best.uses})
        named.append((name, Term.abstraction(best.body)))
        corpus, after = found.rewritten, cheaper
    return {
        "abstractions": abstractions,
        "rewritten": [with_names(str(term), named) for programs in corpus for term in programs],
        "ratio": before / max(1, after),
        "notes": notes,
    }
