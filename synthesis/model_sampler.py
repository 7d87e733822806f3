"""The language model as a guide.

A task's prompt goes out with the library and the examples; the replies are read in the Python form of
programs and type-checked, never executed here. Well-typed programs, whether they fit the examples or not,
are counted into a strongly smoothed grammar for the task: what a model keeps reaching for is worth
searching around.
"""

from __future__ import annotations

import ast
import copy
import math
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine import EngineError, Grammar, Term, Type
from engine.python_form import from_python
from library.snapshot import Library
from library.weights import WeightedProgram, fit
from prompts import Message, render_propose_program
from synthesis.guide import Guidance, GuideUnavailable, Sample
from synthesis.model_client import ModelClient, ModelEndpoint, Reply
from synthesis.prompt_context import PromptBudget, PromptContext, prompt_context
from synthesis.task import Task


@dataclass(frozen=True)
class Sampling:
    """How replies are drawn; `max_tokens` bounds each. `seed`: of the abstractions drawn for the prompt."""

    samples: int = 16
    temperature: float = 1.0
    max_tokens: int = 96
    seed: int = 0
    budget: PromptBudget = field(default_factory=PromptBudget)


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

    name, dear = "model", True

    def __init__(
        self,
        endpoint: ModelEndpoint,
        library: Library,
        sampling: Sampling | None = None,
        solved: Sequence[tuple[Task, str]] = (),
    ) -> None:
        """`solved`: tasks with the text of a program that solves them, to be shown as examples."""
        self.endpoint = endpoint
        self.library = library
        self.sampling = sampling or Sampling()
        self.solved = tuple(solved)
        self._counts = SampleCounts()
        self._lock = threading.Lock()

    def redrawn(self, draw: int) -> ModelGuide:
        """The same model, asked with other abstractions drawn for the prompt. It counts its samples anew."""
        _ = self._client  # made once, and shared
        other = copy.copy(self)
        other.sampling = replace(self.sampling, seed=self.sampling.seed + draw)
        other._counts, other._lock = SampleCounts(), threading.Lock()
        return other

    @property
    def counts(self) -> SampleCounts:
        """Over all tasks so far."""
        with self._lock:
            return self._counts

    def prompt(self, task: Task) -> PromptContext:
        """What the prompt for a task is made of, with the inclusion probabilities of its abstractions."""
        return prompt_context(task, self.library, self.solved, self.sampling.budget, self.sampling.seed)

    def guide(self, task: Task) -> Guidance:
        """Samples and a grammar for the task. Raises GuideUnavailable where no sample arrives."""
        started = time.thread_time()
        replies = self._replies(task)
        programs: list[tuple[Term, Reply]] = []
        parsed = 0
        for reply in replies:
            term = self._read(reply.text)
            if term is not None:
                parsed += 1
                program = self._well_typed(term, task.request)
                if program is not None:
                    programs.append((program, reply))
        counts = SampleCounts(self.sampling.samples, len(replies), parsed, len(programs))
        with self._lock:
            self._counts += counts
        return Guidance(
            samples=tuple(_distinct(programs, len(replies))),
            grammar=self._grammar([program for program, _ in programs], task.request),
            requested=counts.requested,
            valid=counts.valid,
            cpu_seconds=time.thread_time() - started,
        )

    def _read(self, text: str) -> Term | None:
        """The first part of a reply that reads as a program."""
        for candidate in candidates(text):
            try:
                return from_python(candidate, self.library.surface)
            except EngineError:
                continue
        return None

    def _well_typed(self, term: Term, request: str) -> Term | None:
        try:
            return self.library.language.eta_long(term, Type.parse(request))
        except EngineError:
            return None

    def _grammar(self, programs: list[Term], request: str) -> Grammar | None:
        """The library's weights, pulled towards what the samples use; None without samples that the language
        derives: one that is well typed can still use `fix1` in a way of its own."""
        language, prior, type_ = self.library.language, self.library.grammar, Type.parse(request)
        frontier = [
            WeightedProgram(program, type_, 1.0)
            for program in programs
            if math.isfinite(prior.log_likelihood(program, type_))
        ]
        if not frontier:
            return None
        return Grammar(language, fit(language, [frontier], contextual=True, prior=prior.weights))

    @cached_property
    def _client(self) -> ModelClient:
        return ModelClient(self.endpoint)

    def _replies(self, task: Task) -> list[Reply]:
        """At most `samples` replies. Where a server answers with fewer, it is asked for the rest."""
        messages = render_propose_program(self.prompt(task).context)
        replies: list[Reply] = []
        while len(replies) < self.sampling.samples:
            missing = self.sampling.samples - len(replies)
            try:
                arrived = self._ask(messages, missing)
            except GuideUnavailable:
                if replies:  # what arrived before the trouble is still good
                    break
                raise
            replies += arrived[:missing]
        return replies

    def _ask(self, messages: Sequence[Message], count: int) -> list[Reply]:
        sampling = self.sampling
        return self._client.ask(
            messages, count=count, temperature=sampling.temperature, max_tokens=sampling.max_tokens, stop="\n"
        )


_LABEL = re.compile(r"^(?:program\s*:|return\b|[a-z_]\w*\s*=(?!=))", re.IGNORECASE)
"""What models put before a program: `Program:`, `return`, `f =`."""


def candidates(reply: str) -> Iterator[str]:
    """Texts within a reply that may be a program, likeliest first: fenced blocks, then the lines in order."""
    blocks = re.findall(r"```[a-zA-Z]*\n?(.*?)(?:```|\Z)", reply, flags=re.DOTALL)
    for block in (*blocks, *reply.splitlines()):
        text = re.sub(_LABEL, "", block.strip(" \t\r\n`")).strip()
        if text:
            yield _as_lambda(text)


def _as_lambda(text: str) -> str:
    """`def f(xs): return …` as a lambda, which models write by habit; any other text as it is."""
    if not text.startswith("def "):
        return text
    try:
        statement = ast.parse(text).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    if isinstance(statement, ast.FunctionDef) and isinstance(statement.body[-1], ast.Return):
        value = statement.body[-1].value
        if len(statement.body) == 1 and value is not None:
            names = ", ".join(argument.arg for argument in statement.args.args)
            return f"lambda {names}: {ast.unparse(value)}"
    return text


def _distinct(programs: Sequence[tuple[Term, Reply]], arrived: int) -> Iterable[Sample]:
    """Each program once, in the order of arrival. Several texts can be one program: their probabilities add
    up.

    Where the server tells no probabilities, the program's share of the replies stands in.
    """
    uses = Counter(program for program, _ in programs)
    texts: dict[Term, dict[str, float | None]] = {}
    for program, reply in programs:
        texts.setdefault(program, {})[reply.text] = reply.log_probability
    for program, by_text in texts.items():
        known = [value for value in by_text.values() if value is not None]
        if len(known) == len(by_text):
            highest = max(known)
            log_probability = highest + math.log(sum(math.exp(value - highest) for value in known))
        else:
            log_probability = math.log(uses[program] / arrived)
        yield Sample(program, min(0.0, log_probability))
