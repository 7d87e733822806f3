"""A corpus that is read once does what the functions do that read it every time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.synthetic_corpus import corpus
from engine import (
    AbstractionCorpus,
    AbstractionSearchConfig,
    EngineError,
    Term,
    rewrite,
    search_abstractions,
)

PROGRAMS = [Term.parse(text) for text in corpus(300, seed=1)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 200), st.integers(0, 1), st.integers(1, 3))
def test_it_searches_and_rewrites_as_the_functions_do(first: int, steps: int, of_each: int) -> None:
    """Round after round, with the terms of the rounds before forgotten."""
    chosen = PROGRAMS[first : first + 60]
    tasks = [chosen[i : i + of_each] for i in range(0, len(chosen), of_each)]
    config = AbstractionSearchConfig(inversion_steps=steps, keep=3, inversion_shortlist=0)
    once = AbstractionCorpus(tasks)
    for _ in range(3):
        found = once.search(config).candidates
        again = search_abstractions(tasks, config).candidates
        assert [c.utility for c in found] == [c.utility for c in again]  # which of equals comes first is open
        if not found:
            break
        abstraction = Term.abstraction(found[0].body)
        after = [rewrite(programs, abstraction, found[0].arity, steps > 0) for programs in tasks]
        changed = sum(
            a != b for old, new in zip(tasks, after, strict=True) for a, b in zip(old, new, strict=True)
        )
        least, (use,) = once.least_cost, once.uses_of([(abstraction, found[0].arity)], steps > 0)
        assert once.rewrite(abstraction, found[0].arity, steps > 0) == changed > 0
        assert once.programs() == after
        assert least - once.least_cost == use.saving
        tasks = after


def test_only_what_beats_the_least_is_found() -> None:
    once = AbstractionCorpus([[program] for program in PROGRAMS[:100]])
    best, second, *_ = once.search().candidates
    assert [c.utility for c in once.search(least=second.utility).candidates] == [best.utility]
    assert once.search(least=best.utility).candidates == []


def test_a_bound_on_terms_counts_what_the_search_adds() -> None:
    once = AbstractionCorpus([[program] for program in PROGRAMS])
    assert not once.search(AbstractionSearchConfig(inversion_steps=2, max_nodes=50)).complete
    assert once.programs() == [[program] for program in PROGRAMS]
    assert once.search(AbstractionSearchConfig(inversion_steps=0)).complete


def test_what_can_be_no_abstraction_is_refused() -> None:
    once = AbstractionCorpus([[PROGRAMS[0]]])
    with pytest.raises(EngineError, match=r"needs an abstraction"):
        once.rewrite(PROGRAMS[0], 1)
    with pytest.raises(EngineError, match=r"takes fewer than 2 arguments"):
        once.uses_of([(Term.abstraction(Term.parse("(lambda (+ $0 1))")), 2)])
    assert once.programs() == [[PROGRAMS[0]]]
