"""The loop: its phases resume, nothing solved is lost, and the reports add up."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from engine import Term, Type
from library.snapshot import Library
from synthesis.executor import LocalExecutor
from synthesis.frontier import Entry, Frontier
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import PHASES, learn, run_phase
from synthesis.report import Attempt, Dream, Sleep, abstraction_uses, first_solvers, reuse
from synthesis.run_guides import network_guide
from synthesis.task import Example, Task

INPUTS = ([1, 2, 3], [], [4], [0, 7, 2, 5], [9, 9], [6, 1, 8])


def task(name: str, function: Any, returns: str = "list(int)") -> Task:
    examples = tuple(Example((xs,), function(xs)) for xs in INPUTS)
    return Task(name, f"list(int) -> {returns}", examples, "list")


TASKS = [
    task("plus 1", lambda xs: [x + 1 for x in xs]),
    task("plus 2", lambda xs: [x + 2 for x in xs]),
    task("double", lambda xs: [2 * x for x in xs]),
    task("double plus 1", lambda xs: [2 * x + 1 for x in xs]),
    task("squares", lambda xs: [x * x for x in xs]),
    task("positive", lambda xs: [x > 0 for x in xs], "list(bool)"),
    task("above 1", lambda xs: [x > 1 for x in xs], "list(bool)"),
    task("length", len, "int"),
    task("length plus 1", lambda xs: len(xs) + 1, "int"),
    task("hard", lambda xs: [x * 7919 + 17 for x in xs]),
    Task("contradictory", "list(int) -> int", (Example(([1],), 1), Example(([1],), 2)), "list"),
]
CONFIG = RunConfig(
    "list", iterations=2, seconds=0.3, guides=("prior",), dream_seconds=1.0, training_seconds=1.0
)


class Recorder(MemoryKeeper):
    """Counts what is recorded, and cancels itself when so many records of a kind have been made."""

    def __init__(self, cancel_after: tuple[str, int] = ("", 0)):
        super().__init__(self._note)
        self.events: list[dict[str, Any]] = []
        self.recorded: list[tuple[Any, ...]] = []
        self.cancel_after = cancel_after

    def _note(self, event: dict[str, Any]) -> None:
        json.dumps(event, allow_nan=False)
        self.events.append(event)

    def record_attempt(self, iteration: int, attempt: Attempt) -> None:
        super().record_attempt(iteration, attempt)
        self._count("attempt", iteration, attempt.task)

    def record_sleep(self, iteration: int, sleep: Sleep) -> None:
        super().record_sleep(iteration, sleep)
        self._count("sleep", iteration)

    def record_dream(self, iteration: int, dream: Dream) -> None:
        super().record_dream(iteration, dream)
        self._count("dream", iteration)

    def _count(self, kind: str, *key: Any) -> None:
        self.recorded.append((kind, *key))
        wanted, count = self.cancel_after
        if sum(record[0] == kind for record in self.recorded) == count and kind == wanted:
            self.cancel()

    def resumed(self) -> Recorder:
        """The same records in what would be a new process; what was noted starts anew."""
        other = Recorder()
        other._attempts, other._sleeps = self._attempts, self._sleeps
        other._dreams, other._reports = self._dreams, self._reports
        return other


@pytest.fixture(scope="module")
def finished() -> tuple[Recorder, list[dict[str, Any]]]:
    keeper = Recorder()
    return keeper, list(learn(TASKS, CONFIG, keeper))


def solved_in(keeper: Recorder, iteration: int) -> set[str]:
    sleep = keeper.sleep(iteration)
    assert sleep is not None
    return {name for name, frontier in sleep.frontiers.items() if frontier.solved}


def test_every_phase_is_seen_and_every_task_attempted_once_an_iteration(finished: Any):
    keeper, reports = finished
    phases = [(e["iteration"], e["phase"], e["state"]) for e in keeper.events if e["type"] == "phase"]
    expected = [(0, "dream"), *((i, phase) for i in (1, 2) for phase in PHASES)]
    assert phases == [(*key, state) for key in expected for state in ("started", "finished")]
    for iteration in (1, 2):
        names = [key[2] for key in keeper.recorded if key[:2] == ("attempt", iteration)]
        assert sorted(names) == sorted(one.name for one in TASKS)
    assert [report["iteration"] for report in reports] == [1, 2]
    assert [e["state"] for e in keeper.events if e["type"] == "run"] == ["running", "finished"]


def test_no_solved_task_is_lost_and_frontiers_hold_what_fits(finished: Any):
    keeper, _ = finished
    assert solved_in(keeper, 1) >= {"plus 1", "double", "positive", "length"}
    assert solved_in(keeper, 2) >= solved_in(keeper, 1)
    for iteration in (1, 2):
        sleep = keeper.sleep(iteration)
        for one in TASKS:
            frontier = sleep.frontiers[one.name]
            posteriors = [entry.log_posterior for entry in frontier.entries]
            assert posteriors == sorted(posteriors, reverse=True) and len(posteriors) <= frontier.k
            assert len({entry.program for entry in frontier.entries}) == len(frontier.entries)
            for entry in frontier.entries:
                term, request = Term.parse(entry.program), Type.parse(one.request)
                outputs = sleep.library.language.evaluate(term, request, one.inputs)
                assert outputs == [example.output for example in one.examples]
                assert entry.log_prior == pytest.approx(sleep.library.grammar.log_likelihood(term, request))


def test_the_unsolvable_stays_unsolved(finished: Any):
    keeper, _ = finished
    assert not solved_in(keeper, 2) & {"hard", "contradictory"}
    assert all(keeper.attempts(i)["contradictory"].stopped == "contradictory" for i in (1, 2))


def test_reports_add_up(finished: Any):
    keeper, reports = finished
    for report in reports:
        iteration = report["iteration"]
        assert report == keeper.report(iteration)
        assert report["tasks"] == len(TASKS) and report["solved"] == len(solved_in(keeper, iteration))
        assert sum(report["solved_by_guide"].values()) == report["solved"]
        assert sum(report["share_by_guide"].values()) == pytest.approx(1)
        assert report["description_length_after"] <= report["description_length_before"]
        assert set(report["cpu_seconds"]) == set(PHASES) and 0 <= report["reuse"] <= 1
        assert [a["name"] for a in report["abstractions"]] == list(keeper.sleep(iteration).added)
        json.dumps(report, allow_nan=False)
    last = [event for event in keeper.events if event["type"] == "task"][-1]
    assert last["solved_total"] == reports[-1]["solved"]


def test_records_survive_json(finished: Any):
    keeper, _ = finished
    for iteration in (1, 2):
        sleep, dream = keeper.sleep(iteration), keeper.dream(iteration)
        assert Sleep.from_json(json.loads(json.dumps(sleep.to_json(), allow_nan=False))) == sleep
        assert (
            Dream.from_json(json.loads(json.dumps(dream.to_json(), allow_nan=False)), dream.network) == dream
        )
        for attempt in keeper.attempts(iteration).values():
            assert Attempt.from_json(json.loads(json.dumps(attempt.to_json(), allow_nan=False))) == attempt


@pytest.mark.parametrize("cut", [("dream", 1), ("attempt", 4), ("attempt", 13), ("sleep", 1), ("dream", 3)])
def test_a_run_goes_on_where_it_was_cut(cut: tuple[str, int]):
    config = replace(CONFIG, seconds=0.05, dream_seconds=0.2)
    first = Recorder(cancel_after=cut)
    list(learn(TASKS, config, first))
    assert first.events[-1] == {"type": "run", "state": "cancelled"}
    solved_before = {e["task"] for e in first.events if e["type"] == "task" and e["solved"]}
    second = first.resumed()
    reports = list(learn(TASKS, config, second))
    assert [report["iteration"] for report in reports] == [1, 2]
    both = first.recorded + second.recorded
    assert len(both) == len(set(both)) == 2 * len(TASKS) + 2 + 3  # attempts, sleeps, dreams: each made once
    assert solved_before <= solved_in(second, 2)
    third = second.resumed()
    assert list(learn(TASKS, config, third)) == reports and not third.recorded


def test_phases_out_of_order_are_refused():
    for phase, iteration in (("abstraction", 1), ("dream", 1), ("wake", 2)):
        with pytest.raises(ValueError, match="iteration"):
            run_phase(phase, iteration, TASKS, CONFIG, Recorder())
    with pytest.raises(ValueError, match="no phase"):
        run_phase("nap", 1, TASKS, CONFIG, Recorder())


def test_test_tasks_are_attempted_but_not_learned_from():
    keeper = Recorder()
    config = replace(CONFIG, iterations=1, dream_seconds=0.2)
    held_out = [task("plus 3", lambda xs: [x + 3 for x in xs]), TASKS[-1]]
    (report,) = learn(TASKS[:3], config, keeper, test_tasks=held_out)
    assert report["solved_tests"] in (0, 1)
    assert set(keeper.attempts(1)) == set(keeper.sleep(1).frontiers) == {one.name for one in TASKS[:3]}


def test_the_network_is_trained_promoted_or_not_and_used():
    config = replace(
        CONFIG, iterations=1, guides=("prior", "network"), dream_seconds=1.5, training_seconds=3.0
    )
    keeper = Recorder()
    (report,) = learn(TASKS[:4], config, keeper)
    dream = keeper.dream(0)
    assert dream.network and dream.metrics["training"]["steps"] > 0
    for attempt in keeper.attempts(1).values():
        network = attempt.guides["network"]
        assert network.requested > 0 if dream.promoted else "no better" in network.error
    assert set(report["samples"]) == {"prior", "network"}


@pytest.mark.parametrize(
    "dream, reason",
    [
        (Dream(((0.0,),), None, False, "", {"unavailable": "no torch"}), "no torch"),
        (Dream(((0.0,),), b"x", False, ""), "no better"),
        (Dream(((0.0,),), b"x", True, "another"), "another version"),
    ],
)
def test_a_network_that_cant_be_used_says_why(dream: Dream, reason: str):
    guide = network_guide(dream, Library.initial("list"))
    with pytest.raises(Exception, match=reason):
        guide.guide(TASKS[0])


def test_reuse_counts_only_tasks_that_an_abstraction_was_not_learned_from():
    body = "#(lambda (+ $0 1))"
    library = Library.from_json(
        {
            "domain": "list",
            "abstractions": [
                {"name": "inc", "body": body, "type": "int -> int", "docstring": "", "tasks": ["a"]}
            ],
            "weights": [0.0] * (len(Library.initial("list").weights) + 1),
        }
    )
    uses = Entry(f"(lambda (map {body} $0))", -5.0, 0.0, "prior", 1)
    doesnt = replace(uses, program="(lambda $0)")
    frontiers = {
        name: Frontier(name, "list(int) -> list(int)").with_entries(entries)
        for name, entries in {"a": [uses], "b": [uses], "c": [doesnt], "d": []}.items()
    }
    assert abstraction_uses(library, frontiers) == {"inc": ["a", "b"]}
    assert reuse(library, frontiers) == pytest.approx(1 / 3)


def test_the_first_guide_to_solve_a_task_keeps_the_credit():
    def attempt(name: str, guide: str | None) -> Attempt:
        return Attempt(name, "int -> int", (), 0.0, 0.0, 0, {}, "seconds", guide)

    attempts = [
        {"a": attempt("a", "prior"), "b": attempt("b", None)},
        {"a": attempt("a", "network"), "b": attempt("b", "network")},
    ]
    assert first_solvers(attempts) == {"a": "prior", "b": "network"}


@pytest.mark.parametrize(
    "change",
    [
        {"iterations": 0},
        {"workers": 0},
        {"seconds": 0.0},
        {"seconds": float("nan")},
        {"guides": ()},
        {"guides": ("oracle",)},
        {"guides": ("model",)},
    ],
)
def test_a_run_config_refuses_nonsense(change: dict[str, Any]):
    with pytest.raises(ValueError):
        replace(CONFIG, **change)


def test_a_run_config_survives_json_and_refuses_unknown_settings():
    assert RunConfig.from_json(json.loads(json.dumps(CONFIG.to_json()))) == CONFIG
    with pytest.raises(ValueError, match="speed"):
        RunConfig.from_json(CONFIG.to_json() | {"speed": 3})


def test_an_executor_hands_out_results_and_stops():
    def slow(number: int) -> int:
        time.sleep(0.005)
        return number

    executor = LocalExecutor(2)
    assert sorted(executor.map(lambda n, _: n * n, range(10), lambda: False)) == [n * n for n in range(10)]
    done: list[int] = []
    for result in executor.map(lambda n, _: slow(n), range(1000), lambda: len(done) >= 5):
        done.append(result)
    assert 5 <= len(done) < 1000
    with pytest.raises(ZeroDivisionError):
        list(executor.map(lambda n, _: 1 // n, [1, 0], lambda: False))
