"""Grammar weights from frontiers: one inside–outside step with pseudocounts.

For each production, ``uses`` is how often the programs use it and ``possible`` how often they could have;
then θ = log(uses + pseudocounts) − log(possible + pseudocounts). Programs of a frontier count by their share
of its posterior, so that a task counts once, however many solutions it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import Grammar, Language, Term, Type

Weights = NDArray[np.float64]
"""Shape [contexts, productions + 1], unnormalised logs; the last column weighs the variables."""

PSEUDOCOUNTS = 10.0
"""DreamCoder has 30. On the first frontiers of the shipped list tasks, 10 leaves the programs of tasks not
solved yet 1.4 to 1.8 nats cheaper (a search four to six times shorter); 5 lets only one abstraction pay."""
STRENGTH = 16.0
"""Of the plain fit in each context of a contextual one, in counts: weaker smoothing is known to do much
worse.
"""


_FIX, _FUNCTION = Term.primitive("fix1"), Type.parse("t0 -> t1")


@dataclass(frozen=True)
class WeightedProgram:
    """An η-long program and its share of its task, 0 … 1."""

    term: Term
    request: Type
    weight: float


def posterior_shares(log_joints: Sequence[float]) -> list[float]:
    """Shares of a frontier's programs from log P[x|ρ] + log P[ρ|L]; they sum to 1, or are all 0 if none is
    possible.
    """
    joints = np.asarray(log_joints, dtype=np.float64)
    if not len(joints) or np.isneginf(joints).all():
        return [0.0] * len(joints)
    shares = np.exp(joints - joints.max())
    return (shares / shares.sum()).tolist()


def fit(
    language: Language,
    frontiers: Sequence[Sequence[WeightedProgram]],
    pseudocounts: float = PSEUDOCOUNTS,
    contextual: bool = False,
    strength: float = STRENGTH,
    prior: Weights | None = None,
) -> Weights:
    """Weights of shape [1, P+1], or [2 + Σ arity, P+1] when contextual.

    The plain fit is smoothed with ``pseudocounts`` towards ``prior`` ([1, P+1]; by default all zeros,
    uniform), and each context of a contextual one with ``strength`` towards that plain fit.
    Where programs may call themselves, a contextual fit weighs that apart from the variables, in the column
    of ``fix1``; before anything is known, like the variables.
    """
    programs = [program for frontier in frontiers for program in frontier if program.weight > 0]
    uses, possible = Grammar.count(
        language,
        [program.term for program in programs],
        [program.request for program in programs],
        [program.weight for program in programs],
        itself_apart=contextual,
    )
    if prior is None:
        prior = np.zeros((1, uses.shape[1]))
    if contextual:
        prior = _with_itself(language, prior)
    plain = _smoothed(
        uses.sum(axis=0, keepdims=True), possible.sum(axis=0, keepdims=True), pseudocounts, prior
    )
    return _smoothed(uses, possible, strength, plain) if contextual else plain


def _with_itself(language: Language, prior: Weights) -> Weights:
    if not language.recursive(_FUNCTION):
        return prior
    prior = prior.copy()
    prior[:, language.terms.index(_FIX)] = prior[:, -1]
    return prior


def refit(
    language: Language, programs: Sequence[WeightedProgram], towards: Weights, strength: float = STRENGTH
) -> Weights:
    """Contextual weights [2 + Σ arity, P+1] of a few programs, smoothed in each context with ``strength``
    towards the contextual weights ``towards``."""
    uses, possible = Grammar.count(
        language,
        [program.term for program in programs],
        [program.request for program in programs],
        [program.weight for program in programs],
    )
    return _smoothed(uses, possible, strength, towards)


def _smoothed(uses: Weights, possible: Weights, strength: float, towards: Weights) -> Weights:
    return np.log(uses + strength * np.exp(towards)) - np.log(possible + strength)
