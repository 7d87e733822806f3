"""From samples to a grammar: what a model keeps reaching for in a task is worth searching around.

All valid samples count, failing ones too: a program that doesn't fit often has the right parts. They are
counted by probability, into a contextual grammar that is smoothed towards the library's own weights or the
fitted prior's, so that no production is ruled out: a hard allow-list is known to do worse than no guide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine import EngineError, Grammar, Type
from library.snapshot import Library
from library.weights import STRENGTH, WeightedProgram, Weights, fit, posterior_shares, refit
from synthesis.guide import Sample

TEMPERING = 0.5
"""Exponent of the samples' probabilities. They are of whole programs and lie tens of nats apart: taken as
they are, nearly all the weight would be the first sample's, however close to chance its lead was."""


def grammar_from_samples(
    library: Library,
    request: str,
    samples: Sequence[Sample],
    strength: float = STRENGTH,
    towards: Weights | None = None,
) -> Grammar | None:
    """A contextual grammar for one task; None where the library derives none of the samples.

    `samples` are best distinct (`distinct_by_outputs`). Together they count as much as there are of them.
    `towards`: contextual weights that they are smoothed towards, by default what they say anywhere together
    with the library's own; `strength`, in counts: of these in each context.
    """
    type_, prior = Type.parse(request), library.grammar
    derived = [sample for sample in samples if _derives(prior, sample, type_)]
    if not derived:
        return None
    shares = posterior_shares([TEMPERING * sample.log_probability for sample in derived])
    programs = [
        WeightedProgram(sample.program, type_, share * len(derived))
        for sample, share in zip(derived, shares, strict=True)
    ]
    if towards is not None:
        return Grammar(library.language, refit(library.language, programs, towards, strength))
    weights = fit(library.language, [programs], contextual=True, strength=strength, prior=prior.weights)
    return Grammar(library.language, weights)


def _derives(grammar: Grammar, sample: Sample, request: Type) -> bool:
    """A well-typed program can still use `fix1` in a way that no grammar writes."""
    try:
        return math.isfinite(grammar.log_likelihood(sample.program, request))
    except EngineError:
        return False
