"""Ranks of known solutions: how many programs a grammar finds at least as likely.

The honest measure of a guide, for nats saved are not search saved. Programs are counted by enumerating them,
up to COUNTED; further out the count is continued as it grew over the last windows, and that is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import engine

COUNTED = 5_000_000
"""Programs counted under one grammar for one request: about half a CPU second, tables included."""
_WINDOW = 1.5  # nats; the engine's own
_GROWTH_OVER = 3  # windows


@dataclass(frozen=True)
class Rank:
    log10: float
    counted: bool  # rather than extrapolated


class RankTable:
    """How many programs of one request there are up to a cost, under one grammar."""

    def __init__(self, grammar: engine.Grammar, request: engine.Type) -> None:
        self._grammar, self._request = grammar, request
        self._costs: list[float] = [0.0]
        self._logs: list[float] = [0.0]  # log10 of programs up to there, at least one

    def rank(self, programs: Sequence[engine.Term]) -> Rank:
        """Of the likeliest of `programs`, η-long terms of the request."""
        cost = min(-self._grammar.log_likelihood(program, self._request) for program in programs)
        if math.isinf(cost):
            return Rank(math.inf, counted=False)
        self._count(cost)
        costs, logs = self._costs, self._logs
        if cost <= costs[-1]:
            upper = next(place for place, bound in enumerate(costs) if bound >= cost)
            if upper == 0:
                return Rank(0.0, counted=True)
            share = (cost - costs[upper - 1]) / (costs[upper] - costs[upper - 1])
            return Rank(logs[upper - 1] + share * (logs[upper] - logs[upper - 1]), counted=True)
        earlier = max(0, len(costs) - 1 - _GROWTH_OVER)
        growth = (logs[-1] - logs[earlier]) / (costs[-1] - costs[earlier])
        return Rank(logs[-1] + growth * (cost - costs[-1]), counted=False)

    def _count(self, cost: float) -> None:
        """Extends the table to `cost`, a window further at a time, or to where COUNTED is passed."""
        while self._costs[-1] < cost and 10 ** self._logs[-1] < COUNTED:
            windows = self._grammar.count_windows(self._request, self._costs[-1] + _WINDOW)
            programs = sum(count for _, count in windows)
            self._costs.append(self._costs[-1] + _WINDOW)
            self._logs.append(math.log10(max(1, programs)))
