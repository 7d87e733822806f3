"""The fitted prior: a contextual grammar that makes what was used likelier."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Grammar, Term, Type
from library.snapshot import Library
from synthesis.frontier import Entry, Frontier
from synthesis.prior import FittedPrior, fit_prior, weighted_programs
from synthesis.task import Example, Task

LIBRARY = Library.initial("list")
REQUEST = "list(int) -> list(int)"
INCREMENT = "(lambda (map (lambda (+ $0 1)) $0))"
DOUBLE = "(lambda (map (lambda (+ $0 $0)) $0))"


def frontier(*programs: str) -> Frontier:
    entries = [
        Entry(program, -float(cost), 0.0, "prior", 1) for cost, program in enumerate(programs, start=5)
    ]
    return Frontier("task", REQUEST).with_entries(entries)


def log_likelihood(weights: np.ndarray, program: str) -> float:
    grammar = Grammar(LIBRARY.language, weights)
    return grammar.log_likelihood(Term.parse(program), Type.parse(REQUEST))


def test_with_nothing_learned_it_is_the_librarys_grammar():
    weights = fit_prior(LIBRARY, [], [])
    contexts = Grammar.contexts(LIBRARY.language)
    assert weights.shape == (len(contexts), len(LIBRARY.weights))
    own = LIBRARY.grammar.log_likelihood(Term.parse(INCREMENT), Type.parse(REQUEST))
    assert log_likelihood(weights, INCREMENT) == pytest.approx(own)


@pytest.mark.parametrize("solved, dreams", [([frontier(INCREMENT)], []), ([], [(INCREMENT, REQUEST)] * 20)])
def test_what_was_used_gets_likelier(solved: list[Frontier], dreams: list[tuple[str, str]]):
    before = log_likelihood(fit_prior(LIBRARY, [], []), INCREMENT)
    assert log_likelihood(fit_prior(LIBRARY, solved, dreams), INCREMENT) > before + 0.1


def test_a_task_counts_once_however_many_programs_it_has():
    programs = weighted_programs(frontier(INCREMENT, DOUBLE))
    assert sum(program.weight for program in programs) == pytest.approx(1)
    assert programs[0].weight > programs[1].weight


def test_the_guide_gives_the_same_grammar_for_every_task_and_no_samples():
    guide = FittedPrior(LIBRARY.grammar)
    guidance = guide.guide(Task("task", "int -> int", (Example((1,), 1),), "list"))
    assert guidance.grammar is LIBRARY.grammar and not guidance.samples
