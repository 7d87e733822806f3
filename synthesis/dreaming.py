"""Dreams: programs with the tasks they solve, made from the library while nothing is being asked.

A *fantasy* is a program drawn from the library with the examples that running it on the training tasks'
inputs gives; a *replay* is a solved task with a program that solved it. For every behaviour (outputs on some
probe inputs) only the most probable program found is kept: the answer that the recognition network should
learn to give. Programs come from two sources, because yield decides what dreams are worth: the engine's
enumeration without repeated behaviours (all that is short), and samples (what is long) from a contextual
grammar refitted to the programs solved so far, with variables favoured: from uniform weights 98 of 100
samples would be errors, constants or repetitions.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

import engine
from library.snapshot import Library
from library.weights import Weights, fit
from synthesis.frontier import Frontier
from synthesis.prior import weighted_programs
from synthesis.task import Task

Inputs = tuple[Any, ...]


@dataclass(frozen=True)
class DreamConfig:
    """`cpu_seconds` bounds everything: enumerating, sampling, running."""

    cpu_seconds: float = 40.0
    seed: int = 0
    max_dreams: int = 40_000
    max_nodes: int = 40
    replay_fraction: float = (
        0.25  # of each training batch; at a half the few solved programs are learned by heart
    )
    enumeration_share: float = 0.3  # of the CPU seconds; looking at what is found takes as much again
    probes: int = 24  # inputs on which behaviours are told apart
    examples: int = 8  # per dream at most, and at least MIN_EXAMPLES


@dataclass(frozen=True)
class Dream:
    """One problem with its answer. `log_prior`: nats, under the contextual grammar the dreams were drawn
    from."""

    request: str
    program: str
    examples: tuple[tuple[Inputs, Any], ...]
    log_prior: float
    source: str  # "fantasy" | "replay"


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
    cpu_seconds: float

    @property
    def dreams_per_cpu_second(self) -> float:
        return (self.fantasies + self.replays) / max(self.cpu_seconds, 1e-9)

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
        """The dreams of one source: "fantasy" or "replay"."""
        return [dream for dream in self.dreams if dream.source == source]


MIN_EXAMPLES = 4
VARIABLE_BOOST = 8.0
"""How much likelier than a production a variable is before anything was solved: 15 times the useful
samples."""
_PSEUDOCOUNTS, _STRENGTH = (
    20.0,
    8.0,
)  # weaker than the library's: a dream may be unlikely, it may not be a repetition
_WRITING_SHARE = 0.25  # of the CPU seconds, kept for running the chosen programs on fresh inputs
_FRESH_INPUTS = 3  # variants of each replay, with other tasks' inputs
_LONGEST = 40
_LARGEST = 10_000
"""Outputs with longer lists or larger integers teach nothing that a task would ask."""
_SAMPLES_PER_ROUND = 256


def dream_weights(language: engine.Language, frontiers: Iterable[Frontier]) -> Weights:
    """The contextual grammar to dream from, [C, P+1] log weights: fitted to the solved programs and, where
    they say little, to even weights with variables favoured `VARIABLE_BOOST` times."""
    favoured = np.full((1, len(language.productions) + 1), -np.log(VARIABLE_BOOST))
    favoured[0, -1] = 0.0
    solved = [weighted_programs(frontier) for frontier in frontiers]
    return fit(language, solved, _PSEUDOCOUNTS, contextual=True, strength=_STRENGTH, prior=favoured)


def make_dreams(
    library: Library, frontiers: Sequence[Frontier], tasks: Sequence[Task], config: DreamConfig
) -> Dreams:
    """Dreams for one dream phase. Deterministic for a seed but for where the CPU clock cuts.

    `tasks` give the requests and the inputs. No tasks, or requests nothing can be drawn for: fewer or no
    dreams.
    """
    started = time.thread_time()
    language = library.language
    weights = dream_weights(language, frontiers)
    grammar = engine.Grammar(language, weights)
    rng = random.Random(config.seed)
    dreamers = [
        _Dreamer(language, grammar, request, share, [t for t in tasks if t.request == request], config, rng)
        for request, share in request_shares(tasks).items()
    ]
    replays = [
        replay
        for dreamer in dreamers
        for frontier in frontiers
        if frontier.request == dreamer.request_text
        for replay in dreamer.replays(frontier)
    ]
    search_end = started + (1 - _WRITING_SHARE) * config.cpu_seconds
    for dreamer in dreamers:
        dreamer.enumerate(config.enumeration_share * config.cpu_seconds * dreamer.share, search_end)
    while dreamers and time.thread_time() < search_end:
        for dreamer in dreamers:
            dreamer.sample()
    fantasies: list[Dream] = []
    shares_left = 1.0
    for dreamer in dreamers:
        now, deadline = time.thread_time(), started + config.cpu_seconds
        end = now + (deadline - now) * dreamer.share / shares_left
        shares_left -= dreamer.share
        fantasies.extend(dreamer.fantasies(int(config.max_dreams * dreamer.share), end))
    rng.shuffle(fantasies)
    return Dreams(
        dreams=(*fantasies, *replays),
        yields=DreamYield(
            sampled=sum(d.sampled for d in dreamers),
            valid=sum(d.valid for d in dreamers),
            unique=sum(d.unique for d in dreamers),
            enumerated=sum(d.enumerated for d in dreamers),
            behaviours=sum(len(d.best) for d in dreamers),
            fantasies=len(fantasies),
            replays=len(replays),
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


class _Dreamer:
    """Finds behaviours of one request and turns their best programs into dreams."""

    def __init__(
        self,
        language: engine.Language,
        grammar: engine.Grammar,
        request: str,
        share: float,
        tasks: Sequence[Task],
        config: DreamConfig,
        rng: random.Random,
    ) -> None:
        self.language, self.grammar, self.config = language, grammar, config
        self.request_text, self.request, self.share = request, engine.Type.parse(request), share
        self.rng = random.Random(rng.random())
        self.inputs_of_tasks = [[example.inputs for example in task.examples] for task in tasks]
        self.own_examples = {task.name: task.examples for task in tasks}
        self.probes = self._choose_probes()
        self.best: dict[str, tuple[float, engine.Term]] = {}
        self.seen: set[engine.Term] = set()
        self.sampled = self.valid = self.unique = self.enumerated = 0

    def _choose_probes(self) -> list[Inputs]:
        """Distinct inputs of the tasks; three in four are drawn from the larger half, which tells more
        apart."""
        distinct = {repr(inputs): inputs for group in self.inputs_of_tasks for inputs in group}
        by_size = sorted(distinct.values(), key=lambda inputs: -_size(inputs))
        larger, smaller = by_size[: (len(by_size) + 1) // 2], by_size[(len(by_size) + 1) // 2 :]
        few = min(len(smaller), self.config.probes // 4)
        many = min(len(larger), self.config.probes - few)
        return self.rng.sample(larger, many) + self.rng.sample(smaller, few)

    def enumerate(self, cpu_seconds: float, end: float) -> None:
        """The cheapest program of each behaviour, in order of cost, for so many CPU seconds of search;
        looking at them takes as long again and stops at `end`."""
        if len(self.probes) < 2:  # too few to tell behaviours apart; samples are all there is
            return
        budget = engine.Budget(cpu_seconds=cpu_seconds, keep=1)
        for term, cost in self.grammar.behaviours(self.request, self.probes, budget):
            if time.thread_time() > end:
                break
            self.enumerated += 1
            self._consider(term, -cost)

    def sample(self) -> None:
        """One round of samples; rounds are as large as the request's share."""
        count = max(1, round(_SAMPLES_PER_ROUND * self.share))
        seed = self.rng.getrandbits(31)
        self.sampled += count
        for term, log_prior in self.grammar.sample(self.request, count, seed, self.config.max_nodes):
            self._consider(term, log_prior)

    def _consider(self, term: engine.Term, log_prior: float) -> None:
        if term in self.seen:
            return
        self.seen.add(term)
        outputs = self._run(term, self.probes)
        working = [position for position, output in enumerate(outputs) if output is not None]
        if 2 * len(working) < len(outputs):
            return
        self.valid += 1
        if self._trivial([(self.probes[position], outputs[position]) for position in working]):
            return
        self.unique += 1
        behaviour = repr(outputs)
        known = self.best.get(behaviour)
        if known is None or known[0] < log_prior:
            self.best[behaviour] = (log_prior, term)

    def _run(self, term: engine.Term, inputs: Sequence[Inputs]) -> list[Any]:
        """Outputs, None where the program fails or makes something outlandish."""
        outputs = self.language.evaluate(term, self.request, list(inputs))
        return [None if isinstance(o, engine.Failure) or not _plausible(o) else o for o in outputs]

    @staticmethod
    def _trivial(examples: Sequence[tuple[Inputs, Any]]) -> bool:
        """(Nearly) constant, or one of the inputs as it is."""
        outputs = Counter(repr(output) for _, output in examples)
        if len(outputs) < 2 or max(outputs.values()) > 0.85 * len(examples):
            return True
        arity = len(examples[0][0])
        return any(all(inputs[i] == output for inputs, output in examples) for i in range(arity))

    def fantasies(self, limit: int, end: float) -> list[Dream]:
        """Up to `limit` dreams, one for each of the most probable half and a fair draw of the rest, until
        `end`."""
        found = sorted(self.best.values(), key=lambda pair: -pair[0])
        if len(found) > limit:
            half = limit // 2
            found = found[:half] + self.rng.sample(found[half:], limit - half)
        self.rng.shuffle(found)
        dreams: list[Dream] = []
        for log_prior, term in found:
            if time.thread_time() > end:
                break
            examples = self._examples(term)
            if examples is not None:
                dreams.append(Dream(self.request_text, str(term), examples, log_prior, "fantasy"))
        return dreams

    def _examples(self, term: engine.Term) -> tuple[tuple[Inputs, Any], ...] | None:
        """Examples on one training task's inputs, so that they go together as a task's do; None if two draws
        fail."""
        for _ in range(2):
            inputs = self.rng.choice(self.inputs_of_tasks)
            inputs = self.rng.sample(inputs, min(len(inputs), self.config.examples))
            outputs = self._run(term, inputs)
            examples = [(i, o) for i, o in zip(inputs, outputs, strict=True) if o is not None]
            if len(examples) >= MIN_EXAMPLES and len({repr(output) for _, output in examples}) > 1:
                return tuple(examples)
        return None

    def replays(self, frontier: Frontier) -> list[Dream]:
        """A solved task's programs with its own examples, and with other tasks' inputs."""
        own = self.own_examples.get(frontier.task, ())
        dreams: list[Dream] = []
        for entry in frontier.entries:
            term = engine.Term.parse(entry.program)
            log_prior = self.grammar.log_likelihood(term, self.request)
            chosen = self.rng.sample(list(own), min(len(own), self.config.examples))
            variants = [tuple((example.inputs, example.output) for example in chosen)] if own else []
            for _ in range(_FRESH_INPUTS):
                fresh = self._examples(term)
                if fresh is not None:
                    variants.append(fresh)
            dreams.extend(
                Dream(self.request_text, entry.program, examples, log_prior, "replay")
                for examples in variants
            )
        return dreams


def _size(value: Any) -> int:
    return sum(_size(element) for element in value) + 1 if isinstance(value, list | tuple) else 1


def _plausible(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) <= _LONGEST and all(_plausible(element) for element in value)
    return abs(value) <= _LARGEST
