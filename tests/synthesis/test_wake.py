"""Wake: only what fits is kept, no guide can break it, and the budget holds."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from engine import Cancellation, Failure, Grammar, Language, Term, Type
from library.snapshot import Library
from library.weights import WeightedProgram, fit
from synthesis.answer import refused, solve
from synthesis.guide import Guidance, Guide, GuideUnavailable, MissingGuide, Sample
from synthesis.prior import FittedPrior
from synthesis.report import Attempt
from synthesis.task import Example, Task, TaskError, parse_task
from synthesis.wake import WINDOW_NATS, WakeBudget, wake

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

    dear = False

    def __init__(
        self,
        *programs: str,
        name: str = "network",
        grammar: Grammar | None = None,
        smoothed_with: str | None = None,
    ):
        self.name = name
        self._samples = tuple(Sample(Term.parse(program), -1.0) for program in programs)
        self._grammar, self._smoothed_with = grammar, smoothed_with

    def guide(self, task: Task) -> Guidance:
        count = len(self._samples)
        return Guidance(
            self._samples,
            self._grammar,
            requested=count + 2,
            valid=count,
            smoothed_with=self._smoothed_with,
        )


class Broken:
    name, dear = "model", True

    def guide(self, task: Task) -> Guidance:
        raise RuntimeError("out of order")


def fitted_to(*programs: str) -> Grammar:
    """What a guide that thinks of these programs might give: a sharp contextual grammar."""
    request = Type.parse(INCREMENT.request)
    counted = [[WeightedProgram(Term.parse(program), request, 20.0)] for program in programs]
    weights = fit(LIBRARY.language, counted, contextual=True, prior=LIBRARY.grammar.weights)
    return Grammar(LIBRARY.language, weights)


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
    hurried = replace(TINY, programs=2_000)  # so few that the short round solves nothing
    attempt = wake(INCREMENT, LIBRARY, [broken, PRIOR], hurried)
    assert attempt.solved_by == "prior" and attempt.programs > 0.1 * hurried.programs
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
    assert attempt.stopped == "seconds" and 0.15 < attempt.cpu_seconds < 10


class Recording:
    """A grammar that notes from where it is searched, and how far each search came."""

    def __init__(self, name: str, grammar: Grammar, log: list[tuple[str, float]]):
        self.name, self.grammar, self.log = name, grammar, log
        self.starts: list[float] = []
        self.reached: list[float] = []

    def search(self, request, examples, budget, cancellation, likelihood):  # type: ignore[no-untyped-def]
        result = self.grammar.search(request, examples, budget, cancellation, likelihood=likelihood)
        self.log.append((self.name, budget.start_nats))
        self.starts.append(budget.start_nats)
        self.reached.append(result.explored_nats)
        return result


ELSEWHERE = fitted_to("(lambda (map (lambda (* $0 (* $0 $0))) (cdr $0)))")


@pytest.mark.parametrize("second", [LIBRARY.grammar, ELSEWHERE], ids=["alike", "elsewhere"])
def test_searches_go_on_where_they_ended_and_the_grammar_behind_goes_first(second: Grammar):
    log: list[tuple[str, float]] = []
    one, other = Recording("one", LIBRARY.grammar, log), Recording("other", second, log)
    guides = [Samples(name="prior", grammar=one), Samples(grammar=other)]  # type: ignore[arg-type]
    budget = replace(TINY, programs=200_000)
    attempt = wake(HARD, LIBRARY, guides, budget)
    for recording in (one, other):
        assert recording.starts == [0.0, *recording.reached[:-1]]
    assert log[2] == min(log[2], ("one", one.reached[0]), ("other", other.reached[0]), key=lambda at: at[1])
    for report in attempt.guides.values():
        assert report.programs >= budget.programs / 4  # what is kept for each of two
    if second is LIBRARY.grammar:
        assert len(log) >= 6 and abs(one.reached[-1] - other.reached[-1]) <= WINDOW_NATS


def test_a_grammar_that_holds_a_share_of_anothers_is_searched_in_its_place():
    network = Samples(grammar=ELSEWHERE, smoothed_with="prior")
    attempt = wake(HARD, LIBRARY, [PRIOR, network], TINY)
    early = attempt.guides["network"].programs
    assert early >= (1 - TINY.late_share) * TINY.programs
    assert attempt.guides["prior"].programs == attempt.programs - early >= TINY.programs - early > 0
    for share, solver in ((0.1, "network"), (0.6, "prior")):
        late = replace(TINY, programs=500, late_share=share)
        assert wake(INCREMENT, LIBRARY, [PRIOR, network], late).solved_by == solver
    silent = Samples(smoothed_with="prior")  # no grammar, so none of the prior's
    assert wake(HARD, LIBRARY, [PRIOR, silent], TINY).guides["prior"].programs >= TINY.programs
    missing = MissingGuide("network", "none was trained")
    assert wake(INCREMENT, LIBRARY, [PRIOR, missing], TINY).solved_by == "prior"


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


class Dear:
    """A dear guide: what it answers, and how often it was asked."""

    name, dear = "model", True

    def __init__(self, answer: Guidance | Exception):
        self.answer, self.asked = answer, 0

    def guide(self, task: Task) -> Guidance:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_dear_guide_is_asked_only_about_what_the_cheap_ones_left():
    dear = Dear(Guidance())
    assert wake(INCREMENT, LIBRARY, [dear, PRIOR], TINY).solved_by == "prior" and not dear.asked
    attempt = wake(HARD, LIBRARY, [dear, PRIOR], TINY)
    assert dear.asked == 1 and list(attempt.guides) == ["prior", "model"]


def test_what_a_dear_guide_says_is_used_before_the_long_rounds():
    program = "(lambda (map (lambda (* $0 (+ (+ 1 $0) (* $0 $0)))) (cdr (cdr $0))))"
    inputs = tuple([*xs, 5, 6, 7] for xs in INPUTS)
    examples = tuple(Example((xs,), [x * (1 + x + x * x) for x in xs[2:]]) for xs in inputs)
    task = replace(INCREMENT, name="deep", examples=examples)
    dear = Dear(Guidance((Sample(Term.parse(program), -2.0),), requested=4, valid=1))
    attempt = wake(task, LIBRARY, [PRIOR, dear], TINY)
    assert attempt.solved_by == "model" and attempt.programs <= 0.3 * TINY.programs
    assert wake(task, LIBRARY, [PRIOR], TINY).entries == ()


MISTAKEN = {
    "fails": GuideUnavailable("no server"),
    "says nothing": Guidance(),
    "waits for ever": Guidance(grammar=LIBRARY.grammar, waited_seconds=1e6),
    "waits for its share": Guidance(grammar=LIBRARY.grammar, waited_seconds=TINY.seconds / 2),
    "another language": Guidance(grammar=Grammar.uniform(Language([("one", "int")]))),
    "looks elsewhere": Guidance(grammar=ELSEWHERE),
}
SOLUTIONS = {
    "rest": lambda xs: xs[1:],
    "increment": lambda xs: [x + 1 for x in xs],
    "double": lambda xs: [x + x for x in xs],
    "decrement": lambda xs: [x - 1 for x in xs],
    "prepend": lambda xs: [0, *xs],
}


@pytest.mark.parametrize("mistake", MISTAKEN)
@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_dear_guides_mistake_costs_at_most_a_constant_factor(mistake: str, name: str):
    """What is solved without it within so many programs is solved with it, and `factor` times as many."""
    examples = tuple(Example((xs,), SOLUTIONS[name](xs)) for xs in INPUTS)
    task = replace(INCREMENT, name=name, examples=examples)
    alone = wake(task, LIBRARY, [PRIOR], TINY)
    assert alone.entries
    needed = replace(TINY, programs=alone.programs)  # just enough without the dear guide
    waits = mistake == "waits for ever"
    factor = 1 / TINY.short_share if waits else 2 * 2  # as the module says: 1 / short_share, 2G
    allowed = replace(needed, programs=math.ceil(factor * needed.programs))
    attempt = wake(task, LIBRARY, [PRIOR, Dear(MISTAKEN[mistake])], allowed)
    assert attempt.entries and attempt.entries[0].log_prior >= alone.entries[-1].log_prior


def test_what_a_guide_spent_is_recorded_and_charged():
    guidance = Guidance(
        tokens=70,
        waited_seconds=30.0,
        requested=3,
        valid=2,
        prompt={"version": "2", "inclusion": {"f": 0.25}},
    )
    attempt = wake(HARD, LIBRARY, [PRIOR, Dear(guidance)], WakeBudget(30.2))
    report = attempt.guides["model"]
    assert (report.tokens, report.waited_seconds, report.requested, report.valid) == (70, 30.0, 3, 2)
    assert report.prompt == guidance.prompt and report.charged_seconds >= 30
    assert attempt.stopped == "seconds" and attempt.cpu_seconds < 10
    assert Attempt.from_json(json.loads(json.dumps(attempt.to_json(), allow_nan=False))) == attempt


def test_records_of_before_guides_had_a_price_are_read():
    record = wake(INCREMENT, LIBRARY, [PRIOR], TINY).to_json()
    del record["failed"]
    for figure in ("tokens", "waited_seconds", "unique", "distinct_outputs", "prompt"):
        del record["guides"]["prior"][figure]
    attempt = Attempt.from_json(record)
    assert attempt.failed == () and attempt.guides["prior"].tokens == 0


def test_failed_samples_are_kept_each_behaviour_once():
    samples = Samples(
        "(lambda (cdr (map (lambda (+ $0 1)) $0)))",  # fails on the empty list
        "(lambda (map (lambda (+ $0 $0)) $0))",
        "(lambda (map (lambda (* $0 2)) $0))",  # the same, if the language writes it so
        "(lambda empty)",  # a constant
        "(lambda (map (lambda (+ 1 $0)) $0))",  # fits
        "(lambda $0)",
    )
    attempt = wake(INCREMENT, LIBRARY, [samples], TINY)
    assert [failed.guide for failed in attempt.failed] == ["network"] * len(attempt.failed)
    programs = [failed.program for failed in attempt.failed]
    assert "(lambda (map (lambda (+ $0 $0)) $0))" in programs and "(lambda $0)" in programs
    assert not {"(lambda empty)", "(lambda (map (lambda (+ 1 $0)) $0))"} & set(programs)
    request, behaviours = Type.parse(INCREMENT.request), set()
    for program in programs:
        outputs = LIBRARY.language.evaluate(Term.parse(program), request, INCREMENT.inputs)
        assert not any(isinstance(output, Failure) for output in outputs)
        behaviours.add(repr(outputs))
    assert len(behaviours) == len(programs)
    assert Attempt.from_json(json.loads(json.dumps(attempt.to_json(), allow_nan=False))) == attempt
