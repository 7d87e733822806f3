"""Productions that dreams hardly use, and grammars that make them use those.

Enumeration finds nothing to put into the holes that constants stand for, and what is in few short programs
comes late. On the list domain, where neither is so, seeking them changes little (docs/LOG.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np

import engine
from library.refactoring import leaves

RARE_SHARE = 0.02
"""A production that fewer of the programs use is rare."""
HOLE_PROBABILITY = 0.3
"""In a boosted grammar, that of the production in each hole, if all the others fitted there too."""


def rare_productions(language: engine.Language, programs: Collection[engine.Term]) -> list[int]:
    """The numbers of the productions that fewer than `RARE_SHARE` of the programs use, in order."""
    uses = Counter(leaf for program in programs for leaf in set(leaves(program)))
    for leaf in list(uses):  # what is written in a hole uses the hole
        if leaf.constant_value is not None:
            hole = "STRING" if isinstance(leaf.constant_value, str) else "REAL"
            uses[engine.Term.primitive(hole)] += uses[leaf]
    return [number for number, term in enumerate(language.terms) if uses[term] < RARE_SHARE * len(programs)]


def boosted(grammar: engine.Grammar, number: int) -> engine.Grammar:
    """The grammar with at least `HOLE_PROBABILITY` for one production, wherever it fits."""
    weights = grammar.weights.copy()
    others = np.logaddexp.reduce(np.delete(weights, number, axis=1), axis=1)
    odds = np.log(HOLE_PROBABILITY / (1 - HOLE_PROBABILITY))
    weights[:, number] = np.maximum(weights[:, number], others + odds)
    return engine.Grammar(grammar.language, weights)
