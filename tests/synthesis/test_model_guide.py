"""The model guide against a real HTTP server on a local socket, which answers as each test tells it to."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Grammar, Term, Type
from library.snapshot import Library
from library.weights import WeightedProgram, fit
from synthesis.guide import GuideUnavailable
from synthesis.model_guide import ModelGuide, SampleCounts, Sampling
from synthesis.program_prompts import Instructions
from synthesis.replies import candidates
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler
from synthesis.task import Example, Task
from tests.synthesis.model_server import Answer, Endpoint, chat, error

TASK = Task("add-one", "list(int) -> list(int)", (Example(([1, 2],), [2, 3]), Example(([],), [])), "list")
ADD_ONE = Term.parse("(lambda (map (lambda (+ $0 1)) $0))")
GOOD = "lambda xs: map(lambda x: x + 1, xs)"


def guide(url: str, *, samples: int = 4) -> ModelGuide:
    sampler = OpenAISampler(ModelEndpoint(url, "m", seconds=5.0, retries=0))
    library = Library.initial("list")
    return ModelGuide(sampler, library, Instructions(library), Sampling(samples=samples))


def test_samples_are_read_checked_and_counted(serve: Callable[[Answer], Endpoint]) -> None:
    fenced = f"```python\nf = {GOOD}\n```\nIt adds one."
    replies = (GOOD, "lambda xs: xs + 1", "I think that it adds one.", fenced)
    endpoint = serve(lambda body: chat(*replies[: body["n"]]))
    model = guide(endpoint.url)
    guidance = model.guide(TASK)
    assert [sample.program for sample in guidance.samples] == [ADD_ONE]
    assert (guidance.requested, guidance.valid) == (4, 2)
    assert model.counts == SampleCounts(requested=4, arrived=4, parsed=3, valid=2)
    assert guidance.samples[0].log_probability == pytest.approx(-3.0 + math.log(2))  # two texts, one program
    [body] = endpoint.bodies
    assert body["path"] == "/v1/chat/completions"
    assert (body["model"], body["n"], body["logprobs"]) == ("m", 4, True)
    assert "f([1, 2]) == [2, 3]" in body["messages"][1]["content"]


def test_valid_samples_pull_the_grammar_gently(serve: Callable[[Answer], Endpoint]) -> None:
    model = guide(serve(lambda body: chat(*[GOOD] * body["n"])).url, samples=8)
    grammar = model.guide(TASK).grammar
    assert grammar is not None and grammar.contextual
    prior, request = model.library.grammar, Type.parse(TASK.request)
    sampled, other = (
        grammar.log_likelihood(program, request) - prior.log_likelihood(program, request)
        for program in (ADD_ONE, Term.parse("(lambda (cdr (cdr $0)))"))
    )
    assert sampled > 0.5  # nats, of eight replies that are one program
    assert -3 < other < sampled  # smoothed: what no sample uses stays within reach


def test_samples_correct_the_prior_that_the_guide_was_given(serve: Callable[[Answer], Endpoint]) -> None:
    """A program that no sample looks like costs about what it costs under that prior, not the library's."""
    library, request = Library.initial("list"), Type.parse(TASK.request)
    liked = Term.parse("(lambda (cdr (cdr $0)))")
    solved = [[WeightedProgram(liked, request, 1.0)] * 50]
    prior = fit(library.language, solved, contextual=True)
    model = guide(serve(lambda body: chat(*[GOOD] * body["n"])).url)
    model.prior = prior
    corrected = model.guide(TASK).grammar
    assert corrected is not None
    fitted, own = Grammar(library.language, prior), library.grammar
    cost, under_prior, under_own = (
        -grammar.log_likelihood(liked, request) for grammar in (corrected, fitted, own)
    )
    assert under_prior < cost < under_prior + 2 < under_own
    assert corrected.log_likelihood(ADD_ONE, request) > fitted.log_likelihood(ADD_ONE, request)


def test_without_log_probabilities_a_program_counts_by_its_share(
    serve: Callable[[Answer], Endpoint],
) -> None:
    endpoint = serve(lambda body: chat(GOOD, GOOD, "lambda xs: xs", "no", log_probability=None))
    samples = guide(endpoint.url).guide(TASK).samples
    assert np.exp([sample.log_probability for sample in samples]) == pytest.approx([0.5, 0.25])


def test_no_valid_sample_leaves_no_grammar(serve: Callable[[Answer], Endpoint]) -> None:
    guidance = guide(serve(lambda body: chat(*["import os"] * body["n"])).url).guide(TASK)
    assert (guidance.samples, guidance.grammar, guidance.valid) == ((), None, 0)


def test_nothing_in_a_reply_is_ever_executed(serve: Callable[[Answer], Endpoint], tmp_path: Any) -> None:
    trap = tmp_path / "trap"
    code = f"open({str(trap)!r}, 'w')"
    fenced, default = f"```python\n{code}\n```", f"def f(xs={code}): return xs"
    replies = (f"lambda xs: {code}", fenced, default, f"{code}\n{GOOD}")
    guidance = guide(serve(lambda body: chat(*replies)).url).guide(TASK)
    assert not trap.exists()
    assert ADD_ONE in [sample.program for sample in guidance.samples]


def test_servers_that_ignore_n_are_asked_again(serve: Callable[[Answer], Endpoint]) -> None:
    endpoint = serve(lambda body: chat(GOOD))
    guidance = guide(endpoint.url, samples=3).guide(TASK)
    assert (guidance.requested, guidance.valid) == (3, 3)
    assert [body["n"] for body in endpoint.bodies] == [3, 2, 1]
    assert not any("seed" in body for body in endpoint.bodies)  # else three times the same reply


def test_replies_that_arrived_before_the_trouble_are_used(serve: Callable[[Answer], Endpoint]) -> None:
    answers = iter([chat(GOOD), error(400, "enough")])
    guidance = guide(serve(lambda body: next(answers)).url, samples=3).guide(TASK)
    assert (guidance.requested, guidance.valid) == (3, 1)


def test_a_model_that_is_away_leaves_the_guide_unavailable(serve: Callable[[Answer], Endpoint]) -> None:
    model = guide(serve(lambda body: error(500, "out of memory")).url)
    with pytest.raises(GuideUnavailable, match="out of memory"):
        model.guide(TASK)
    assert model.counts == SampleCounts()


@pytest.mark.parametrize(
    ("reply", "first"),
    [
        (GOOD, GOOD),
        (f"  `{GOOD}`\n", GOOD),
        (f"Program: {GOOD}", GOOD),
        (f"f = {GOOD}", GOOD),
        (f"Here it is:\n```python\n{GOOD}\n```", GOOD),
        (f"```\n{GOOD}", GOOD),
        ("def f(xs, n):\n    return xs", "def f(xs, n):"),
        ("```python\ndef f(xs, n):\n    return n + 1\n```", "lambda xs, n: n + 1"),
        ("```python\ndef f(xs):\n    y = 1\n    return y\n```", "def f(xs):\n    y = 1\n    return y"),
        ("x == 1", "x == 1"),
    ],
)
def test_the_program_is_found_within_the_reply(reply: str, first: str) -> None:
    assert next(candidates(reply)) == first


@pytest.mark.parametrize("reply", ["", "\n\n", "``````", "Program:", "return"])
def test_replies_that_hold_nothing(reply: str) -> None:
    assert list(candidates(reply)) == []
