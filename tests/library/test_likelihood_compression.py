"""Typed corpora compressed by their description length: within what was asked, and never another meaning."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from engine import Term
from library.corpus import Corpus, parse_corpus
from library.corpus_compression import CorpusConfig
from library.likelihood_compression import compress_by_likelihood
from library.refactoring import lowered, substitute

INTS = {"constructor": "list", "arguments": [{"constructor": "int", "arguments": []}]}
KNOWN = "#(lambda (+ $0 (+ 1 1)))"
NAMES = (
    "map",
    "fold",
    "cons",
    "car",
    "empty",
    "if",
    "+",
    "*",
    "mod",
    "gt?",
    "eq?",
    "0",
    "1",
    "is-prime",
    KNOWN,
)


def typed(*programs: str) -> Corpus:
    """A corpus with a task for each program, of list(int) -> list(int)."""
    request = {"constructor": "->", "arguments": [INTS, INTS]}
    frontiers: list[dict[str, Any]] = [
        {"request": request, "programs": [{"program": text, "logLikelihood": 0.0}]} for text in programs
    ]
    productions = [{"expression": name, "logProbability": 0.0} for name in NAMES]
    settings = {"pseudoCounts": 3.0, "aic": 1.0, "structurePenalty": 0.5, "topK": 2}
    return parse_corpus({"DSL": {"productions": productions}, "frontiers": frontiers, **settings})


KEEP = "(lambda (fold $0 empty (lambda (lambda (if {} (cons $1 $0) $0)))))"
TESTS = ("(is-prime $1)", "(gt? $1 1)", "(eq? (mod $1 (+ 1 1)) 0)", "(gt? (* $1 $1) (car $2))", "(eq? $1 1)")
MAPS = tuple(f"(lambda (map (lambda {body}) $0))" for body in ("(+ $0 1)", "(* $0 $0)", f"({KNOWN} $0)"))
CORPUS = typed(*(KEEP.format(test) for test in TESTS), *MAPS, f"(map {KNOWN})")


def expanded(program: Term, new: set[Term]) -> Term:
    return substitute(program, lambda used: used.body if used in new else None).beta_normal(inline=False)


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("max_arity", [1, 2, 3])
def test_shorter_within_the_arity_and_back_again(steps: int, max_arity: int) -> None:
    result = compress_by_likelihood(CORPUS, CorpusConfig(steps, max_arity, 4))
    assert result.nats_after <= result.nats_before
    new = {each.term for each in result.found.abstractions}
    given = [program for task in CORPUS.tasks for program in task.programs]
    rewritten = [program for programs in result.found.tasks for program in programs]
    assert [expanded(program, new) for program in rewritten] == [
        program.beta_normal(inline=False) for program in given
    ]
    for each in result.found.abstractions:
        body = each.body
        for _ in range(each.arity):
            assert body.kind == "lambda"
            body = body.body
        assert each.arity <= max_arity
        assert each.uses > 0


def test_a_filter_is_found_and_used() -> None:
    result = compress_by_likelihood(CORPUS, CorpusConfig(1, 3, 4))
    assert result.nats_after < result.nats_before - 5
    used = max(result.found.abstractions, key=lambda each: each.uses)
    assert used.uses >= len(TESTS) and "fold" in str(used.body)
    assert result.found.cost_after < result.found.cost_before


def test_what_the_corpus_has_stays() -> None:
    """The library's own abstraction may not pay, but it was given."""
    result = compress_by_likelihood(CORPUS, CorpusConfig(1, 3, 4))
    assert any(KNOWN in str(program) for programs in result.found.tasks for program in programs)


def test_a_single_program_has_nothing_to_share() -> None:
    result = compress_by_likelihood(typed(MAPS[0]), CorpusConfig(1, 3, 4))
    assert not result.found.abstractions and result.nats_after == result.nats_before


def test_a_spent_budget_ends_it() -> None:
    result = compress_by_likelihood(CORPUS, CorpusConfig(1, 3, 4, seconds=1e-9))
    assert not result.found.complete and not result.found.abstractions


def test_a_task_that_nothing_derives_is_left_out_of_the_measure() -> None:
    strange = "(lambda ((lambda (map (lambda (+ $0 1)) $0)) $0))"
    corpus = typed(*(KEEP.format(test) for test in TESTS), strange)
    task = corpus.tasks[-1]
    underivable = replace(task, eta_long=(Term.parse("(lambda (nothing $0))"),))
    corpus = replace(corpus, tasks=(*corpus.tasks[:-1], underivable))
    result = compress_by_likelihood(corpus, CorpusConfig(1, 3, 4))
    assert math.isfinite(result.nats_before) and result.nats_after < result.nats_before
    assert len(result.found.tasks) == len(corpus.tasks)


def test_untyped_corpora_have_no_likelihood() -> None:
    with pytest.raises(ValueError, match="typed"):
        compress_by_likelihood(parse_corpus(["(lam (f $0))"]), CorpusConfig())


def test_lowered() -> None:
    assert lowered(Term.parse("(lambda ($0 $2))")) == Term.parse("(lambda ($0 $1))")
    assert lowered(Term.parse("(lambda ($0 $1))")) is None
    assert lowered(Term.index_of(0)) is None and lowered(Term.index_of(3)) == Term.index_of(2)
