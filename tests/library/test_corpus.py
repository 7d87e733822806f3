"""Corpora in either form: what is read, and what bad ones are told."""

from __future__ import annotations

from typing import Any

import pytest

from library.corpus import CorpusError, parse_corpus

ARROW = {
    "constructor": "->",
    "arguments": [{"constructor": "int", "arguments": []}, {"constructor": "int", "arguments": []}],
}


def typed(*programs: str, productions: tuple[str, ...] = ("+", "1", "#(+ 1)")) -> dict[str, Any]:
    return {
        "DSL": {"productions": [{"expression": text, "logProbability": 0.0} for text in productions]},
        "frontiers": [
            {"request": ARROW, "programs": [{"program": text, "logLikelihood": -1.0} for text in programs]}
        ],
        "pseudoCounts": 7.0,
    }


def test_stitchs_form_is_untyped_and_keeps_duplicates() -> None:
    corpus = parse_corpus(["(lam (f $0))", "(app f x)", "(lam (f $0))"])
    assert not corpus.typed and len(corpus.tasks) == 3
    assert corpus.programs[0] == corpus.programs[2] and str(corpus.programs[0][0]) == "(lambda (f $0))"


def test_dreamcoders_form_is_typed_and_keeps_programs_as_given() -> None:
    given = ["(lambda (+ 1 $0))", "#(+ 1)", "(lambda (+ 1 $0))"]
    corpus = parse_corpus(typed(*given))
    (task,) = corpus.tasks
    assert [str(term) for term in task.programs] == given
    assert [str(term) for term in task.eta_long] == [given[0], "(lambda (#(+ 1) $0))", given[2]]
    assert str(task.request) == "int -> int" and task.log_likelihoods == (-1.0, -1.0, -1.0)
    assert corpus.settings and corpus.settings.pseudocounts == 7.0
    assert [name for name, _ in corpus.primitives] == ["+", "1"] and len(corpus.abstractions) == 1


def test_a_primitive_of_no_known_type_leaves_the_corpus_untyped() -> None:
    corpus = parse_corpus(typed("(odd-one 1)", productions=("odd-one", "1")))
    assert not corpus.typed and corpus.untyped.startswith("odd-one")
    assert [[str(term) for term in terms] for terms in corpus.programs] == [["(odd-one 1)"]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "empty"),
        ({"DSL": {"productions": []}, "frontiers": []}, "empty"),
        ({"frontiers": []}, "productions"),
        (3, "neither"),
        (["(f x)", "(f (g x)"], "program 2: .*line 1, column"),
        (typed("(lambda (+ 1"), "frontier 1, program 1: .*line 1, column"),
        (typed("(lambda (+ 1 $0))", "(lambda (+ 1))"), "frontier 1, program 2"),
        (typed("(lambda (nowhere $0))"), "frontier 1, program 1: .*nowhere"),
        (typed("1", productions=("1", "1")), "twice"),
        (typed("(lambda 1)") | {"aic": float("nan")}, "aic"),
    ],
)
def test_bad_corpora_get_a_clear_answer(data: Any, said: str) -> None:
    with pytest.raises(CorpusError, match=said):
        parse_corpus(data)
