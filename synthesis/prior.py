"""The fitted prior: the cheapest guide. A grammar, the same for every task, learned without a network.

It is contextual: what a production may be followed by is counted in the programs that solved tasks and in
dreams, the most probable program of each behaviour, which say what is redundant. It doesn't look at a
task's examples.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from engine import Grammar, Term, Type
from library.snapshot import Library
from library.weights import WeightedProgram, Weights, fit, posterior_shares
from synthesis.frontier import Entry, Frontier, score
from synthesis.guide import Guidance
from synthesis.task import Task

DREAM_MASS = 50.0
"""All dreams together count as much as this many solved tasks."""

PSEUDOCOUNTS, STRENGTH = 5.0, 2.0
"""Smoothing of the guide, far weaker than the library's own θ: with 44 of DreamCoder's list tasks solved, one
more CPU second on each of the other 65 solves 40 of them, against 35 at 30 and 16.
"""


class FittedPrior:
    """The `Guide` that searches under one grammar for all tasks: a fitted one, or the library's own."""

    dear = False

    def __init__(self, grammar: Grammar, name: str = "prior"):
        self.name = name
        self._guidance = Guidance(grammar=grammar)

    def guide(self, task: Task) -> Guidance:
        return self._guidance


def fit_prior(library: Library, frontiers: Iterable[Frontier], dreams: Iterable[tuple[str, str]]) -> Weights:
    """Contextual weights, [2 + Σ arity, P+1] logs, from solved tasks and (program, request) pairs of dreams.

    With neither, every context has the library's own weights.
    """
    groups = [weighted_programs(frontier) for frontier in frontiers]
    pairs = list(dreams)
    share = min(1.0, DREAM_MASS / max(1, len(pairs)))
    groups += [
        [WeightedProgram(Term.parse(program), Type.parse(request), share)] for program, request in pairs
    ]
    prior = np.array([library.weights], dtype=np.float64)
    return fit(library.language, groups, PSEUDOCOUNTS, contextual=True, strength=STRENGTH, prior=prior)


def primitives_prior(library: Library, frontiers: Collection[Frontier]) -> FittedPrior | None:
    """A prior for the domain's primitives alone, fitted to the solved programs with learned functions spelled
    out; None where nothing was learned, or where programs can't call themselves.

    Where they do, a search without the library is worth having beside the one with it: a function that leaves
    recursion open, such as one step of `map`, makes what was solved short and other recursions long, and one
    that recurs itself is dear to run. What can't be derived without the library is left out, and so are
    dreams: a library's own, spelled out, made programs that it lacks 4 nats dearer.
    """
    plain = Library.initial(library.domain)
    recursive = any(plain.language.recursive(Type.parse(frontier.request)) for frontier in frontiers)
    if not library.abstractions or not recursive:
        return None
    spelled_out: list[Frontier] = []
    for frontier in frontiers:
        entries = [entry for each in frontier.entries if (entry := _spelled_out(each, frontier, plain))]
        spelled_out.append(Frontier(frontier.task, frontier.request).with_entries(entries))
    return FittedPrior(Grammar(plain.language, fit_prior(plain, spelled_out, [])), "primitives")


def _spelled_out(entry: Entry, frontier: Frontier, plain: Library) -> Entry | None:
    scored = score(Term.parse(entry.program), frontier.request, plain)
    return None if scored is None else replace(entry, program=str(scored[0]), log_prior=scored[1])


def weighted_programs(frontier: Frontier) -> list[WeightedProgram]:
    """A frontier's programs with their shares of its posterior, which sum to 1."""
    shares = posterior_shares([entry.log_posterior for entry in frontier.entries])
    request = Type.parse(frontier.request)
    return [
        WeightedProgram(Term.parse(entry.program), request, share)
        for entry, share in zip(frontier.entries, shares, strict=True)
    ]
