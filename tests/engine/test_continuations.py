"""Towers and turtles: the engine against the slow reference, pictures, and what foresight leaves out."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Budget, EngineError, Grammar, Likelihood, SearchConfig, Term, Type
from library.domain import get_domain
from tests.reference.graphics import Step, build, draw

TOWER, TURTLE = Type.parse("tower -> tower"), Type.parse("turtle -> turtle")
EXACT = Likelihood.exact()


def _steps(leaves: st.SearchStrategy[Step], nested: tuple[str, ...]) -> st.SearchStrategy[list[Step]]:
    def more(inner: st.SearchStrategy[list[Step]]) -> st.SearchStrategy[list[Step]]:
        loops = st.tuples(st.just("loop"), st.integers(1, 4), inner)
        return st.lists(leaves | loops | st.tuples(st.sampled_from(nested), inner), max_size=4)

    return st.recursive(st.lists(leaves, max_size=3), more, max_leaves=8)


BLOCKS = st.sampled_from([("block", 2, 6), ("block", 6, 2)])
MOVES = st.tuples(st.just("move"), st.integers(-9, 9).filter(bool))
LENGTHS = {
    "logo_UL": 1,
    "logo_ZL": 0,
    "logo_epsL": Fraction(1, 20),
    "(logo_DIVL logo_UL 3)": Fraction(1, 3),
    "i": "i",
}
ANGLES = {
    "logo_ZA": 0,
    "logo_epsA": Fraction(1, 40),
    "(logo_DIVA logo_UA 7)": Fraction(1, 7),
    "(logo_SUBA logo_ZA (logo_DIVA logo_UA 4))": Fraction(-1, 4),
}
GOES = st.tuples(st.just("go"), st.sampled_from(list(LENGTHS)), st.sampled_from(list(ANGLES)))


def _tower_term(steps: list[Step], rest: str = "$0") -> str:
    for step in reversed(steps):
        if step[0] == "block":
            rest = f"({'1x3' if step[1] == 2 else '3x1'} {rest})"
        elif step[0] == "move":
            rest = f"({'left' if step[1] < 0 else 'right'} {abs(step[1])} {rest})"
        elif step[0] == "loop":
            rest = f"(tower_loopM {step[1]} (lambda (lambda {_tower_term(step[2])})) {rest})"
        else:
            rest = f"(tower_embed (lambda {_tower_term(step[1])}) {rest})"
    return rest


def _turtle_term(steps: list[Step], rest: str = "$0", round_: int | None = None) -> str:
    """``round_``: the index of the innermost loop's number, at the end of the steps."""
    for step in reversed(steps):
        if step[0] == "go":
            length = step[1]
            if length == "i":
                length = "logo_ZL" if round_ is None else f"(logo_MULL logo_UL ${round_})"
            rest = f"(logo_FWRT {length} {step[2]} {rest})"
        elif step[0] == "loop":
            rest = f"(logo_forLoop {step[1]} (lambda (lambda {_turtle_term(step[2], round_=1)})) {rest})"
        else:
            name = "logo_GETSET" if step[0] == "aside" else "logo_PT"
            inner = None if round_ is None else round_ + 1
            rest = f"({name} (lambda {_turtle_term(step[1], round_=inner)}) {rest})"
    return rest


def _numbers(steps: list[Step]) -> list[Step]:
    named = {**LENGTHS, **ANGLES}
    return [
        tuple(_numbers(part) if isinstance(part, list) else named.get(part, part) for part in step)
        for step in steps
    ]


def _run(domain: str, term: str, *inputs: Any) -> list[Any]:
    language = get_domain(domain).language()
    request = TOWER if domain == "tower" else TURTLE
    return language.evaluate(Term.parse(f"(lambda {term})"), request, [(value,) for value in inputs])


@given(_steps(BLOCKS | MOVES, ("aside",)))
def test_plans_are_what_a_hand_builds(steps: list[Step]) -> None:
    plan, hand = build(steps)
    assert _run("tower", _tower_term(steps), [], [[1, 3, 5]]) == [plan, [*plan, [hand + 1, 3, 5]]]


