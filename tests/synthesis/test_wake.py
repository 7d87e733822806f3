"""Wake: only what fits is kept, no guide can break it, and the budget holds."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from engine import Cancellation, Grammar, Language, Term, Type
from library.snapshot import Library
from synthesis.guide import Guidance, Guide, MissingGuide, Sample
from synthesis.prior import FittedPrior
from synthesis.report import Attempt
from synthesis.task import Example, Task, TaskError, parse_task
from synthesis.wake import WakeBudget, refused, same_value, solve, wake

LIBRARY = Library.initial("list")
PRIOR = FittedPrior(LIBRARY.grammar)
INPUTS = ([1, 2, 3], [], [4], [0, 7, 2], [9, 9])
INCREMENT = Task(
    "increment",
    "list(int) -> list(int)",
    tuple(Example((xs,), [x + 1 for x in xs]) for xs in INPUTS),
    "list",
)
HARD = replace(
    INCREMENT, name="hard", examples=tuple(Example((xs,), [x * 7919 + 17 for x in xs]) for xs in INPUTS)
)
CONTRADICTORY = replace(INCREMENT, examples=(Example(([1],), [1]), Example(([1],), [2])))
TINY = WakeBudget(seconds=20.0, programs=20_000)  # the programs run out first: the same on every machine


class Samples:
    """A guide that proposes the given programs."""

    def __init__(self, *programs: str, name: str = "network", grammar: Grammar | None = None):
        self.name = name
        self._samples = tuple(Sample(Term.parse(program), -1.0) for program in programs)
        self._grammar = grammar

    def guide(self, task: Task) -> Guidance:
        count = len(self._samples)
        return Guidance(self._samples, self._grammar, requested=count + 2, valid=count)


class Broken:
    name = "model"

    def guide(self, task: Task) -> Guidance:
        raise RuntimeError("out of order")


def assert_verified(attempt: Attempt, task: Task) -> None:
    assert attempt.entries
    for entry in attempt.entries:
        term, request = Term.parse(entry.program), Type.parse(task.request)
        outputs = LIBRARY.language.evaluate(term, request, task.inputs)
        assert outputs == [example.output for example in task.examples]
        assert entry.log_prior == pytest.approx(LIBRARY.grammar.log_likelihood(term, request))
        assert math.isfinite(entry.log_posterior) and entry.log_likelihood == 0
    posteriors = [entry.log_posterior for entry in attempt.entries]
    assert posteriors == sorted(posteriors, reverse=True)
    assert len({entry.program for entry in attempt.entries}) == len(attempt.entries) <= TINY.keep


def test_enumeration_under_the_prior_finds_verified_programs():
    attempt = wake(INCREMENT, LIBRARY, [PRIOR], TINY, iteration=3)
    assert_verified(attempt, INCREMENT)
    assert (attempt.solved_by, attempt.stopped) == ("prior", "found")
    assert attempt.entries[0].program == "(lambda (map (lambda (+ $0 1)) $0))"
    assert attempt.entries[0].iteration == 3 and attempt.guides["prior"].solved
    assert wake(INCREMENT, LIBRARY, [PRIOR], TINY, iteration=3).entries == attempt.entries


def test_samples_are_run_and_only_those_that_fit_are_kept():
    network = Samples(
        "(lambda (map (lambda (+ 1 $0)) $0))",  # fits
        "(lambda $0)",  # doesn't
        "(lambda (map (lambda (car $0)) $0))",  # has another type
        "(lambda (map (lambda (no-such-thing $0)) $0))",  # is of another language
        "(lambda (map (lambda (index 99 (range $0))) $0))",  # fails
    )
    attempt = wake(INCREMENT, LIBRARY, [network], TINY)
    assert_verified(attempt, INCREMENT)
    report = attempt.guides["network"]
    assert (report.requested, report.valid, report.fitting, report.programs) == (7, 5, 1, 0)
    assert attempt.solved_by == "network" and report.solved


def test_a_long_winded_sample_is_followed_by_a_look_for_something_likelier():
    winded = "(lambda (map (lambda (+ $0 (if (empty? empty) 1 0))) $0))"
    attempt = wake(INCREMENT, LIBRARY, [PRIOR, Samples(winded)], TINY)
    assert_verified(attempt, INCREMENT)
    assert attempt.solved_by == "network"
    assert (attempt.entries[0].program, attempt.entries[0].guide) == (
        "(lambda (map (lambda (+ $0 1)) $0))",
        "prior",
    )


@pytest.mark.parametrize("broken", [Broken(), MissingGuide("model", "no server")])
def test_a_broken_guide_is_reported_and_left_out(broken: Guide):
    attempt = wake(INCREMENT, LIBRARY, [broken, PRIOR], TINY)
    assert attempt.solved_by == "prior"
    assert attempt.guides["model"].error and not attempt.guides["model"].solved
    alone = wake(INCREMENT, LIBRARY, [broken], TINY)
    assert (alone.entries, alone.stopped) == ((), "no guide")


def test_a_grammar_of_another_language_breaks_nothing():
    other = Grammar.uniform(Language([("one", "int"), ("nothing", "list(int)")]))
    attempt = wake(INCREMENT, LIBRARY, [Samples(grammar=other), PRIOR], TINY)
    assert attempt.solved_by == "prior"


def test_contradictory_tasks_are_never_solved():
    fits_one = Samples("(lambda $0)")
    attempt = wake(CONTRADICTORY, LIBRARY, [PRIOR, fits_one], TINY)
    assert (attempt.entries, attempt.stopped, attempt.programs) == ((), "contradictory", 0)
    line = solve(CONTRADICTORY, LIBRARY, [PRIOR], TINY)
    assert (line["solved"], line["reason"]) == (False, "contradictory") and "examples 1 and 2" in line[
        "detail"
    ]


def test_the_budget_bounds_programs_and_seconds():
    attempt = wake(HARD, LIBRARY, [PRIOR, Samples(grammar=LIBRARY.grammar)], TINY)
    assert not attempt.entries and attempt.stopped == "programs"
    assert 0.9 * TINY.programs <= attempt.programs <= 1.1 * TINY.programs
    assert attempt.guides["prior"].programs > 0 and attempt.guides["network"].programs > 0
    attempt = wake(HARD, LIBRARY, [PRIOR, Samples(grammar=LIBRARY.grammar)], WakeBudget(0.2))
    assert attempt.stopped == "seconds" and 0.15 < attempt.cpu_seconds < 0.4


def test_the_long_round_goes_on_where_the_short_one_ended():
    class Recording:
        """A grammar that notes the budgets it is given."""

        def __init__(self) -> None:
            self.starts: list[float] = []

        def search(self, request, examples, budget, cancellation):  # type: ignore[no-untyped-def]
            self.starts.append(budget.start_nats)
            return LIBRARY.grammar.search(request, examples, budget, cancellation)

    one, other = Recording(), Recording()
    guides = [Samples(name="prior", grammar=one), Samples(grammar=other)]  # type: ignore[arg-type]
    wake(HARD, LIBRARY, guides, replace(TINY, programs=200_000))
    for recording in (one, other):
        assert len(recording.starts) == 2
        assert recording.starts[0] == 0 < recording.starts[1]


def test_a_cancelled_wake_ends_at_once():
    cancellation = Cancellation()
    cancellation.cancel()
    attempt = wake(HARD, LIBRARY, [PRIOR], WakeBudget(30.0), cancellation=cancellation)
    assert attempt.stopped == "cancelled" and attempt.cpu_seconds < 1


def test_attempts_survive_json():
    for guides in ([PRIOR], [Samples("(lambda (map (lambda (+ 1 $0)) $0))"), Broken()]):
        attempt = wake(INCREMENT, LIBRARY, guides, TINY)
        assert Attempt.from_json(json.loads(json.dumps(attempt.to_json(), allow_nan=False))) == attempt


def test_the_line_of_a_solved_and_of_an_unsolved_task():
    line = solve(INCREMENT, LIBRARY, [PRIOR], TINY)
    assert line["solved"] and line["python"] == "lambda xs: map(lambda x: x + 1, xs)" and "reason" not in line
    line = solve(HARD, LIBRARY, [PRIOR, Broken()], TINY)
    assert (line["solved"], line["program"], line["reason"]) == (False, None, "budget")
    assert "out of order" in line["detail"] and json.dumps(line, allow_nan=False)


def test_the_line_of_a_refused_task():
    with pytest.raises(TaskError) as caught:
        parse_task({"name": "odd", "examples": [{"inputs": [1.5], "output": 1}]}, "list")
    line = refused(caught.value)
    assert (line["name"], line["solved"], line["reason"]) == ("odd", False, "ill-typed")
    assert "example 1" in line["detail"]


def test_true_is_not_one():
    assert same_value([[1, 2], []], [[1, 2], []]) and same_value(True, True)
    assert not same_value(True, 1) and not same_value([1], [True]) and not same_value([1], [1, 2])
