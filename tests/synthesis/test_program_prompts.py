"""What of a library a model is shown, whatever the library, the budget and the draw; and what is remembered
of it with an attempt."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Type
from library.snapshot import Abstraction, Library
from prompts import CONTINUE_PROGRAM_VERSION, PROPOSE_PROGRAM_VERSION, render_propose_program
from synthesis.model_guide import ModelGuide, Sampling
from synthesis.program_prompts import Continuations, Instructions, ProgramPrompts
from synthesis.prompt_context import (
    PromptBudget,
    abstraction_note,
    note_token_count,
    prompt_context,
    relevance,
    token_count,
)
from synthesis.report import Attempt
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler
from synthesis.task import Example, Task
from synthesis.wake import WakeBudget, wake
from tests.synthesis.model_server import Answer, Endpoint, chat, completion

TASK = Task("t", "list(int) -> list(int)", (Example(([1, 2],), [2, 3]), Example(([],), [])), "list")
OF_NUMBERS = ("(+ {} 1)", "(- {} 1)", "(+ {} {})", "(* {} {})")
OF_LISTS = ("(cdr {})", "(map (lambda (+ $0 1)) {})", "(cons 1 {})")


def composed(steps: tuple[str, ...], argument: str = "$0") -> str:
    for step in steps:
        argument = step.replace("{}", argument)
    return f"#(lambda {argument})"


NUMBERS = [
    Abstraction(f"number_{i}", composed(steps), "int -> int", "A number of a number.")
    for i, steps in enumerate(product(OF_NUMBERS, repeat=2))
]
LISTS = [
    Abstraction(f"list_{i}", composed(steps), "list(int) -> list(int)", "A list.")
    for i, steps in enumerate(product(OF_LISTS, repeat=2))
]
USERS = [
    Abstraction(f"user_{i}", f"#(lambda (map {NUMBERS[i].body} {one.body[9:-1]}))", one.type, "Uses another.")
    for i, one in enumerate(LISTS)
]
TWICE = [
    Abstraction(f"twice_{i}", f"#(lambda ({one.body} ({one.body} $0)))", one.type, "Uses one that uses one.")
    for i, one in enumerate(USERS[:4])
]
POOL = [*NUMBERS, *LISTS, *USERS, *TWICE]


def library(chosen: set[int], weights: list[float]) -> Library:
    """Of these and whatever they use. `weights`: of the pool's."""
    terms = {POOL[i].term for i in chosen}
    terms |= {used for term in terms for used in term.abstractions}
    kept = [i for i, one in enumerate(POOL) if one.term in terms]
    primitives = len(Library.initial("list").weights) - 1
    logs = (*[0.0] * primitives, *(weights[i] for i in kept), 0.0)
    return Library("list", tuple(POOL[i] for i in kept), logs)


@settings(max_examples=60)
@given(
    chosen=st.sets(st.integers(0, len(POOL) - 1)),
    weights=st.lists(st.floats(-20, 3), min_size=len(POOL), max_size=len(POOL)),
    tokens=st.integers(0, 2500),
    drawn=st.integers(0, 8),
    request=st.sampled_from(["list(int) -> list(int)", "int -> int", "list(int) -> bool"]),
    seed=st.integers(0, 9),
)
def test_whatever_is_shown_is_in_budget_and_complete(
    chosen: set[int], weights: list[float], tokens: int, drawn: int, request: str, seed: int
) -> None:
    known, task = library(chosen, weights), replace(TASK, request=request)
    budget = PromptBudget(library_tokens=tokens, drawn=drawn)
    shown = prompt_context(task, known, budget=budget, seed=seed)
    assert shown == prompt_context(task, known, budget=budget, seed=seed)

    names = [note.usage for note in shown.context.abstractions]
    assert set(names) == shown.inclusion.keys()
    assert names == [one.name for one in known.abstractions if one.name in shown.inclusion]
    assert all(0 < probability <= 1 for probability in shown.inclusion.values())
    by_term = {one.term: one.name for one in known.abstractions}
    for one in known.abstractions:
        if one.name in shown.inclusion:
            assert {by_term[used] for used in one.term.abstractions} <= shown.inclusion.keys()

    def rendered(context: object) -> int:
        [_, user] = render_propose_program(context)  # type: ignore[arg-type]
        return len(user["content"])

    notes = replace(shown.context, abstractions=())
    heading = "\nLearned from earlier tasks; prefer these where they fit:\n"
    bare = render_propose_program(replace(notes, primitives=()))[1]["content"]
    lines = rendered(shown.context) - len(bare) - (len(heading) if names else 0)
    if names:  # the primitives are shown whatever the budget
        assert token_count("x" * lines) <= tokens


