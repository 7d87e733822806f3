"""Dreams: every one is a true, typed, worthwhile problem with the likeliest answer found."""

from __future__ import annotations

import pytest

import engine
from library.snapshot import Library
from synthesis.dreaming import DreamConfig, Dreams, dream_weights, make_dreams, request_shares
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
    assert yields["sampled"] >= yields["unique"] > 0
    assert yields["behaviours"] >= yields["fantasies"] == len(dreams.of("fantasy"))
    assert yields["cpu_seconds"] < 4.0
    assert yields["dreams_per_cpu_second"] > 0


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


def test_nothing_to_dream_of(library: Library) -> None:
    dreams = make_dreams(library, [], [], DreamConfig(cpu_seconds=0.5))
    assert dreams.dreams == ()
    assert dreams.yields.behaviours == 0
