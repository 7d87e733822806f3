"""The recognition benchmark's parts: reference programs do what their names say, ranks are counts, time is
all in."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import engine
from benchmarks.recognition import ranks
from benchmarks.recognition.ranks import RankTable
from benchmarks.recognition.references import references
from benchmarks.recognition.solving import fits, solve
from library.snapshot import Library
from synthesis.prior import FittedPrior
from synthesis.task import Example, Task

LISTS = "list(int) -> list(int)"
INPUTS = ([4, 1, 9, 2, 7, 6, 3, 3], [1, 0, 5, 8, 12, 2, 2])


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.initial("list")


@pytest.mark.parametrize(
    ("name", "request_", "function"),
    [
        ("add-k with k=3", LISTS, lambda xs: [x + 3 for x in xs]),
        ("append-index-k with k=3", LISTS, lambda xs: [*xs, xs[2]]),
        ("append-k with k=4", LISTS, lambda xs: [*xs, 4]),
        ("bool-identify-geq-k with k=0", "list(int) -> list(bool)", lambda xs: [x >= 0 for x in xs]),
        ("bool-identify-is-mod-k with k=3", "list(int) -> list(bool)", lambda xs: [x % 3 == 0 for x in xs]),
        ("caesar-cipher-k-modulo-n with k=4 and n=3", LISTS, lambda xs: [(x + 4) % 3 for x in xs]),
        ("count-k with k=3", "list(int) -> int", lambda xs: xs.count(3)),
        ("drop-k with k=3", LISTS, lambda xs: xs[3:]),
        ("evens", LISTS, lambda xs: [x for x in xs if x % 2 == 0]),
        ("odds", LISTS, lambda xs: [x for x in xs if x % 2]),
        ("has-k with k=3", "list(int) -> bool", lambda xs: 3 in xs),
        ("is-mod-k with k=2", "list(int) -> bool", lambda xs: all(x % 2 == 0 for x in xs)),
        ("keep gt 3", LISTS, lambda xs: [x for x in xs if x > 3]),
        ("remove eq 0", LISTS, lambda xs: [x for x in xs if x != 0]),
        ("pop", LISTS, lambda xs: xs[:-1]),
        ("remove-index-k with k=4", LISTS, lambda xs: xs[:3] + xs[4:]),
        ("repeat-many", LISTS, lambda xs: xs[1:] * xs[0]),
        ("reverse", LISTS, lambda xs: xs[::-1]),
        ("rotate-k with k=4", LISTS, lambda xs: xs[-4:] + xs[:-4]),
        ("slice-k-n with k=2 and n=3", LISTS, lambda xs: xs[1:4]),
        ("range +1 maximum list", LISTS, lambda xs: list(range(max(xs) + 1))),
    ],
)
def test_reference_programs_do_what_the_name_says(
    library: Library, name: str, request_: str, function: Callable[[list[int]], Any]
) -> None:
    task = Task(name, request_, tuple(Example((xs,), function(xs)) for xs in INPUTS), "list")
    written = references(name)
    assert written
    request = engine.Type.parse(request_)
    for text in written:
        assert fits(library, task, library.language.eta_long(engine.Term.parse(text), request)), text


def test_tasks_without_a_reference_have_none() -> None:
    assert references("sort") == references("kth-smallest with k=3") == references("no such task") == []


def test_a_rank_is_the_number_of_programs_at_least_as_likely(library: Library) -> None:
    grammar, request = engine.Grammar.uniform(library.language), engine.Type.parse(LISTS)
    table = RankTable(grammar, request)
    programs = grammar.enumerate(request, 0.0, 13.5, 100_000)
    below: dict[float, int] = {}
    for bound in (9.0, 10.5, 12.0):  # between them a rank is interpolated
        term, cost = max((p for p in programs if p[1] < bound), key=lambda p: p[1])
        rank = table.rank([term, programs[-1][0]])
        below[bound] = sum(other <= cost for _, other in programs)
        earlier = sum(other < bound - 1.5 for _, other in programs)
        assert rank.counted
        assert math.log10(max(1, earlier)) <= rank.log10 <= math.log10(below[bound]) + 1e-9


def test_beyond_what_is_counted_a_rank_is_extrapolated(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "COUNTED", 10_000)
    request = engine.Type.parse(LISTS)
    table = RankTable(engine.Grammar.uniform(library.language), request)
    near, far = (
        library.language.eta_long(engine.Term.parse(references(name)[0]), request)
        for name in ("tail", "rotate-k with k=5")
    )
    assert table.rank([near]).counted and not table.rank([far]).counted
    assert table.rank([far]).log10 > 12 > table.rank([near]).log10


def test_tasks_are_solved_alone_and_timed(library: Library) -> None:
    easy = Task("tail", LISTS, tuple(Example((xs,), xs[1:]) for xs in INPUTS), "list")
    hopeless = Task("hopeless", LISTS, tuple(Example((xs,), [97, *xs, 89]) for xs in INPUTS), "list")
    guide = FittedPrior(engine.Grammar.uniform(library.language))
    outcome = solve(library, [easy, hopeless], guide, 0.2)
    assert set(outcome.found) == {"tail"}
    assert fits(library, easy, outcome.found["tail"].program)
    assert outcome.solved(0.0) == 0 and outcome.solved(0.2) == 1
