"""One request's dreams: behaviours found in the library, and the most probable program of each.

A behaviour is what a program gives on some probe inputs. Programs come from enumeration, from samples and
from hindsight; what is rare among them is sought on purpose, so that dreams show every production.
Nothing is dreamed twice.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import engine
from library.refactoring import leaves
from library.rendering import CONTINUATIONS
from synthesis.dream_constants import HOLES, DreamConstants, has_hole
from synthesis.frontier import Frontier
from synthesis.rare_productions import boosted, rare_productions
from synthesis.task import Task

Inputs = tuple[Any, ...]
Examples = tuple[tuple[Inputs, Any], ...]


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
    enumeration_share: float = 0.4  # of the CPU seconds, looking at what is found included
    rare_share: float = 0.2  # of the CPU seconds, the same for productions that are hardly used
    probes: int = 24  # inputs on which behaviours are told apart
    examples: int = 15  # per dream at most, and at least MIN_EXAMPLES; a network is shown others each time


@dataclass(frozen=True)
class Dream:
    """One problem with its answer. `log_prior`: nats, under the contextual grammar the dreams were drawn
    from. `held_out`: to be measured on, not learned from."""

    request: str
    program: str
    examples: Examples
    log_prior: float
    source: str  # "fantasy" | "replay" | "hindsight"
    held_out: bool = False


MIN_EXAMPLES = 4
_FRESH_INPUTS = 3  # variants of each replay, with other tasks' inputs
_LONGEST = 40
_LONGEST_PICTURE = 300  # blocks or strokes
_LONGEST_TEXT = 100
_LARGEST = 10_000
"""Outputs with longer lists or texts, or larger numbers, teach nothing that a task would ask."""
_SAMPLES_PER_ROUND = 256


class Dreamer:
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
        self.pictures = str(self.request.returns) in CONTINUATIONS  # their tasks have one example each
        self.constants = DreamConstants(tasks, self.rng)
        self.best: dict[str, tuple[float, engine.Term]] = {}
        self.seen: set[engine.Term] = set()
        self.failed_in: dict[str, str] = {}  # by behaviour, the task in which a sample behaved so
        self.told: set[str] = set()  # behaviours that are dreams already
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

    def enumerate(self, cpu_seconds: float) -> None:
        """The cheapest program of each behaviour, in order of cost, for so many CPU seconds."""
        for term, cost in self._behaviours(self.grammar, cpu_seconds):
            self.enumerated += 1
            self._consider(term, -cost)

    def enumerate_rare(self, cpu_seconds: float) -> None:
        """Programs with productions that what was found so far hardly uses, for so many CPU seconds, shared
        evenly by the productions.
        """
        rare = rare_productions(self.language, [term for _, term in self.best.values()])
        for number in rare:
            production = self.language.terms[number]
            if production in HOLES:  # enumeration has nothing to put in
                end = time.thread_time() + cpu_seconds / len(rare)
                while time.thread_time() < end:
                    self.sample(boosted(self.grammar, number))
                continue
            for term, _ in self._behaviours(boosted(self.grammar, number), cpu_seconds / len(rare)):
                if production in leaves(term):
                    self.enumerated += 1
                    self._consider(term, self.grammar.log_likelihood(term, self.request))

    def _behaviours(self, grammar: engine.Grammar, cpu_seconds: float) -> Iterator[tuple[engine.Term, float]]:
        """(program, cost in nats under `grammar`) of the cheapest behaviours. A third of the seconds is for
        finding them, the rest for what the caller does with them.
        """
        if cpu_seconds <= 0 or (len(self.probes) < 2 and not self.pictures):  # too few: samples are all
            return
        end = time.thread_time() + cpu_seconds
        budget = engine.Budget(cpu_seconds=cpu_seconds / 3, keep=1)
        for term, cost in grammar.behaviours(self.request, self.probes, budget):
            if time.thread_time() > end:
                return
            if not has_hole(term):  # one that is never looked at
                yield term, cost

    def sample(self, grammar: engine.Grammar | None = None) -> None:
        """One round of samples, of the dreamer's grammar or another; rounds are as large as the request's
        share.
        """
        count = max(1, round(_SAMPLES_PER_ROUND * self.share))
        seed = self.rng.getrandbits(31)
        self.sampled += count
        for term, log_prior in (grammar or self.grammar).sample(
            self.request, count, seed, self.config.max_nodes
        ):
            filled = self.constants.filled(term)
            if grammar is not None or filled != term:
                log_prior = self.grammar.log_likelihood(filled, self.request)
            self._consider(filled, log_prior)

    def relive(self, term: engine.Term, task: str) -> None:
        """Considers a sample that failed `task`: its behaviour is dreamed of on that task's own inputs.

        `term`: η-long, of the language. Where something likelier is found to do the same, that is dreamed.
        """
        log_prior = self.grammar.log_likelihood(term, self.request)
        if task in self.own_examples and math.isfinite(log_prior):
            behaviour = self._consider(term, log_prior)
            if behaviour is not None:
                self.failed_in.setdefault(behaviour, task)

    def _consider(self, term: engine.Term, log_prior: float) -> str | None:
        """Its behaviour, if it is new to this dreamer, runs on most probes and isn't trivial."""
        if term in self.seen:
            return None
        self.seen.add(term)
        outputs = self._run(term, self.probes)
        working = [position for position, output in enumerate(outputs) if output is not None]
        if 2 * len(working) < len(outputs):
            return None
        self.valid += 1
        if self._trivial([(self.probes[position], outputs[position]) for position in working]):
            return None
        self.unique += 1
        behaviour = repr(outputs)
        known = self.best.get(behaviour)
        if known is None or known[0] < log_prior:
            self.best[behaviour] = (log_prior, term)
        return behaviour

    def _run(self, term: engine.Term, inputs: Sequence[Inputs]) -> list[Any]:
        """Outputs, None where the program fails or makes something outlandish."""
        outputs = self.language.evaluate(term, self.request, list(inputs))
        longest = _LONGEST_PICTURE if self.pictures else _LONGEST
        return [None if isinstance(o, engine.Failure) or not _plausible(o, longest) else o for o in outputs]

    def _trivial(self, examples: Sequence[tuple[Inputs, Any]]) -> bool:
        """(Nearly) constant, or one of the inputs as it is."""
        outputs = Counter(repr(output) for _, output in examples)
        if not self.pictures and (len(outputs) < 2 or max(outputs.values()) > 0.85 * len(examples)):
            return True
        arity = len(examples[0][0])
        return any(all(inputs[i] == output for inputs, output in examples) for i in range(arity))

    def fantasies(self, limit: int, end: float, final: bool) -> Iterator[Dream]:
        """Dreams that weren't told yet, until `end`: of all behaviours the most probable, up to half the
        `limit`, and where it is `final` a fair draw of the others, up to the limit.
        """
        half = limit // 2
        untold = [
            (behaviour, *found)
            for behaviour, found in self.best.items()
            if behaviour not in self.told and behaviour not in self.failed_in
        ]
        untold.sort(key=lambda found: -found[1])
        certain = max(0, half - len(self.told))
        chosen, others = untold[:certain], untold[certain:]
        if final:
            room = limit - len(self.told) - len(chosen)
            chosen += others if len(others) <= room else self.rng.sample(others, max(0, room))
        self.rng.shuffle(chosen)
        for behaviour, log_prior, term in chosen:
            if time.thread_time() > end:
                return
            self.told.add(behaviour)
            examples = self._examples(term)
            if examples is not None:
                yield Dream(self.request_text, str(term), examples, log_prior, "fantasy")

    def hindsight(self) -> Iterator[Dream]:
        """What failed a task, as the solution of the task that it solves, on the inputs of the one it
        failed: all of them, whatever is left of the seconds, for they cost less than they did to be seen.
        """
        for behaviour, task in self.failed_in.items():
            log_prior, term = self.best[behaviour]
            examples = self._examples_on([example.inputs for example in self.own_examples[task]], term)
            if examples is not None:
                yield Dream(self.request_text, str(term), examples, log_prior, "hindsight")

    def _examples(self, term: engine.Term) -> Examples | None:
        """Examples on one training task's inputs, so that they go together as a task's do; None if two draws
        fail."""
        for _ in range(2):
            examples = self._examples_on(self.rng.choice(self.inputs_of_tasks), term)
            if examples is not None:
                return examples
        return None

    def _examples_on(self, inputs: Sequence[Inputs], term: engine.Term) -> Examples | None:
        """Some of these inputs with what the program gives; None where that is too few, or always the
        same."""
        inputs = self.rng.sample(inputs, min(len(inputs), self.config.examples))
        outputs = self._run(term, inputs)
        examples = [(i, o) for i, o in zip(inputs, outputs, strict=True) if o is not None]
        if self.pictures and examples:
            return tuple(examples)
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
            for _ in range(0 if self.pictures else _FRESH_INPUTS):
                fresh = self._examples(term)
                if fresh is not None:
                    variants.append(fresh)
            dreams.extend(
                Dream(self.request_text, entry.program, examples, log_prior, "replay")
                for examples in variants
            )
        return dreams


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) + 1
    return sum(_size(element) for element in value) + 1 if isinstance(value, list | tuple) else 1


def _plausible(value: Any, longest: int) -> bool:
    if isinstance(value, list):
        return len(value) <= longest and all(_plausible(element, longest) for element in value)
    if isinstance(value, str):
        return len(value) <= _LONGEST_TEXT
    return abs(value) <= _LARGEST
