"""Programs with two constants are ruled out on a few examples: never one that fits, however the constants
stand together.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Failure, Grammar, Language, Likelihood, SearchConfig, Term, Type
from tests.reference.evaluation import REAL_PRIMITIVES

CLOSE = Likelihood.tolerance(1e-6, 1e-9)
NUMBER, NUMBERS, VECTOR = "real -> real", "real -> real -> real", "list(real) -> list(real)"
MAP = ("map", "(t0 -> t1) -> list(t0) -> list(t1)")
SKELETONS = [
    (NUMBERS, "(lambda (lambda (+. (*. A $1) (*. B $0))))"),  # both linear
    (NUMBERS, "(lambda (lambda (*. (+. A $1) (+. B $0))))"),  # a, b and a b
    (NUMBER, "(lambda (*. A (+. B $0)))"),  # a and a b
    (NUMBER, "(lambda (/. (+. A $0) (+. B $0)))"),  # a quotient of both
    (NUMBERS, "(lambda (lambda (-. $1 (/. A (+. B $0)))))"),  # followed back to one
    (NUMBER, "(lambda (*. A (power $0 B)))"),  # linear in the logarithm of a
    (NUMBER, "(lambda (power (*. A $0) B))"),  # in that and its product with b
    (NUMBER, "(lambda (*. A (power B $0)))"),  # in both logarithms
    (NUMBER, "(lambda (+. A (power $0 B)))"),  # in neither: left to the fit
    (VECTOR, "(lambda (map (lambda (+. A (*. B $0))) $0))"),
]
CONSTANTS = st.sampled_from([0.5, 1.5, 2.0, 2.75, 3.0, -1.25])


def grammar_of(skeleton: str) -> Grammar:
    used = [each for each in (*REAL_PRIMITIVES, MAP) if each[0] in skeleton or each[0] == "REAL"]
    return Grammar.uniform(Language(used))


@pytest.mark.parametrize(("request_", "skeleton"), SKELETONS)
@settings(max_examples=8, deadline=None)
@given(first=CONSTANTS, second=CONSTANTS, data=st.data())
def test_what_fits_is_not_ruled_out(
    request_: str, skeleton: str, first: float, second: float, data: st.DataObject
) -> None:
    request, grammar = Type.parse(request_), grammar_of(skeleton)
    program = Term.parse(skeleton.replace("A", str(first)).replace("B", str(second)))
    number = st.floats(0.5, 3.0).map(lambda x: round(x, 3))
    value = st.lists(number, min_size=1, max_size=3) if request_ == VECTOR else number
    case = st.tuples(*[value] * len(request.arguments))
    inputs = data.draw(st.lists(case, min_size=6, max_size=6))
    outputs = grammar.language.evaluate(program, request, inputs)
    if any(isinstance(output, Failure) for output in outputs):
        return
    cost = -grammar.log_likelihood(Term.parse(skeleton.replace("A", "REAL").replace("B", "REAL")), request)
    examples = list(zip(inputs, outputs, strict=True))
    budget = Budget(cpu_seconds=0, nats=cost + 1e-6, slack_nats=0)
    found = grammar.search(request, examples, budget, likelihood=CLOSE)
    if not found.solutions:  # then nor is it found when every program is fitted
        fitted = SearchConfig(equivalence="none")
        assert not grammar.search(request, examples, budget, config=fitted, likelihood=CLOSE).solutions
        return
    got = grammar.language.evaluate(found.solutions[0][0], request, inputs)
    assert all(CLOSE.score(a, b, request.returns) == 0 for a, b in zip(got, outputs, strict=True))


@pytest.mark.parametrize(("request_", "skeleton"), [each for each in SKELETONS if each[0] != VECTOR])
def test_what_is_ruled_out_would_not_have_fitted(request_: str, skeleton: str) -> None:
    request, grammar = Type.parse(request_), grammar_of(skeleton)
    inputs = [(1.1, 2.3), (0.7, 1.9), (2.9, 0.6), (1.7, 2.2), (0.9, 1.3), (2.6, 2.8)]
    given_ = [each[: len(request.arguments)] for each in inputs]
    wanted = [1.37, -0.4, 2.2, 0.03, 1.9, -1.1]
    examples = list(zip(given_, wanted, strict=True))
    budget = Budget(cpu_seconds=0, nats=9.0)
    for config in (SearchConfig(), SearchConfig(equivalence="none")):
        assert not grammar.search(request, examples, budget, config=config, likelihood=CLOSE).solutions


WITH_PI = Grammar.uniform(Language([each for each in REAL_PRIMITIVES if each[0] not in ("0.", "1.", "zip")]))


@pytest.mark.parametrize(
    "program",
    [
        "(lambda (lambda (*. pi (*. $0 2.0))))",
        "(lambda (lambda (+. $1 (/. pi 8.0))))",
        "(lambda (lambda (power $1 (-. 2.5 pi))))",
        "(lambda (lambda (*. $0 (power 2.0 pi))))",
        "(lambda (lambda (-. pi (*. 0.5 $1))))",
    ],
)
def test_a_constant_computed_from_others_is_found_as_when_all_are_fitted(program: str) -> None:
    """Programs of which a freer one can't fit are left out, and no others."""
    request, inputs = Type.parse(NUMBERS), [(1.1, 2.3), (0.7, 1.9), (2.9, 0.6), (1.7, 2.2), (0.9, 1.3)]
    outputs = WITH_PI.language.evaluate(Term.parse(program), request, inputs)
    examples, budget = list(zip(inputs, outputs, strict=True)), Budget(cpu_seconds=0, nats=13.0)
    costs = [
        found.solutions[0][1] if found.solutions else None
        for config in (SearchConfig(), SearchConfig(equivalence="none"))
        for found in [WITH_PI.search(request, examples, budget, config=config, likelihood=CLOSE)]
    ]
    assert costs[0] is not None and costs[0] == pytest.approx(costs[1])
