"""Compression of a small corpus by DreamCoder's method, version spaces, on Stitch's costs.

It answers in the form of the fast search (``wakesleep compress``), which it is the measure of.
"""

from __future__ import annotations

from typing import Any

from engine import Term, VersionSpaceSearchConfig, search_version_spaces
from library.corpus_compression import CorpusAbstraction, CorpusCompression, as_abstraction
from library.stitch_form import cost


def compress(
    corpus: list[list[Term]], inversion_steps: int, max_arity: int, iterations: int
) -> dict[str, Any]:
    """Up to `iterations` abstractions, each the best for what the ones before left of the corpus.

    In the form of ``CorpusCompression.to_json``, with ``notes`` that say where version spaces grew too large,
    so that fewer inversion steps were taken. Calls may have fewer
    arguments than parameters. Raises EngineError for `inversion_steps` or `max_arity` out of range.
    """
    config = VersionSpaceSearchConfig(inversion_steps=inversion_steps, max_arity=max_arity, hole_cost=0)
    before = after = sum(cost(term) for programs in corpus for term in programs)
    found: list[CorpusAbstraction] = []
    notes: list[str] = []
    for _ in range(iterations):
        searched = search_version_spaces(corpus, config)
        if searched.note and searched.note not in notes:
            notes.append(searched.note)
        cheaper = sum(cost(term) for programs in searched.rewritten for term in programs)
        if not searched.candidates or cheaper >= after:
            break
        found.append(as_abstraction(searched.candidates[0]))
        corpus, after = searched.rewritten, cheaper
    return CorpusCompression(tuple(found), corpus, before, after, not notes).to_json() | {"notes": notes}
