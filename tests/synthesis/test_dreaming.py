"""Dreams: every one is a true, typed, worthwhile problem with the likeliest answer found."""

from __future__ import annotations

import random

import pytest

import engine
from library.refactoring import leaves
from library.snapshot import Library
from synthesis.dreamer import Dreamer
from synthesis.dreaming import Dream, DreamConfig, Dreams, dream_weights, make_dreams, request_shares
from synthesis.rare_productions import rare_productions
from tests.synthesis.dreaming_tasks import DOUBLE, FRONTIERS, LISTS, NUMBER, TASKS


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.initial("list")


@pytest.fixture(scope="module")
def dreams(library: Library) -> Dreams:
    return make_dreams(library, FRONTIERS, TASKS, DreamConfig(cpu_seconds=3.0, max_dreams=2000))


def outputs(library: Library, request: str, program: str, inputs: list) -> list:
    return library.language.evaluate(engine.Term.parse(program), engine.Type.parse(request), inputs)


def test_every_program_has_the_type_and_gives_the_outputs(library: Library, dreams: Dreams) -> None:
    assert len(dreams.of("fantasy")) > 300
    for dream in dreams.dreams:
        term, request = engine.Term.parse(dream.program), engine.Type.parse(dream.request)
        assert library.language.eta_long(term, request) == term
        found = outputs(library, dream.request, dream.program, [inputs for inputs, _ in dream.examples])
        assert found == [output for _, output in dream.examples]


def test_no_constants_and_no_identities(dreams: Dreams) -> None:
    for dream in dreams.of("fantasy"):
        assert len(dream.examples) >= 4
        assert len({repr(output) for _, output in dream.examples}) > 1, dream.program
        assert dream.program != "(lambda $0)"


def test_a_behaviour_is_dreamed_once(library: Library, dreams: Dreams) -> None:
    """On all the tasks' inputs: no two fantasies agree everywhere where both the probes were taken from."""
    for request in (LISTS, NUMBER):
        inputs = [example.inputs for task in TASKS if task.request == request for example in task.examples]
        of_request = [dream for dream in dreams.of("fantasy") if dream.request == request]
        behaviours = {
            repr(
                [
                    None if isinstance(o, engine.Failure) else o
                    for o in outputs(library, request, d.program, inputs)
                ]
            )
            for d in of_request
        }
        assert len(behaviours) == len(of_request)


def test_the_known_behaviour_has_its_shortest_program(dreams: Dreams) -> None:
    programs = {dream.program for dream in dreams.of("fantasy")}
    assert "(lambda (cdr $0))" in programs
    assert "(lambda (length $0))" in programs


def test_replays_are_the_solved_tasks(library: Library, dreams: Dreams) -> None:
    replays = dreams.of("replay")
    assert {replay.program for replay in replays} == {DOUBLE}
    own = {repr((example.inputs, example.output)) for example in TASKS[0].examples}
    assert any(all(repr(example) in own for example in replay.examples) for replay in replays)
    assert len(replays) > 1


def test_the_yield_is_reported(dreams: Dreams) -> None:
    yields = dreams.yields.to_json()
    assert yields["sampled"] + yields["enumerated"] >= yields["unique"] > 0
    assert yields["behaviours"] >= yields["fantasies"] == len(dreams.of("fantasy"))
    assert yields["cpu_seconds"] > 0 and yields["dreams_per_cpu_second"] > 0


def test_variables_are_favoured_until_something_was_solved(library: Library) -> None:
    request = engine.Type.parse(LISTS)
    weights = dream_weights(library.language, [])
    assert (weights[:, -1] > weights[:, :-1].max(axis=1)).all()
    term = engine.Term.parse(DOUBLE)
    before = engine.Grammar(library.language, weights).log_likelihood(term, request)
    after = engine.Grammar(library.language, dream_weights(library.language, FRONTIERS)).log_likelihood(
        term, request
    )
    assert after > before


def test_requests_come_as_often_as_the_tasks_have_them() -> None:
    shares = request_shares(TASKS)
    assert shares == {LISTS: 3 / 5, NUMBER: 2 / 5}


