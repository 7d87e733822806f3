"""Prompts, samples, dreams and what networks learn from, in a language whose programs may call themselves."""

from __future__ import annotations

import math

import numpy as np

from engine import Term, Type, TypedDecoder
from library.snapshot import Library
from synthesis.dreaming import DreamConfig, make_dreams
from synthesis.frontier import Entry, Frontier, score
from synthesis.model_guide import ModelGuide, Sampling
from synthesis.prior import fit_prior
from synthesis.program_prompts import Instructions
from synthesis.prompt_context import prompt_context
from synthesis.recognition.dataset import MAX_VARIABLES, encode_dreams
from synthesis.samplers import Draw, Prompt, Reply
from synthesis.task import Example, Task
from tests.recursive_domain import LENGTH, NOT_DERIVED, each

REQUEST = "list(int) -> int"
INPUTS = ([3, 1, 2], [], [5], [0, 7, 7, 4], [9, 2], [6])
TASK = Task("length", REQUEST, tuple(Example((xs,), len(xs)) for xs in INPUTS), "recursive")


def test_prompts_name_fix1_where_programs_may_call_themselves() -> None:
    library = Library.initial("recursive")
    for request, named in [(REQUEST, True), ("list(int) -> list(int) -> int", True), ("int", False)]:
        task = Task("t", request, (), "recursive")
        usages = {note.usage for note in prompt_context(task, library).context.primitives}
        assert ("fix(x, f)" in usages) == named
        assert "a + b" in usages


def test_a_frontier_holds_only_what_is_derived() -> None:
    library = Library.initial("recursive")
    assert score(Term.parse(NOT_DERIVED), REQUEST, library) is None
    scored = score(Term.parse(LENGTH), REQUEST, library)
    assert scored is not None and str(scored[0]) == LENGTH and math.isfinite(scored[1])


class Says:
    """A sampler with these texts."""

    in_process = True

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def sample(self, prompt: Prompt, draw: Draw) -> list[Reply]:
        return [Reply(text, -1.0) for text in self.texts]

    def score(self, prompt: str, texts: object) -> list[float]:
        raise NotImplementedError


def test_samples_that_are_not_derived_count_for_nothing() -> None:
    library = Library.initial("recursive")
    replies = [library.python(program, REQUEST) for program in (NOT_DERIVED, LENGTH)]

    def grammar_of(texts: list[str]) -> tuple[int, float | None]:
        prompts, sampling = Instructions(library), Sampling(samples=len(texts))
        guidance = ModelGuide(Says(texts), library, prompts, sampling).guide(TASK)
        counted = guidance.grammar and guidance.grammar.log_likelihood(
            Term.parse(LENGTH), Type.parse(REQUEST)
        )
        return len(guidance.samples), counted

    assert grammar_of(replies[:1]) == (1, None)
    both, only = grammar_of(replies), grammar_of(replies[1:])
    assert both == (2, only[1]) and only[1] is not None


def test_dreams_become_what_a_decoder_can_write() -> None:
    library = Library.initial("recursive")
    tail = each("(+ (car $0) 1)")
    frontiers = [
        Frontier("length", REQUEST, (Entry(LENGTH, -20.0, 0.0, "prior", 0),)),
        Frontier("more", "list(int) -> list(int)", (Entry(tail, -20.0, 0.0, "prior", 0),)),
    ]
    more = tuple(Example((xs,), [x + 1 for x in xs]) for xs in INPUTS)
    tasks = [TASK, Task("more", "list(int) -> list(int)", more, "recursive")]
    dreams = make_dreams(library, frontiers, tasks, DreamConfig(cpu_seconds=2.0, max_dreams=300, seed=1))
    kept = [*dreams.of("fantasy"), *dreams.of("replay")]
    assert LENGTH in {dream.program for dream in kept}

    prior = fit_prior(library, frontiers, [(dream.program, dream.request) for dream in kept])
    assert np.isfinite(prior).all()

    data = encode_dreams(kept, library.language)
    assert len(data) == len(kept)
    for row in [position for position, dream in enumerate(kept) if "fix1" in dream.program][:50]:
        decoder = TypedDecoder(library.language, Type.parse(kept[row].request), 1, MAX_VARIABLES, 1000)
        batch = data.batch(np.array([row]), 3)
        for token, context, mask in zip(batch.tokens[0], batch.contexts[0], batch.masks[0], strict=True):
            assert decoder.contexts()[0] == context
            assert decoder.masks()[0].tolist() == mask.tolist() and mask[token]
            decoder.push(np.array([token]))
        assert [str(term) for term in decoder.terms()] == [kept[row].program]
