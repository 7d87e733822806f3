"""A model that keeps failing is left alone for a while, then tried again by one call."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.guide import GuideUnavailable
from synthesis.samplers import Draw, Prompt, Reply, RequestRefused
from synthesis.samplers.circuit_breaker import CircuitBreaker

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DRAW = Draw(1, 4)


class Scripted:
    """A sampler that does what the test says; `asked`: how often it was."""

    def __init__(self, does: Callable[[], None]) -> None:
        self.does = does
        self.asked = 0

    def sample(self, prompt: Prompt, draw: Draw) -> list[Reply]:
        self.asked += 1
        self.does()
        return [Reply("hi", -1.0, 1)]

    def score(self, prompt: str, texts: Sequence[str]) -> list[float]:
        self.asked += 1
        self.does()
        return [-1.0 for _ in texts]


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


def fails() -> None:
    raise GuideUnavailable("the plug was pulled")


def refuses() -> None:
    raise RequestRefused("too long")


def works() -> None:
    pass


def test_it_opens_after_failures_in_a_row_and_says_since_and_until_when() -> None:
    sampler, clock = Scripted(fails), Clock()
    breaker = CircuitBreaker(sampler, failures=3, pause_seconds=30, clock=clock)
    for _ in range(3):
        with pytest.raises(GuideUnavailable, match=r"^the plug was pulled$"):
            breaker.sample("a", DRAW)
    clock.seconds = 29
    for ask in (lambda: breaker.sample("a", DRAW), lambda: breaker.score("a", ["b"])):
        with pytest.raises(
            GuideUnavailable, match=r"3 failures.* 12:00:00 until 12:00:30 UTC.*the plug was pulled"
        ):
            ask()
    assert sampler.asked == 3


def test_one_trial_after_the_pause_closes_it_or_opens_it_anew() -> None:
    sampler, clock = Scripted(fails), Clock()
    breaker = CircuitBreaker(sampler, failures=1, pause_seconds=30, clock=clock)
    for seconds, asked in [(0, 1), (30, 2), (59, 2), (60, 3)]:
        clock.seconds = seconds
        with pytest.raises(GuideUnavailable):
            breaker.sample("a", DRAW)
        assert sampler.asked == asked
    sampler.does, clock.seconds = works, 90
    assert breaker.score("a", ["b", "c"]) == [-1.0, -1.0]
    assert breaker.sample("a", DRAW) == [Reply("hi", -1.0, 1)]


def test_a_refused_request_shows_that_the_model_is_there() -> None:
    sampler, clock = Scripted(fails), Clock()
    breaker = CircuitBreaker(sampler, failures=2, pause_seconds=30, clock=clock)
    for does in (fails, refuses, fails):
        sampler.does = does
        with pytest.raises(GuideUnavailable):
            breaker.sample("a", DRAW)
    sampler.does = refuses
    for _ in range(5):
        with pytest.raises(RequestRefused):
            breaker.sample("a", DRAW)
    assert sampler.asked == 8


def test_a_trial_that_ends_otherwise_leaves_room_for_another() -> None:
    sampler, clock = Scripted(fails), Clock()
    breaker = CircuitBreaker(sampler, failures=1, pause_seconds=30, clock=clock)
    with pytest.raises(GuideUnavailable):
        breaker.sample("a", DRAW)
    clock.seconds = 30

    def interrupted() -> None:
        raise KeyboardInterrupt

    sampler.does = interrupted
    with pytest.raises(KeyboardInterrupt):
        breaker.sample("a", DRAW)
    sampler.does = works
    assert breaker.sample("a", DRAW)


def test_a_clock_set_back_prolongs_no_pause() -> None:
    sampler, clock = Scripted(fails), Clock()
    breaker = CircuitBreaker(sampler, failures=1, pause_seconds=30, clock=clock)
    with pytest.raises(GuideUnavailable):
        breaker.sample("a", DRAW)
    sampler.does, clock.seconds = works, -3600
    assert breaker.sample("a", DRAW)


@given(
    failures=st.integers(1, 4),
    steps=st.lists(st.tuples(st.sampled_from([fails, refuses, works]), st.integers(0, 20)), max_size=40),
)
def test_it_asks_as_the_rule_says(failures: int, steps: list[tuple[Callable[[], None], int]]) -> None:
    """Against the rule, written down plainly: one call after another."""
    sampler, clock = Scripted(works), Clock()
    breaker = CircuitBreaker(sampler, failures=failures, pause_seconds=10, clock=clock)
    row, opened = 0, None
    for does, wait in steps:
        clock.seconds += wait
        sampler.does, before = does, sampler.asked
        lets_through = opened is None or clock.seconds >= opened + 10
        with contextlib.suppress(GuideUnavailable):
            breaker.sample("a", DRAW)
        assert (sampler.asked > before) == lets_through
        if lets_through:
            row = row + 1 if does is fails else 0
            opened = clock.seconds if row >= failures else None


def test_of_many_threads_one_makes_the_trial() -> None:
    clock, sampler = Clock(), Scripted(fails)
    breaker = CircuitBreaker(sampler, failures=1, pause_seconds=30, clock=clock)
    with pytest.raises(GuideUnavailable):
        breaker.sample("a", DRAW)
    clock.seconds = 30
    begun, refused = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert refused.wait(60)

    sampler.does = slow
    with ThreadPoolExecutor(8) as pool:
        trial = pool.submit(breaker.sample, "a", DRAW)
        assert begun.wait(60)
        others = [pool.submit(breaker.sample, "a", DRAW) for _ in range(7)]
        errors = [other.exception(60) for other in others]
        refused.set()
        assert trial.result(60)
    assert all(isinstance(error, GuideUnavailable) for error in errors)
    assert sampler.asked == 2
