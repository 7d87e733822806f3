"""Towers explained from their blocks: what is found builds them, and is as short as can be expected."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.towers import rows
from engine import Cancellation, EngineError, Failure, Term, Type, explain_tower
from library.domain import get_domain
from library.snapshot import Abstraction, Library
from synthesis.deduction import deduction_guides
from synthesis.deduction.tower import SHAPES, TowerDeducer, read_library
from synthesis.fit import fit_of_program
from synthesis.task import Example, Task, parse_task
from synthesis.wake import WakeBudget, wake

REQUEST = Type.parse("tower -> tower")
LIBRARY = Library.initial("tower")
ROW = "#(lambda (lambda (tower_loopM $1 (lambda (lambda (3x1 (right 6 $0)))) $0)))"
HOP = "#(lambda (right 9 (right 8 $0)))"
PILES = "#(lambda (lambda (lambda (tower_loopM $1 (lambda (lambda ($4 (right 5 $0)))) $0))))"
STAIRS = (
    "#(lambda (lambda (tower_loopM 4 (lambda (lambda "
    "(tower_loopM ($3 $1) (lambda (lambda (1x3 $0))) (right 3 $0)))) $0)))"
)
TWICE = "#(lambda (1x3 (tower_embed (lambda $1) $0)))"  # builds what comes after it twice


def learned(*abstractions: tuple[str, str]) -> Library:
    made = tuple(Abstraction(f"f{i}", text, type_) for i, (text, type_) in enumerate(abstractions))
    weights = (*LIBRARY.weights[:-1], *(1.0 for _ in made), LIBRARY.weights[-1])
    return Library("tower", made, weights)


LEARNED = learned((ROW, "int -> tower -> tower"), (HOP, "tower -> tower"), (TWICE, "tower -> tower"))
HIGHER = learned(
    (PILES, "(tower -> tower) -> int -> tower -> tower"), (STAIRS, "(int -> int) -> tower -> tower")
)
BLOCKS = st.sampled_from(["(1x3 ", "(3x1 "])
MOVES = st.tuples(st.sampled_from(["left", "right"]), st.integers(1, 9)).map(lambda m: f"({m[0]} {m[1]} ")
SECONDS = 5.0
BODY_NATS = 1.0
"""A body costs so much more or less than it is taken for, by what else is in scope: it is priced as one that
is in a loop and in nothing else."""


def body(openings: list[str]) -> str:
    return "".join(openings) + "$0" + ")" * len(openings)


@st.composite
def bodies(draw: st.DrawFn, depth: int, index: int | None = None, free: bool = True) -> str:
    """A body of blocks, moves, loops and parts built aside. `index`: the de Bruijn index of a loop's
    variable, which may be counted to. `free`: whether it may begin with other things than a block.
    """
    openings = [] if free else [draw(BLOCKS)]
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["block", "move", "loop", "aside"] if depth else ["block", "move"]))
        if kind == "block":
            openings.append(draw(BLOCKS))
        elif kind == "move":
            openings.append(draw(MOVES))
        elif kind == "loop":
            counts = [str(n) for n in range(2, 6)]
            counts += [] if index is None else [f"${index}", f"(- 4 ${index})"]
            inner = draw(bodies(depth - 1, draw(st.sampled_from([None, 1])) if free else None, free))
            openings.append(f"(tower_loopM {draw(st.sampled_from(counts))} (lambda (lambda {inner})) ")
        else:
            inner = draw(bodies(depth - 1, None if index is None else index + 1, free))
            openings.append(f"(tower_embed (lambda {inner}) ")
    return body(openings)


def plan_of(program: str, library: Library = LIBRARY) -> Any:
    return library.language.evaluate(Term.parse(program), REQUEST, [([],)])[0]


def tower_task(plan: Any) -> Task:
    return Task("a tower", "tower -> tower", (Example(([],), plan),), "tower")


def nats(program: Term | str, library: Library = LIBRARY) -> float:
    term = Term.parse(program) if isinstance(program, str) else program
    return -library.grammar.log_likelihood(term, REQUEST)


def straight(plan: list[list[int]]) -> str:
    openings: list[str] = []
    for (before, _, _), (x, width, _) in pairwise([[0, 0, 0], *plan]):
        left = x - before
        while left:
            step = min(9, abs(left))
            openings.append(f"({'right' if left > 0 else 'left'} {step} ")
            left -= step if left > 0 else -step
        openings.append("(1x3 " if width == 2 else "(3x1 ")
    return f"(lambda {body(openings)})"


def deduced(plan: Any, library: Library = LIBRARY, seconds: float = SECONDS) -> list[Term]:
    """Checked to fit, the cheapest first."""
    task = tower_task(plan)
    found = TowerDeducer().deduce(task, library, seconds, Cancellation())
    assert found.programs and found.tried > 0
    assert len(set(found.programs)) == len(found.programs)
    for program in found.programs:
        assert fit_of_program(task, library, program) == 0.0, program
    return sorted(found.programs, key=lambda program: nats(program, library))


@given(bodies(3))
def test_what_is_deduced_builds_the_tower_and_is_no_dearer_than_the_straight_line(written: str):
    plan = plan_of(f"(lambda {written})")
    if isinstance(plan, Failure) or not 1 <= len(plan) <= 30:
        return
    for library in (LIBRARY, LEARNED):
        assert nats(deduced(plan, library)[0], library) <= nats(straight(plan), library) + 1e-9


@given(bodies(2, free=False))
def test_loops_and_parts_built_aside_are_found_again(written: str):
    program = f"(lambda {written})"
    plan = plan_of(program)
    if isinstance(plan, Failure) or not 1 <= len(plan) <= 30:
        return
    assert nats(deduced(plan)[0]) <= nats(program) + BODY_NATS


LYING = "(lambda (lambda (3x1 $0)))"


@pytest.mark.parametrize(
    "program",
    [
        f"(lambda (tower_loopM 5 (lambda (lambda (tower_loopM $1 {LYING} (right 7 $0)))) $0))",
        f"(lambda (tower_loopM 4 (lambda (lambda (tower_loopM (- 5 $1) {LYING} (left 7 $0)))) $0))",
        "(lambda (tower_loopM 5 (lambda (lambda (right 4 (tower_embed (lambda (tower_loopM $2 (lambda "
        "(lambda (1x3 (3x1 (right 7 $0))))) $0)) $0)))) $0))",
        "(lambda (tower_loopM 6 (lambda (lambda (3x1 (right $1 $0)))) $0))",
        "(lambda (tower_loopM 6 (lambda (lambda (right $1 (3x1 (1x3 (right 2 $0)))))) $0))",
    ],
)
def test_bodies_that_use_the_index_are_found_again(program: str):
    assert nats(deduced(plan_of(program))[0]) <= nats(program) + 1e-9


def test_shipped_towers_are_all_deduced():
    train, test = get_domain("tower").shipped_tasks()
    for document in [*train, *test]:
        task = parse_task(document, "tower")
        attempt = wake(task, LIBRARY, deduction_guides(LIBRARY), WakeBudget(4.0))
        assert attempt.solved_by == "deduction", task.name


@pytest.mark.parametrize(
    "program",
    [
        f"(lambda ({ROW} 4 (left 9 (1x3 $0))))",
        f"(lambda (1x3 ({HOP} (1x3 ({HOP} (3x1 $0))))))",
        f"(lambda (tower_loopM 3 (lambda (lambda (tower_embed (lambda ({ROW} 5 $0)) (right 3 $0)))) $0))",
        f"(lambda (tower_loopM 5 (lambda (lambda (tower_embed (lambda ({ROW} $2 $0)) (right 6 $0)))) $0))",
        f"(lambda (tower_loopM 4 (lambda (lambda ({ROW} (- 4 $1) (1x3 $0)))) $0))",
    ],
)
def test_what_was_learned_is_called(program: str):
    found = deduced(plan_of(program, LEARNED), LEARNED)[0]
    assert found.abstractions
    assert nats(found, LEARNED) <= nats(program, LEARNED) + 1e-9


@pytest.mark.parametrize(
    "program",
    [
        f"(lambda ({PILES} (lambda (3x1 (3x1 (3x1 $0)))) 6 (1x3 $0)))",
        f"(lambda (3x1 ({STAIRS} (lambda (- 5 $0)) ({STAIRS} (lambda $0) $0))))",
    ],
)
def test_learned_functions_of_functions_are_called(program: str):
    assert nats(deduced(plan_of(program, HIGHER), HIGHER)[0], HIGHER) <= nats(program, HIGHER) + 1e-9


def test_calls_are_what_they_do():
    _, calls = read_library(LEARNED)
    assert len(calls) == 10 + 1  # TWICE can't be a step on the way


@given(st.lists(st.tuples(st.integers(-12, 12), st.sampled_from(list(SHAPES))), min_size=1, max_size=12))
def test_with_no_time_there_is_still_a_program(placed: list[tuple[int, tuple[int, int]]]):
    plan = [[x, *shape] for x, shape in placed]
    assert nats(deduced(plan, seconds=0.0)[0]) <= nats(straight(plan)) + 1e-9


def test_what_is_no_plan_of_these_blocks_is_left_to_others():
    other = Task("two", "tower -> tower", (Example(([[0, 2, 6]],), [[0, 2, 6]]),), "tower")
    for task in (tower_task([]), tower_task([[0, 4, 4]]), other):
        assert TowerDeducer().deduce(task, LIBRARY, SECONDS, Cancellation()).programs == ()


def test_bad_plans_are_refused():
    prices, _ = read_library(LIBRARY)
    refused = (
        ([], "1 to 300"),
        ([(0, 0)] * 301, "1 to 300"),
        ([(0, 2)], "upright"),
        ([(99_999, 0)], "further"),
    )
    for blocks, why in refused:
        with pytest.raises(EngineError, match=why):
            explain_tower(blocks, prices, [], 1.0)


def test_the_benchmark_sets_found_beside_given():
    program = "(lambda (tower_loopM 1 (lambda (lambda (1x3 $0))) (right 4 (3x1 $0))))"
    made = {
        row.name: row for row in rows([{"name": "t", "request": "tower -> tower", "program": program}], 5.0)
    }
    assert made["t"].value < (made["t"].dreamcoder or 0.0) == pytest.approx(nats(program))
    assert made["explained"].value == 1 and made["explained"].detail == {"shorter": 1, "longer": 0}
