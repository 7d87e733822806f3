"""A wake phase and an abstraction sleep through a real vLLM that serves a real, small, untuned model:
`make test-vllm`.

The model knows nothing of the language, so its samples may all be wrong; what is tested is that they arrive,
are checked, and are counted, and that tasks are solved all the same by the guide beside it. What it says of
abstractions may be wrong too: what is kept has to be true.
"""

from __future__ import annotations

import math

import pytest

from library.domain import get_domain
from library.snapshot import Library
from synthesis.guide import GuideUnavailable
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import run_phase
from synthesis.model_guide import ModelGuide, SampleCounts, Sampling
from synthesis.program_prompts import Continuations, Instructions
from synthesis.samplers import Draw, Prompt, RequestRefused
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler
from synthesis.task import Example, Task, load_tasks
from synthesis.wake import WakeBudget, wake
from tests.synthesis.documented import TASKS as DOCUMENTED_TASKS
from tests.synthesis.documented import after_a_wake, true_everywhere
from tests.vllm.serving import MODEL

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]

SAMPLES = 16


def a_task() -> Task:
    train, _ = get_domain("list").shipped_tasks()
    return next(task for task in load_tasks(train, "list") if task.name == "add 1 to every element")


def beyond_search(factor: int) -> Task:
    """A task that no search solves in a second, so that the model is asked."""
    inputs = ([1, 2, 3], [], [4], [0, 7, 2])
    examples = tuple(Example((xs,), [x * factor + 17 for x in xs]) for xs in inputs)
    return Task(f"times {factor}, and 17", "list(int) -> list(int)", examples, "list")


def test_a_wake_phase_of_the_loop(base_url: str) -> None:
    hard = [beyond_search(7919), beyond_search(6007)]
    tasks, keeper = [a_task(), *hard], MemoryKeeper()
    config = RunConfig(
        domain="list",
        iterations=1,
        seconds=1.0,
        guides=("prior", "model"),
        dream_seconds=2.0,
        model_url=base_url,
        model_name=MODEL.name,
        model_samples=SAMPLES,
    )
    run_phase("wake", 1, tasks, config, keeper)
    attempts = keeper.attempts(1)
    assert attempts.keys() == {task.name for task in tasks}
    assert attempts["add 1 to every element"].entries
    for task in hard:
        report = attempts[task.name].guides["model"]
        assert report.error == ""
        assert report.requested == SAMPLES
        assert report.fitting <= report.valid <= report.requested
        assert report.tokens >= SAMPLES and report.waited_seconds > 0
        assert report.prompt["form"] == "instructions"


def test_an_abstraction_sleep_of_the_loop(base_url: str) -> None:
    """Whatever the model says, names are valid and examples true; Library.from_json checks the names."""
    config = RunConfig("list", 1, 1.0, guides=("prior", "model"), model_url=base_url, model_name=MODEL.name)
    keeper = after_a_wake(MemoryKeeper())
    run_phase("abstraction", 1, DOCUMENTED_TASKS, config, keeper)
    sleep = keeper.sleep(1)
    assert sleep is not None and len(sleep.added) == 2
    library = Library.from_json(sleep.library.to_json())
    assert true_everywhere(library) >= 2
    for abstraction in library.abstractions:
        assert abstraction.docstring.isprintable()
        print(f"\nSmolLM2-135M, untuned: {abstraction.name}: {abstraction.docstring}")


def sampler(base_url: str, model: str = MODEL.name) -> OpenAISampler:
    return OpenAISampler(ModelEndpoint(base_url, model))


def test_samples_are_checked_and_counted(base_url: str) -> None:
    task, library = a_task(), Library.initial("list")
    sampling = Sampling(samples=SAMPLES, temperature=0.5, constrained=False)
    model = ModelGuide(sampler(base_url), library, Instructions(library), sampling)
    attempt = wake(task, library, [model], WakeBudget(seconds=1))
    counts = model.counts
    assert (counts.requested, counts.arrived) == (SAMPLES, SAMPLES)
    assert counts.arrived >= counts.parsed >= counts.valid == attempt.guides["model"].valid
    print(f"\nSmolLM2-135M, untuned: {counts}")


def prompt(style: str) -> Prompt:
    prompts = Instructions(Library.initial("list")) if style == "chat" else Continuations()
    return prompts.ask(a_task()).prompts[0]


@pytest.mark.parametrize("style", ["chat", "text"])
def test_samples_carry_log_probabilities(base_url: str, style: str) -> None:
    replies = sampler(base_url).sample(prompt(style), Draw(count=4, max_tokens=48))
    assert len(replies) == 4
    for reply in replies:
        assert reply.log_probability is not None and -math.inf < reply.log_probability <= 0
        assert 0 < reply.tokens <= 48
    assert len({reply.text for reply in replies}) > 1


@pytest.mark.parametrize("style", ["chat", "text"])
def test_replies_derive_from_the_grammar(base_url: str, style: str) -> None:
    grammar = (
        'root ::= "lambda xs: " call\ncall ::= "sort(xs)" | "cdr(" call2 ")"\ncall2 ::= "xs" | "cdr(xs)"'
    )
    derived = {f"lambda xs: {call}" for call in ("sort(xs)", "cdr(xs)", "cdr(cdr(xs))")}
    replies = sampler(base_url).sample(prompt(style), Draw(16, 48, grammar=grammar))
    assert {reply.text for reply in replies} <= derived


@pytest.mark.parametrize("text", [" lambda xs: sort(xs)", "\nreturn 'é → ü'"])
def test_given_texts_are_scored_as_the_sum_of_their_parts(base_url: str, text: str) -> None:
    """One token at a time is as probable as all at once."""
    asked, start = sampler(base_url), prompt("text")
    assert isinstance(start, str)
    half = text[: text.index(" ", 2)]
    whole, first, other = asked.score(start, [text, half, " zebra"])
    [rest] = asked.score(start + half, [text[len(half) :]])
    assert whole == pytest.approx(first + rest, abs=0.3)  # in bfloat16
    assert other < first < 0


def test_a_sample_is_scored_as_it_was_drawn(base_url: str) -> None:
    asked, start = sampler(base_url), prompt("text")
    assert isinstance(start, str)
    [greedy] = asked.sample(start, Draw(1, 8, temperature=0.0))
    assert greedy.log_probability == pytest.approx(asked.score(start, [greedy.text])[0], abs=0.3)


def test_a_grammar_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(RequestRefused):
        sampler(base_url).sample("f = ", Draw(1, 4, grammar="root ::= ("))


def test_an_unknown_model_is_named(base_url: str) -> None:
    library = Library.initial("list")
    guide = ModelGuide(sampler(base_url, "no-such-model"), library, Instructions(library))
    with pytest.raises(GuideUnavailable, match=r"'no-such-model' .* does not exist"):
        guide.guide(a_task())
    assert guide.counts == SampleCounts()
