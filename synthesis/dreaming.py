"""Dreams: programs with the tasks they solve, made from the library while nothing is being asked.

A *fantasy* is a program drawn from the library with the examples that running it on the training tasks'
inputs gives; a *replay* is a solved task with a program that solved it. For every behaviour (outputs on some
probe inputs) only the most probable program found is kept: the answer that the recognition network should
learn to give. Programs come from the engine's enumeration without repeated behaviours (all that is short;
once more for each production that it hardly uses, with that one favoured, such as the holes that constants
stand for), and from samples (what is long). Both are under a contextual grammar refitted to the programs
solved so far, with variables favoured: from uniform weights 98 of 100 samples would be errors, constants or
repetitions. And there is *hindsight*: what a guide proposed for a task and failed with solves the task that
its own outputs define.

Dreams are handed out as they are made: replays first, then what enumeration is sure of, then the rest. Those
of a few programs are marked as held out, for every learner alike.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice

import numpy as np

import engine
from library.snapshot import Library
from library.weights import Weights, fit
from synthesis.dreamer import Dream, DreamConfig, Dreamer
from synthesis.frontier import Frontier, score
from synthesis.held_out import held_out, replays_held_out
from synthesis.prior import weighted_programs
from synthesis.task import Task

__all__ = ["Dream", "DreamConfig", "DreamYield", "Dreams", "dream_weights", "make_dreams", "request_shares"]


@dataclass(frozen=True)
class DreamYield:
    """What the CPU seconds brought. `valid`: ran on most probes; `unique`: valid, not trivial, not seen
    before."""

    sampled: int
    valid: int
    unique: int
    enumerated: int
    behaviours: int
    fantasies: int
    replays: int
    hindsight: int
    cpu_seconds: float

    @property
    def dreams_per_cpu_second(self) -> float:
        return (self.fantasies + self.replays + self.hindsight) / max(self.cpu_seconds, 1e-9)

    def to_json(self) -> dict[str, float]:
        return {**asdict(self), "dreams_per_cpu_second": self.dreams_per_cpu_second}


@dataclass(frozen=True)
class Dreams:
    """`weights`: the contextual grammar that was dreamed from, [C, P+1] log weights."""

    dreams: tuple[Dream, ...]
    yields: DreamYield
    weights: Weights
    replay_fraction: float

    def of(self, source: str) -> list[Dream]:
        """The dreams of one source: "fantasy", "replay" or "hindsight"."""
        return [dream for dream in self.dreams if dream.source == source]


VARIABLE_BOOST = 8.0
"""How much likelier than a production a variable is before anything was solved: 15 times the useful
samples."""
_PSEUDOCOUNTS, _STRENGTH = (
    20.0,
    8.0,
)  # weaker than the library's: a dream may be unlikely, it may not be a repetition
_WRITING_SHARE = 0.25  # of the CPU seconds, kept for running the chosen programs on fresh inputs
_EARLY_SHARE = 0.1  # of the CPU seconds at most, for those that are told before there are samples
_BATCH = 256  # dreams handed out together


def dream_weights(language: engine.Language, frontiers: Iterable[Frontier]) -> Weights:
    """The contextual grammar to dream from, [C, P+1] log weights: fitted to the solved programs and, where
    they say little, to even weights with variables favoured `VARIABLE_BOOST` times, and as much the reals
    that are to be fitted: a guide that saw none in dreams would look for them last."""
    favoured = np.full((1, len(language.productions) + 1), -np.log(VARIABLE_BOOST))
    favoured[0, -1] = 0.0
    favoured[0, [at for at, name in enumerate(language.productions) if name == "REAL"]] = 0.0
    solved = [weighted_programs(frontier) for frontier in frontiers]
    return fit(language, solved, _PSEUDOCOUNTS, contextual=True, strength=_STRENGTH, prior=favoured)


def make_dreams(
    library: Library,
    frontiers: Sequence[Frontier],
    tasks: Sequence[Task],
    config: DreamConfig,
    hindsight: Sequence[tuple[str, str, str]] = (),
    on_dreams: Callable[[Sequence[Dream]], None] = lambda dreams: None,
) -> Dreams:
    """Dreams for one dream phase. Deterministic for a seed but for where the CPU clock cuts.

    `tasks` give the requests and the inputs. No tasks, or requests nothing can be drawn for: fewer or no
    dreams. `hindsight`: (request, program, name of the task it failed). `on_dreams` gets every dream once, in
    batches, as they are made; its CPU time is this call's.
    """
    started = time.thread_time()
    language = library.language
    weights = dream_weights(language, frontiers)
    grammar = engine.Grammar(language, weights)
    rng = random.Random(config.seed)
    dreamers = [
        Dreamer(language, grammar, request, share, [t for t in tasks if t.request == request], config, rng)
        for request, share in request_shares(tasks).items()
    ]
    dreams: list[Dream] = []
    aside: frozenset[str] = frozenset()

    def tell(told: Iterable[Dream]) -> None:
        source = iter(told)
        while batch := list(islice(source, _BATCH)):
            batch = [
                replace(dream, held_out=dream.program in aside or held_out(dream.program)) for dream in batch
            ]
            dreams.extend(batch)
            on_dreams(batch)

    of_request = {dreamer.request_text: dreamer for dreamer in dreamers}
    replays = [
        replay
        for dreamer in dreamers
        for frontier in frontiers
        if frontier.request == dreamer.request_text
        for replay in dreamer.replays(frontier)
    ]
    aside = replays_held_out(replay.program for replay in replays)
    tell(replays)
    for request, program, task in hindsight:
        scored = score(engine.Term.parse(program), request, library)
        if scored is not None and request in of_request:
            of_request[request].relive(scored[0], task)

    search_end = started + (1 - _WRITING_SHARE) * config.cpu_seconds
    for dreamer in dreamers:
        dreamer.enumerate(config.enumeration_share * config.cpu_seconds * dreamer.share)
        dreamer.enumerate_rare(config.rare_share * config.cpu_seconds * dreamer.share)
        end = time.thread_time() + _EARLY_SHARE * config.cpu_seconds * dreamer.share
        tell(dreamer.fantasies(int(config.max_dreams * dreamer.share), end, final=False))
    while dreamers and time.thread_time() < search_end:
        for dreamer in dreamers:
            dreamer.sample()
    shares_left = 1.0
    for dreamer in dreamers:
        now, deadline = time.thread_time(), started + config.cpu_seconds
        end = now + (deadline - now) * dreamer.share / shares_left
        shares_left -= dreamer.share
        tell(dreamer.hindsight())
        tell(dreamer.fantasies(int(config.max_dreams * dreamer.share), end, final=True))
    rng.shuffle(dreams)
    of_source = Counter(dream.source for dream in dreams)
    return Dreams(
        dreams=tuple(dreams),
        yields=DreamYield(
            sampled=sum(d.sampled for d in dreamers),
            valid=sum(d.valid for d in dreamers),
            unique=sum(d.unique for d in dreamers),
            enumerated=sum(d.enumerated for d in dreamers),
            behaviours=sum(len(d.best) for d in dreamers),
            fantasies=of_source["fantasy"],
            replays=of_source["replay"],
            hindsight=of_source["hindsight"],
            cpu_seconds=time.thread_time() - started,
        ),
        weights=weights,
        replay_fraction=config.replay_fraction,
    )


def request_shares(tasks: Iterable[Task]) -> dict[str, float]:
    """How often each request should be dreamed of: as the tasks have it, add-one smoothed; sums to 1."""
    counts = Counter(task.request for task in tasks)
    total = sum(counts.values()) + len(counts)
    return {request: (count + 1) / total for request, count in counts.items()}