NUMBER = Abstraction("to_number", "#(lambda (+ $0 1))", "int -> int", "One more than it.")
TRUTH = Abstraction("to_truth", "#(lambda (gt? $0 1))", "int -> bool", "More than one it.")


@pytest.mark.parametrize(
    ("weights", "first"),
    [((0.0, 0.0), NUMBER), ((0.0, -0.5), NUMBER), ((-0.5, 0.0), NUMBER), ((-1.0, 0.0), TRUTH)],
)
def test_the_best_come_by_relevance_times_weight(weights: tuple[float, float], first: Abstraction) -> None:
    relevances = [relevance(Type.parse(one.type), Type.parse(TASK.request)) for one in (NUMBER, TRUTH)]
    assert relevances == [1.0, 0.5]
    primitives = len(Library.initial("list").weights) - 1
    known = Library("list", (NUMBER, TRUTH), (*[0.0] * primitives, *weights, 0.0))
    assert len({note_token_count(abstraction_note(one, known)) for one in known.abstractions}) == 1
    for tokens in range(0, 3000, 5):  # until there is room for one
        budget = PromptBudget(library_tokens=tokens, drawn=0)
        shown = prompt_context(TASK, known, budget=budget).inclusion
        if shown:
            assert list(shown) == [first.name]
            return
    pytest.fail("none is ever shown")


def test_recorded_probabilities_are_those_of_being_shown() -> None:
    """Counted over many draws. Some come in by being drawn, some because another uses them, some by both."""
    known = library(set(range(len(POOL))), [-0.05 * i for i in range(len(POOL))])
    budget, draws = PromptBudget(library_tokens=1400, drawn=1), 250
    recorded: dict[str, set[float]] = {}
    seen: dict[str, int] = {}
    for seed in range(draws):
        for name, probability in prompt_context(TASK, known, budget=budget, seed=seed).inclusion.items():
            recorded.setdefault(name, set()).add(probability)
            seen[name] = seen.get(name, 0) + 1
    assert all(len(probabilities) == 1 for probabilities in recorded.values())
    drawn = {name: min(of) for name, of in recorded.items() if min(of) < 1}
    assert len(drawn) > 5 and len(recorded) > len(drawn)
    assert len(recorded) == len(known.abstractions)  # none is for ever hidden
    for name, probability in recorded.items():
        [p] = probability
        spread = math.sqrt(p * (1 - p) / draws)
        assert abs(seen[name] / draws - p) <= 5 * spread, name


@pytest.mark.parametrize(
    ("prompts", "form", "version"),
    [
        (Instructions(library(set(range(30)), [0.0] * len(POOL))), "instructions", PROPOSE_PROGRAM_VERSION),
        (Continuations(), "continuation", CONTINUE_PROGRAM_VERSION),
    ],
)
def test_an_attempt_remembers_its_prompt(
    serve: Callable[[Answer], Endpoint], prompts: ProgramPrompts, form: str, version: int
) -> None:
    def answer(body: dict[str, object]) -> tuple[int, str]:
        return (completion if "prompt" in body else chat)(*["lambda xs: map(lambda x: x + 1, xs)"] * 4)

    known = library(set(range(30)), [0.0] * len(POOL))
    sampler = OpenAISampler(ModelEndpoint(serve(answer).url, "m"))
    guide = ModelGuide(sampler, known, prompts, Sampling(samples=4))
    attempt = wake(TASK, known, [guide], WakeBudget(seconds=1.0))
    record = attempt.guides["model"].prompt
    assert (record["form"], record["version"]) == (form, version)
    assert set(record["inclusion"]) <= {one.name for one in known.abstractions}
    assert bool(record["inclusion"]) == (form == "instructions")
    again = Attempt.from_json(json.loads(json.dumps(attempt.to_json(), allow_nan=False)))
    assert again == attempt and again.guides["model"].prompt == record
