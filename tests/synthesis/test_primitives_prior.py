"""The prior of the primitives alone: what recursive domains search under beside the library's."""

from __future__ import annotations

import numpy as np

from engine import Grammar
from library.snapshot import Abstraction, Library
from synthesis.dreaming import dream_weights
from synthesis.frontier import Entry, Frontier
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import run_phase
from synthesis.prior import fit_prior, primitives_prior
from synthesis.report import Dream, Sleep
from synthesis.task import Example, Task
from tests.recursive_domain import each

INTS = "list(int) -> list(int)"
INITIAL = Library.initial("recursive")
STEP = "#(lambda (lambda (lambda (if (empty? $2) empty (cons ($0 (car $2)) ($1 (cdr $2)))))))"
MAP = f"#(lambda (lambda (fix1 $0 (lambda (lambda ({STEP} $0 (lambda ($2 $0)) $3))))))"
LIBRARY = Library(
    "recursive",
    (
        Abstraction("step", STEP, "list(t0) -> (list(t0) -> list(t1)) -> (t0 -> t1) -> list(t1)", "", ()),
        Abstraction("map", MAP, "(t0 -> t1) -> list(t0) -> list(t1)", "", ()),
    ),
    (*INITIAL.weights[:-1], -1.5, -0.5, INITIAL.weights[-1]),
)
INCREMENT, NEGATE = each("(+ (car $0) 1)"), each("(- 0 (car $0))")
BY_STEP = f"(lambda (fix1 $0 (lambda (lambda ({STEP} $0 (lambda ($2 $0)) (lambda (- 0 $0)))))))"
BY_MAP = f"(lambda ({MAP} (lambda (+ $0 1)) $0))"
TWICE = f"(lambda ({MAP} (lambda (+ $0 1)) ({MAP} (lambda (+ $0 1)) $0)))"  # spelled out, nothing derives it


TASK = Task(
    "odd", INTS, tuple(Example((xs,), [x % 2 for x in xs]) for xs in ([3, 1], [], [7, 4])), "recursive"
)


def frontier(task: str, *programs: str) -> Frontier:
    entries = [Entry(program, -10.0, 0.0, "prior", 1) for program in programs]
    return Frontier(task, INTS, tuple(entries))


def test_learned_functions_count_as_what_they_stand_for() -> None:
    learned = [frontier("negate", BY_STEP), frontier("increment", BY_MAP), frontier("two", TWICE)]
    spelled = [frontier("negate", NEGATE), frontier("increment", INCREMENT)]
    guide = primitives_prior(LIBRARY, learned)
    assert guide is not None and guide.name == "primitives"
    grammar = guide.guide(TASK).grammar
    assert grammar is not None and len(grammar.language.terms) == len(INITIAL.language.terms)
    assert np.allclose(grammar.weights, fit_prior(INITIAL, spelled, []))


def test_only_where_something_was_learned_and_programs_call_themselves() -> None:
    assert primitives_prior(INITIAL, [frontier("negate", NEGATE)]) is None
    assert primitives_prior(LIBRARY, []) is None
    body = "#(lambda (+ $0 (+ $0 1)))"
    learned = Library.initial("list")
    learned = Library("list", (Abstraction("f", body, "int -> int", "", ()),), (*learned.weights, 0.0))
    assert primitives_prior(learned, [frontier("task", f"(lambda (map (lambda ({body} $0)) $0))")]) is None


def test_calling_itself_gets_its_own_weight() -> None:
    """What is fitted to maps calls itself for the rest of a list, and asks `empty?` of the argument."""
    weights = fit_prior(INITIAL, [frontier("negate", NEGATE), frontier("increment", INCREMENT)], [])
    names = INITIAL.language.productions
    rows = {context: row for row, context in enumerate(Grammar.contexts(INITIAL.language))}
    odds = weights[:, names.index("fix1")] - weights[:, -1]
    assert odds[rows[names.index("cons"), 1]] > 0.5
    assert odds[rows[names.index("empty?"), 0]] < -0.5
    assert odds[rows[names.index("fix1"), 0]] < 0  # what it calls itself with


def test_before_anything_is_known_it_is_like_the_variables() -> None:
    fix = INITIAL.language.productions.index("fix1")
    for weights in (fit_prior(INITIAL, [], []), dream_weights(INITIAL.language, [])):
        assert np.allclose(weights[:, fix], weights[:, -1])


def test_a_wake_searches_under_both_priors() -> None:
    known = [frontier("negate", BY_STEP), frontier("increment", BY_MAP)]
    prior = tuple(tuple(row) for row in fit_prior(LIBRARY, known, []).tolist())
    keeper = MemoryKeeper()
    keeper.record_sleep(1, Sleep(LIBRARY, {each.task: each for each in known}, (), 0.0, 0.0, 0.0))
    keeper.record_dream(1, Dream(prior, None, False, LIBRARY.content_hash))
    config = RunConfig("recursive", 2, 0.4, workers=1, guides=("prior",), control_tasks=0)
    run_phase("wake", 2, [TASK], config, keeper)
    [attempt] = keeper.attempts(2).values()
    assert set(attempt.guides) == {"prior", "primitives"}
    assert all(report.programs > 0 for report in attempt.guides.values())
