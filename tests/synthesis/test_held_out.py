"""One rule says what is held out: the same for every learner and every record."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synthesis.held_out import FEWEST_REPLAYS, ONE_IN, held_out, replays_held_out, share
from tests.synthesis.tuned_toys import toy_dreams, toy_lessons


def test_one_in_twenty_is_held_out() -> None:
    found = sum(held_out(f"(lambda (+ $0 {i}))") for i in range(20_000))
    assert abs(found / 20_000 - 1 / ONE_IN) < 0.006
    assert share("(lambda $0)") == share("(lambda $0)") != share("(lambda $1)")


@given(st.lists(st.text(max_size=5), max_size=40))
def test_of_enough_replays_one_at_least(programs: list[str]) -> None:
    aside = replays_held_out(programs)
    assert aside == replays_held_out(programs[::-1] + programs)
    assert {program for program in programs if held_out(program)} <= aside <= set(programs)
    assert aside or len(set(programs)) < FEWEST_REPLAYS


def test_all_dreams_of_a_program_are_on_one_side() -> None:
    dreams = toy_dreams().dreams
    sides: dict[str, set[bool]] = {}
    for dream in dreams:
        sides.setdefault(dream.program, set()).add(dream.held_out)
    assert all(len(side) == 1 for side in sides.values())
    assert {dream.source for dream in dreams if dream.held_out} == {"fantasy", "replay"}
    assert sum(lesson.held_out for lesson in toy_lessons()) == sum(dream.held_out for dream in dreams)
