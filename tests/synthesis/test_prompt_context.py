"""Which part of a library a prompt shows: relevant, complete in itself, within its budget, none for ever
hidden."""

from __future__ import annotations

import pytest

from engine import Type
from library.snapshot import Abstraction, Library
from prompts import render_propose_program
from synthesis.prompt_context import CHARACTERS_PER_TOKEN, PromptBudget, prompt_context, relevance
from synthesis.task import Example, Task

TASK = Task("t", "list(int) -> list(int)", (Example(([1, 2],), [2, 3]), Example(([],), [])), "list")
INCREMENT = "#(lambda (+ $0 1))"
MAP_INCREMENT = f"#(lambda (map {INCREMENT} $0))"


def library(count: int = 0) -> Library:
    """Two abstractions, the second using the first, and `count` more of falling weight."""
    abstractions = [
        Abstraction("increment", INCREMENT, "int -> int", "One more."),
        Abstraction("increment_all", MAP_INCREMENT, "list(int) -> list(int)", "One more for each."),
    ]
    for number in range(2, count + 2):
        body = "1"
        for _ in range(number):
            body = f"(+ 1 {body})"
        text = f"#(lambda (+ $0 {body}))"
        abstractions.append(Abstraction(f"add_{number}", text, "int -> int", "A bit more."))
    primitives = len(Library.initial("list").weights) - 1
    weights = (*[0.0] * primitives, *(-float(i) for i in range(len(abstractions))), 0.0)
    return Library("list", tuple(abstractions), weights)


def test_an_empty_library_shows_what_the_request_can_need() -> None:
    chosen = prompt_context(TASK, Library.initial("list"))
    usages = {note.usage for note in chosen.context.primitives}
    assert {"map(f, xs)", "a + b", "[]"} <= usages
    assert chosen.context.abstractions == () and chosen.inclusion == {}


def test_what_an_abstraction_uses_comes_with_it_and_before_it() -> None:
    learned = library()
    only_second = Library("list", learned.abstractions, (*learned.weights[:-3], -50.0, 0.0, 0.0))
    chosen = prompt_context(TASK, only_second)
    assert [note.usage for note in chosen.context.abstractions] == ["increment", "increment_all"]
    assert "increment" in chosen.context.abstractions[1].body


def test_the_prompt_does_not_grow_with_the_library() -> None:
    budget = PromptBudget()
    lengths = []
    for count in (0, 30, 120):
        context = prompt_context(TASK, library(count), budget=budget).context
        lengths.append(sum(len(message["content"]) for message in render_propose_program(context)))
    assert lengths[2] <= lengths[1] + 60 * CHARACTERS_PER_TOKEN
    assert lengths[2] < lengths[0] + budget.library_tokens * CHARACTERS_PER_TOKEN


def test_draws_are_recorded_repeatable_and_reach_further_than_the_best() -> None:
    learned = library(60)
    shown = [prompt_context(TASK, learned, seed=seed).inclusion for seed in range(40)]
    assert shown[0] == prompt_context(TASK, learned, seed=0).inclusion
    assert all(0 < probability <= 1 for inclusion in shown for probability in inclusion.values())
    best = {name for name, probability in shown[0].items() if probability == 1}
    drawn = {name for inclusion in shown for name in inclusion} - best
    assert best and drawn
    for name in drawn:  # its frequency is that of its recorded probability
        recorded = max(inclusion.get(name, 0.0) for inclusion in shown)
        seen = sum(name in inclusion for inclusion in shown) / len(shown)
        assert seen == pytest.approx(recorded, abs=0.3)


def test_solved_tasks_of_the_same_request_come_first_and_never_the_task_itself() -> None:
    other = Task("other", "list(int) -> int", (Example(([1],), 1),), "list")
    same = Task("same", TASK.request, (Example(([5],), [5]),), "list")
    solved = [(TASK, "(lambda $0)"), (other, "(lambda (car $0))"), (same, "(lambda $0)")]
    notes = prompt_context(TASK, Library.initial("list"), solved).context.solved
    assert [note.request for note in notes] == [same.request, other.request]
    assert notes[1].program == "lambda xs: car(xs)"


def test_long_examples_give_way_to_short_ones_in_their_order() -> None:
    examples = tuple(Example((list(range(n)),), list(range(n))) for n in (9, 1, 8, 2))
    task = Task("t", TASK.request, examples, "list")
    context = prompt_context(task, Library.initial("list"), budget=PromptBudget(task_examples=2)).context
    assert [output for _, output in context.examples] == [[0], [0, 1]]


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("list(int) -> list(int)", "int -> int"),
        ("int -> int", "bool -> bool"),
        ("(int -> int) -> list(int)", "(bool -> bool) -> list(int)"),
        ("list(t0) -> list(t0)", "list(t0) -> bool"),
    ],
)
def test_relevance_follows_the_request(more: str, less: str) -> None:
    request = Type.parse(TASK.request)
    assert 0 <= relevance(Type.parse(less), request) <= relevance(Type.parse(more), request) <= 1