TRIPLE = "(lambda (map (lambda (+ $0 (+ $0 $0))) $0))"


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_failed_samples_are_dreams_of_the_task_that_they_solve(library: Library, seconds: float) -> None:
    """Whatever program is dreamed, it gives the dream's outputs, on inputs of the task that it failed."""
    failed = [
        (LISTS, TRIPLE, "increment"),
        (LISTS, "(lambda (map (lambda (* $0 (+ 1 (+ 1 1)))) $0))", "double"),  # the same, in more words
        (LISTS, "(lambda $0)", "increment"),  # an identity
        (LISTS, "(lambda (cdr empty))", "increment"),  # fails
        (LISTS, TRIPLE, "no such task"),
        (NUMBER, "(lambda (+ 1 (length $0)))", "sum"),
        ("int -> int", "(lambda (+ 1 $0))", "sum"),  # no task has this request
    ]
    # No time for anything else: what was paid for with a failure is dreamed all the same.
    dreams = make_dreams(library, FRONTIERS, TASKS, DreamConfig(cpu_seconds=seconds), failed)
    hindsight = dreams.of("hindsight")
    assert {dream.request for dream in hindsight} == {LISTS, NUMBER}
    assert dreams.yields.hindsight == len(hindsight) == 2
    task_of = {LISTS: TASKS[1], NUMBER: TASKS[2]}
    grammar = engine.Grammar(library.language, dreams.weights)
    for dream in hindsight:
        inputs = [inputs for inputs, _ in dream.examples]
        assert outputs(library, dream.request, dream.program, inputs) == [o for _, o in dream.examples]
        assert all(given in task_of[dream.request].inputs for given in inputs)
        request = engine.Type.parse(dream.request)
        for other_request, program, _ in failed[:2]:  # the more probable program of a behaviour wins
            if other_request == dream.request:
                assert dream.log_prior >= grammar.log_likelihood(engine.Term.parse(program), request)
    tripled = next(dream for dream in hindsight if dream.request == LISTS)
    assert outputs(library, LISTS, tripled.program, [([1, 2, 9],), ([5],)]) == [[3, 6, 27], [15]]


def test_every_dream_is_handed_out_once_replays_first(library: Library) -> None:
    batches: list[list[Dream]] = []
    dreams = make_dreams(
        library,
        FRONTIERS,
        TASKS,
        DreamConfig(cpu_seconds=1.5),
        [(LISTS, TRIPLE, "increment")],
        lambda batch: batches.append(list(batch)),
    )
    told = [dream for batch in batches for dream in batch]
    assert len(batches) > 2 and sorted(map(repr, told)) == sorted(map(repr, dreams.dreams))
    first = dreams.yields.replays
    assert first and all((dream.source == "replay") == (place < first) for place, dream in enumerate(told))
    assert len({(dream.request, dream.program) for dream in told[first:]}) == len(told) - first


def test_a_limit_on_dreams_is_kept(library: Library) -> None:
    dreams = make_dreams(library, FRONTIERS, TASKS, DreamConfig(cpu_seconds=2.0, max_dreams=60))
    assert 30 < dreams.yields.fantasies <= 60 < dreams.yields.behaviours


def test_what_enumeration_hardly_uses_is_found_once_it_is_sought(library: Library) -> None:
    grammar = engine.Grammar(library.language, dream_weights(library.language, FRONTIERS))
    tasks = [task for task in TASKS if task.request == LISTS]
    dreamer = Dreamer(library.language, grammar, LISTS, 1.0, tasks, DreamConfig(), random.Random(0))

    def found(using: set[engine.Term]) -> int:
        return sum(not using.isdisjoint(leaves(term)) for _, term in dreamer.best.values())

    dreamer.enumerate(1.0)
    numbers = rare_productions(library.language, [term for _, term in dreamer.best.values()])
    rare = {library.language.terms[number] for number in numbers}
    before = found(rare)
    dreamer.enumerate_rare(4.0)
    assert rare and found(rare) > before


def test_nothing_to_dream_of(library: Library) -> None:
    dreams = make_dreams(library, [], [], DreamConfig(cpu_seconds=0.5))
    assert dreams.dreams == ()
    assert dreams.yields.behaviours == 0
