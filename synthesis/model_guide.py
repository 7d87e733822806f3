"""The language model as a guide.

A task's prompts go out; the replies are read in the Python form of programs and type-checked, never executed
here. Where the server can, replies are held to a grammar of the request's programs, so that none is wasted.
Well-typed programs, whether they fit the examples or not, are counted into a strongly smoothed grammar for
the task: what a model keeps reaching for is worth searching around.
"""

from __future__ import annotations

import copy
import logging
import threading
import time
from dataclasses import dataclass, replace

from engine import EngineError, Term, Type
from engine.python_form import reply_grammar
from library.snapshot import Library
from library.weights import Weights
from synthesis.guide import Guidance, GuideUnavailable
from synthesis.program_prompts import Asked, ProgramPrompts
from synthesis.replies import distinct_samples, read_program, well_typed
from synthesis.sample_grammar import grammar_from_samples
from synthesis.samplers import Draw, Prompt, Reply, RequestRefused, Sampler
from synthesis.task import Task
from synthesis.tried_samples import distinct_by_outputs, try_samples

_log = logging.getLogger(__name__)


TUNED_TEMPERATURE = 0.8
"""For a model that was tuned on dreams, which are wordier than the solutions of real tasks."""


@dataclass(frozen=True)
class Sampling:
    """How replies are drawn; `max_tokens` bounds each. `constrained`: held to a grammar of well-typed
    programs, where the sampler can."""

    samples: int = 16
    temperature: float = 1.0
    max_tokens: int = 96
    constrained: bool = True


@dataclass(frozen=True)
class SampleCounts:
    """What became of the samples: asked for, arrived, read as programs, well-typed at the request."""

    requested: int = 0
    arrived: int = 0
    parsed: int = 0
    valid: int = 0

    def __add__(self, other: SampleCounts) -> SampleCounts:
        return SampleCounts(
            self.requested + other.requested,
            self.arrived + other.arrived,
            self.parsed + other.parsed,
            self.valid + other.valid,
        )


class ModelGuide:
    """Guide (c) of the design: samples from a language model, and the grammar counted from them."""

    name = "model"
    dear = True

    def __init__(
        self,
        sampler: Sampler,
        library: Library,
        prompts: ProgramPrompts,
        sampling: Sampling | None = None,
        prior: Weights | None = None,
    ) -> None:
        """`prior`: contextual weights that the samples' grammar is smoothed towards, such as the fitted
        prior's; without them the library's own."""
        self.sampler = sampler
        self.library = library
        self.prompts = prompts
        self.sampling = sampling or Sampling()
        self.prior = prior
        self._counts = SampleCounts()
        self._grammars: dict[tuple[str, frozenset[Term] | None], str | None] = {}
        self._lock = threading.Lock()
        self._refuses_grammars = False

    @property
    def counts(self) -> SampleCounts:
        """Over all tasks so far."""
        with self._lock:
            return self._counts

    def guide(self, task: Task) -> Guidance:
        """Samples and a grammar for the task. Raises GuideUnavailable where no sample arrives."""
        working = time.thread_time()
        asked = self.prompts.ask(task)
        grammar = self._reply_grammar(task.request, asked)
        waiting = time.monotonic()
        replies = self._replies(asked.prompts, grammar)
        waited = 0.0 if self.sampler.in_process else time.monotonic() - waiting
        programs: list[tuple[Term, Reply]] = []
        parsed = 0
        for reply in replies:
            term = read_program(reply.text, self.library)
            if term is not None:
                parsed += 1
                program = well_typed(term, task.request, self.library)
                if program is not None:
                    programs.append((program, reply))
        counts = SampleCounts(self.sampling.samples, len(replies), parsed, len(programs))
        with self._lock:
            self._counts += counts
        samples = tuple(distinct_samples(programs, len(replies)))
        counted = distinct_by_outputs(try_samples(self.library, task.request, task.inputs, samples))
        return Guidance(
            samples=samples,
            grammar=grammar_from_samples(
                self.library, task.request, [tried.sample for tried in counted], towards=self.prior
            ),
            requested=counts.requested,
            valid=counts.valid,
            tokens=sum(reply.tokens for reply in replies),
            waited_seconds=waited,
            cpu_seconds=time.thread_time() - working,
            prompt=asked.record,
        )

    def redrawn(self, draw: int) -> ModelGuide:
        """The same guide with other prompts: other examples, other abstractions drawn."""
        again = copy.copy(self)
        again.prompts = self.prompts.redrawn(draw)
        return again

    def _reply_grammar(self, request: str, asked: Asked) -> str | None:
        """Made once for a request and functions; None where replies are free."""
        if not self.sampling.constrained or self._refuses_grammars:
            return None
        functions = None if asked.functions is None else frozenset(asked.functions)
        key = (request, functions)
        with self._lock:
            if key not in self._grammars:
                try:
                    self._grammars[key] = reply_grammar(self.library.surface, Type.parse(request), functions)
                except EngineError as error:
                    _log.warning("replies for %s are free: %s", request, error)
                    self._grammars[key] = None
            return self._grammars[key]

    def _replies(self, prompts: tuple[Prompt, ...], grammar: str | None) -> list[Reply]:
        """At most `samples` replies, shared out over the prompts. Where a server answers with fewer, it is
        asked for the rest."""
        replies: list[Reply] = []
        for position, prompt in enumerate(prompts):
            wanted = len(replies) + (self.sampling.samples - len(replies)) // (len(prompts) - position)
            while len(replies) < wanted:
                missing = wanted - len(replies)
                try:
                    arrived = self._ask(prompt, missing, grammar)
                except GuideUnavailable:
                    if replies:  # what arrived before the trouble is still good
                        return replies
                    raise
                replies += arrived[:missing]
        return replies

    def _ask(self, prompt: Prompt, count: int, grammar: str | None) -> list[Reply]:
        draw = Draw(count, self.sampling.max_tokens, self.sampling.temperature)
        if grammar is not None and not self._refuses_grammars:
            try:
                return self.sampler.sample(prompt, replace(draw, grammar=grammar))
            except RequestRefused as error:
                free = self.sampler.sample(prompt, draw)  # if this is refused too, it wasn't the grammar
                self._refuses_grammars = True
                _log.warning("the model's replies aren't held to a grammar: %s", error)
                return free
        return self.sampler.sample(prompt, draw)
