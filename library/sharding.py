"""Compression of a corpus in shards, so that no process ever holds more than one of them.

What an abstraction saves is a sum over tasks, so it can be found shard by shard: each shard is searched for
its best few candidates, as is a sample of a large corpus; all of them are measured on all shards, and the
best one is accepted. A utility is therefore always that of the whole corpus.

What can be lost is a candidate that is among no shard's best few. Let ``u`` be the sum over the shards of the
utility there of the last candidate listed (0 where the list isn't full). What isn't listed, has a body of
cost ``b`` and is used by at least ``min_tasks`` tasks of every shard then has a utility of at most
``u + (shards − 1)·b``, as the search counts it and where no budget ended a search.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import repeat
from typing import TypeVar

from engine import AbstractionCorpus, Term
from library.corpus_compression import (
    SAMPLE_CANDIDATES,
    Budget,
    CorpusAbstraction,
    CorpusCompression,
    CorpusConfig,
    body_cost,
    compress_corpus,
    sample_of,
    with_and_without_inversion,
)

CANDIDATES = 10
"""Of each shard, and of the round before: what was second best then is often the best now."""
_SEARCH_SHARE = 0.7  # of the time left; the rest measures the candidates

_Given = TypeVar("_Given")
_Answer = TypeVar("_Answer")

Body = tuple[str, int]
"""A closed body as text, and its arity: what goes between processes."""


@dataclass(frozen=True)
class _Search:
    """What one process does to one shard: rewrite it, if there is something to, and search it."""

    packed: bytes
    accepted: Body | None
    config: CorpusConfig
    seconds: float


@dataclass(frozen=True)
class _Found:
    packed: bytes
    bodies: tuple[Body, ...]
    complete: bool


@dataclass(frozen=True)
class _Measure:
    packed: bytes
    bodies: tuple[Body, ...]
    close_uses: bool


@dataclass(frozen=True)
class _Places:
    """Where shards are worked on: here one by one, or by ``workers`` of an executor."""

    shards: int
    executor: Executor | None
    workers: int


def compress_in_shards(
    tasks: Sequence[Sequence[Term]],
    config: CorpusConfig,
    shards: int,
    executor: Executor | None = None,
    workers: int = 1,
) -> CorpusCompression:
    """As compress_corpus, which it is with one shard.

    ``executor`` runs ``workers`` shards side by side; without one, they run here one after the other. Raises
    ValueError for less than one shard or worker, EngineError as compress_corpus does.
    """
    if shards < 1 or workers < 1:
        raise ValueError("a corpus is compressed in at least one shard, by at least one worker")
    shards = min(shards, max(1, len(tasks)))
    if shards == 1:
        return compress_corpus(tasks, config)
    places = _Places(shards, executor, workers)
    return with_and_without_inversion(
        config, lambda settings, budget: _compress(tasks, settings, places, budget)
    )


def _compress(
    tasks: Sequence[Sequence[Term]], config: CorpusConfig, places: _Places, budget: Budget
) -> CorpusCompression:
    shards, workers = places.shards, places.workers
    packed, before = _split(tasks, shards)
    sampled = sample_of(tasks)
    share = _SEARCH_SHARE * min(1.0, workers / shards)
    accepted: list[CorpusAbstraction] = []
    ranked: list[CorpusAbstraction] = []
    complete = True
    last: Body | None = None
    while len(accepted) < config.iterations:
        if budget.spent:
            complete = False
            break
        now = budget.of_round(config.iterations - len(accepted))
        seconds = now.left * share if config.seconds is not None else now.left
        searches = [_Search(one, last, config, seconds) for one in packed]
        found = _on_all(_search, searches, places, budget)
        packed, last = [each.packed for each in found], None
        complete = complete and all(each.complete for each in found)
        known = [_text(each) for each in ranked[:CANDIDATES]]
        if sampled:  # good ones, even where the budget ends the shards' searches early
            known += _bodies(sampled, config, SAMPLE_CANDIDATES, seconds)[0]
        bodies = tuple(dict.fromkeys([*(body for each in found for body in each.bodies), *known]))
        measures = [_Measure(one, bodies, config.close_uses) for one in packed]
        savings = _on_all(_measure, measures, places, budget)
        ranked = sorted(_merged(bodies, savings, config.min_tasks), key=lambda each: -each.utility)
        if not ranked:
            break
        accepted.append(ranked[0])
        last = _text(ranked[0])
        if sampled:
            sampled.rewrite(*_abstraction(last), config.close_uses)
    rewritten, after = _rewritten(packed, len(tasks), last, config.close_uses)
    return CorpusCompression(tuple(accepted), rewritten, before, after, complete)


def _on_all(
    work: Callable[[_Given], _Answer],
    given: Sequence[_Given],
    places: _Places,
    budget: Budget,
) -> list[_Answer]:
    """The answers in order; the budget pays for what the workers do, side by side."""
    if places.executor is None:
        return [work(one) for one in given]
    answers = list(places.executor.map(_timed, repeat(work), given))
    budget.charge(sum(seconds for _, seconds in answers) / places.workers)
    return [answer for answer, _ in answers]


def _timed(work: Callable[[_Given], _Answer], given: _Given) -> tuple[_Answer, float]:
    began = time.thread_time()
    return work(given), time.thread_time() - began


def _split(tasks: Sequence[Sequence[Term]], shards: int) -> tuple[list[bytes], int]:
    """Task i goes to shard i mod ``shards``, so that what lies together is spread; and the cost of all."""
    packed: list[bytes] = []
    cost = 0
    for shard in range(shards):
        corpus = AbstractionCorpus(tasks[shard::shards])
        cost += corpus.total_cost
        packed.append(corpus.pack())
    return packed, cost


def _search(given: _Search) -> _Found:
    corpus = AbstractionCorpus.unpack(given.packed)
    packed = given.packed
    if given.accepted:
        corpus.rewrite(*_abstraction(given.accepted), given.config.close_uses)
        packed = corpus.pack()
    return _Found(packed, *_bodies(corpus, given.config, CANDIDATES, given.seconds))


def _bodies(
    corpus: AbstractionCorpus, config: CorpusConfig, keep: int, seconds: float
) -> tuple[tuple[Body, ...], bool]:
    """The best few, those found without inverse β first, and whether the search was complete."""
    plain = (
        corpus.search(config.search(keep, seconds / 2, inversion_steps=0)).candidates
        if config.inversion_steps > 0
        else []
    )
    searched = corpus.search(config.search(keep, seconds))
    bodies = [(str(each.body), each.arity) for each in [*plain, *searched.candidates]]
    return tuple(dict.fromkeys(bodies)), searched.complete


def _measure(given: _Measure) -> list[tuple[int, int, int]]:
    """(saving, uses, tasks) of each body."""
    corpus = AbstractionCorpus.unpack(given.packed)
    uses = corpus.uses_of([_abstraction(body) for body in given.bodies], given.close_uses)
    return [(use.saving, use.uses, use.tasks) for use in uses]


def _text(abstraction: CorpusAbstraction) -> Body:
    return str(abstraction.body), abstraction.arity


def _abstraction(body: Body) -> tuple[Term, int]:
    return Term.abstraction(Term.parse(body[0])), body[1]


def _merged(
    bodies: Sequence[Body], shards: Sequence[Sequence[tuple[int, int, int]]], min_tasks: int
) -> Iterator[CorpusAbstraction]:
    """The sums over the shards of those that pay for their body."""
    for number, (text, arity) in enumerate(bodies):
        saving, uses, tasks = (
            sum(column) for column in zip(*(shard[number] for shard in shards), strict=True)
        )
        body = Term.parse(text)
        utility = saving - body_cost(body, arity)
        if utility > 0 and tasks >= min_tasks:
            yield CorpusAbstraction(body, arity, utility, uses)


def _rewritten(
    packed: Sequence[bytes], tasks: int, last: Body | None, close_uses: bool
) -> tuple[list[list[Term]], int]:
    """The programs of all shards in the order of the tasks, and what they cost."""
    rewritten: list[list[Term]] = [[] for _ in range(tasks)]
    cost = 0
    for shard, one in enumerate(packed):
        corpus = AbstractionCorpus.unpack(one)
        if last:
            corpus.rewrite(*_abstraction(last), close_uses)
        rewritten[shard :: len(packed)] = corpus.programs()
        cost += corpus.total_cost
    return rewritten, cost
