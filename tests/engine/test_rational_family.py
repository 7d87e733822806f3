"""Programs that can become the same ratios of polynomials: leaving all but one out changes no answer."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Failure, Grammar, Language, Likelihood, SearchConfig, SearchResult, Term, Type

REQUEST = Type.parse("real -> real")
PRIMITIVES = [
    ("+.", "real -> real -> real"),
    ("*.", "real -> real -> real"),
    ("/.", "real -> real -> real"),
    ("REAL", "real"),
]
LANGUAGE = Language(PRIMITIVES)
LEARNED = Language(
    PRIMITIVES,
    [
        Term.parse("#(lambda (lambda (lambda (+. $2 (*. $1 $0)))))"),
        Term.parse("#(lambda (*. $0 $0))"),
        Term.parse("#(lambda (+. $0 2.5))"),
    ],
)
CLOSE = Likelihood.tolerance(1e-6, 1e-6)
POINTS = [-4.85 + 0.7 * i for i in range(14)]


def find(
    grammar: Grammar, law: Callable[[float], float], nats: float, equivalence: str = "closed"
) -> SearchResult:
    config = SearchConfig(equivalence=equivalence)  # type: ignore[arg-type]
    examples = [((x,), law(x)) for x in POINTS]
    return grammar.search(
        REQUEST, examples, Budget(cpu_seconds=0, nats=nats, slack_nats=99), config=config, likelihood=CLOSE
    )


def skeleton(term: Term) -> Term:
    """The program with its constants taken out."""
    if term.kind == "lambda":
        return Term.lambda_(skeleton(term.body))
    if term.kind == "application":
        return Term.apply(skeleton(term.function), skeleton(term.argument))
    return Term.primitive("REAL") if term.constant_value is not None else term


def least(grammar: Grammar, found: SearchResult) -> float:
    """What the cheapest solution costs, digits aside."""
    return min(-grammar.log_likelihood(skeleton(term), REQUEST) for term, _ in found.solutions)


def random_law(rng: random.Random) -> Callable[[float], float] | None:
    """A random program of the search's own, with constants, as a function."""
    programs = [term for term, _ in GRAMMARS["uniform"].enumerate(REQUEST, 0, 9.7, 2_000)]
    term = rng.choice(programs)

    def filled(part: Term) -> Term:
        if part.kind == "lambda":
            return Term.lambda_(filled(part.body))
        if part.kind == "application":
            return Term.apply(filled(part.function), filled(part.argument))
        return Term.constant(rng.randint(-49, 49) / 10) if part == Term.primitive("REAL") else part

    program = filled(term)
    outputs = LANGUAGE.evaluate(program, REQUEST, [(x,) for x in POINTS])
    if any(isinstance(output, Failure) for output in outputs):
        return None
    known = dict(zip(POINTS, outputs, strict=True))
    return known.__getitem__


GRAMMARS = {"uniform": Grammar.uniform(LANGUAGE), "learned": Grammar.uniform(LEARNED)}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(GRAMMARS)))
def test_what_is_solved_with_all_programs_is_solved_without_most(seed: int, name: str) -> None:
    law = random_law(random.Random(seed))
    if law is None:
        return
    grammar = GRAMMARS[name]
    every = find(grammar, law, 9.7 if name == "uniform" else 8.5, "none")
    few = find(grammar, law, 9.7 if name == "uniform" else 8.5)
    assert few.programs <= every.programs
    if every.solutions:
        assert few.solutions
        assert least(grammar, few) <= least(grammar, every) + 1e-9


@pytest.mark.parametrize(
    "law",
    [
        lambda x: x * x + 1.1 * x + 3.2,  # roots that aren't real
        lambda x: x * x + 1.1 * x - 3.2,
        lambda x: 1.3 / (x * x + 2.4),
        lambda x: 0.7 * x + 2.1 / x,
        lambda x: (x + 1.3) * (x + 1.3),
    ],
)
def test_laws_of_every_kind_are_kept(law: Callable[[float], float]) -> None:
    grammar = GRAMMARS["uniform"]
    every, few = find(grammar, law, 11.3, "none"), find(grammar, law, 11.3)
    assert every.solutions and few.solutions
    assert least(grammar, few) <= least(grammar, every) + 1e-9
    assert few.programs * 4 < every.programs


def test_many_programs_are_one() -> None:
    """Of sums, products and quotients of one hole and the input, few are different functions."""
    found = find(GRAMMARS["uniform"], lambda x: 2.0**x, 6.5)
    assert not found.solutions
    assert found.programs <= 16