@given(_steps(GOES, ("aside", "up")))
def test_strokes_are_what_a_pen_draws(steps: list[Step]) -> None:
    [drawn] = _run("logo", _turtle_term(steps), [])
    expected = draw(_numbers(steps))
    assert sum(map(_length, drawn)) == pytest.approx(sum(map(_length, expected)), abs=1e-6)
    if all(abs(number) < 15 for stroke in expected for number in stroke):
        assert EXACT.score(drawn, [list(stroke) for stroke in expected], TURTLE.returns) == 0


def _length(stroke: Any) -> float:
    return ((stroke[2] - stroke[0]) ** 2 + (stroke[3] - stroke[1]) ** 2) ** 0.5


def test_a_body_may_drop_what_follows_it() -> None:
    ahead = "(logo_FWRT logo_UL logo_ZA {})"
    # The inner body goes on to the outer one's continuation: the inner pen isn't put back, the outer one is.
    dropped = f"(logo_PT (lambda (logo_PT (lambda $1) {ahead.format('$0')})) {ahead.format('$0')})"
    assert _run("logo", dropped, []) == [[[0, 0, 1, 0]]]
    aside = f"(logo_GETSET (lambda {ahead.format('$1')}) {ahead.format('$0')})"
    assert _run("logo", aside, []) == [[[0, 0, 1, 0]]]
    assert _run("tower", "(tower_embed (lambda (1x3 $1)) (3x1 $0))", [[5, 1, 1]]) == [
        [[0, 2, 6], [5, 1, 1], [0, 6, 2], [5, 1, 1]]
    ]


def test_pictures_are_equal_however_they_are_drawn() -> None:
    line, returns = [[0.0, 0.0, 2.0, 0.0]], TURTLE.returns
    halves = [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0], [0.5, 0.0, 1.5, 0.0]]
    assert EXACT.score(halves, line, returns) == 0
    assert EXACT.score(line, [[0.0, 0.0, 2.2, 0.0]], returns) < 0
    assert EXACT.score(line, [], returns) < 0 and EXACT.score([], [], returns) == 0


@pytest.mark.parametrize("value", [[[1, 2]], [[0, 0, 2]], [[0, 2, 2000]], 3, "plan", [[0, 2, 6.5]]])
def test_what_is_no_plan_is_refused(value: Any) -> None:
    with pytest.raises(EngineError):
        EXACT.score(value, [], TOWER.returns)


@pytest.mark.parametrize("value", [[[1, 2, 3]], [[0, 0, 99, 0]], [[0, 0, "a", 0]], 3])
def test_what_is_no_drawing_is_refused(value: Any) -> None:
    with pytest.raises(EngineError):
        EXACT.score(value, [], TURTLE.returns)


@pytest.mark.parametrize(("domain", "nats"), [("tower", 13.0), ("logo", 12.5)])
@pytest.mark.parametrize("seed", range(6))
def test_foresight_changes_no_answer(domain: str, nats: float, seed: int) -> None:
    language = get_domain(domain).language()
    request = TOWER if domain == "tower" else TURTLE
    grammar = Grammar.uniform(language)
    rng = random.Random(seed)
    term, cost = rng.choice(grammar.enumerate(request, nats - 2, nats, 3000))
    [output] = language.evaluate(term, request, [([],)])
    if not isinstance(output, list) or any(abs(n) > 15 for row in output for n in row):
        output = [[0, 2, 6]] if domain == "tower" else [[0, 0, 1, 0]]
    found = [
        grammar.search(
            request, [(([],), output)], Budget(cpu_seconds=60, nats=nats), config=SearchConfig(foresight=on)
        )
        for on in (True, False)
    ]
    best = [result.solutions[0][1] if result.solutions else None for result in found]
    assert best[0] == best[1], (term, cost)
    assert found[0].programs <= found[1].programs
