"""Frontiers: at most k programs, distinct, best first, and none lost by merging."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine import Term
from library.snapshot import Library
from synthesis.frontier import Entry, Frontier, score

entries = st.builds(
    Entry,
    program=st.sampled_from("abcdefgh"),
    log_prior=st.floats(-50, -1),
    log_likelihood=st.just(0.0),
    guide=st.sampled_from(["prior", "network"]),
    iteration=st.integers(1, 3),
)


@given(st.lists(st.lists(entries, max_size=6), max_size=4), st.integers(1, 5))
def test_merging_keeps_the_best_distinct_programs_in_order(batches: list[list[Entry]], k: int):
    frontier = Frontier("task", "int -> int", k=k)
    for batch in batches:
        before = frontier
        frontier = frontier.with_entries(batch)
        assert frontier.solved or not batch
        if before.best is not None:
            assert frontier.best is not None and frontier.best.log_posterior >= before.best.log_posterior
    programs = [entry.program for entry in frontier.entries]
    assert len(programs) == len(set(programs)) <= k
    posteriors = [entry.log_posterior for entry in frontier.entries]
    assert posteriors == sorted(posteriors, reverse=True)
    assert Frontier.from_json(frontier.to_json()) == frontier


def test_a_known_program_keeps_its_finder():
    first = Entry("p", -3.0, 0.0, "prior", 1)
    frontier = Frontier("task", "int -> int").with_entries([first])
    assert frontier.with_entries([replace(first, guide="network", iteration=2)]).entries == (first,)


def test_scores_are_the_library_grammars_and_unknown_abstractions_are_spelled_out():
    library = Library.initial("list")
    plain = score(Term.parse("(lambda (+ $0 1))"), "int -> int", library)
    assert plain is not None and math.isfinite(plain[1])
    assert score(Term.parse("(#(lambda (+ $0 1)))"), "int -> int", library) == plain
    assert score(Term.parse("(lambda (+ $0 1))"), "int -> bool", library) is None
    assert score(Term.parse("(lambda (sqrt $0))"), "int -> int", library) is None


def test_rescoring_writes_the_log_priors_of_the_new_library():
    library = Library.initial("list")
    favouring = Library("list", (), tuple(3.0 if i == 0 else 0.0 for i in range(len(library.weights))))
    texts = ["(lambda (map (lambda (+ $0 1)) $0))", "(lambda (map (lambda (+ 1 $0)) $0))"]
    stale = [Entry(text, -1.0, 0.0, "prior", 1) for text in texts]
    frontier = Frontier("task", "list(int) -> list(int)").with_entries(stale)
    for other in (library, favouring):
        for entry in frontier.rescored(other).entries:
            scored = score(Term.parse(entry.program), frontier.request, other)
            assert scored == (Term.parse(entry.program), entry.log_prior)
