"""Programs with one constant are ruled out on two examples: never one that fits, wherever the constant
stands.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Failure, Grammar, Language, Likelihood, Term, Type
from tests.reference.evaluation import LIST_PRIMITIVES, REAL_PRIMITIVES

_LISTS = [each for each in LIST_PRIMITIVES if each[0] in ("map", "fold", "empty", "cons", "car", "cdr")]
LANGUAGE = Language([*REAL_PRIMITIVES, *_LISTS])
GRAMMAR = Grammar.uniform(LANGUAGE)
CLOSE = Likelihood.tolerance(1e-6, 1e-9)

NUMBERS, VECTORS = "real -> real -> real", "list(real) -> list(real)"
SKELETONS = [
    (NUMBERS, "(lambda (lambda (+. $1 (*. REAL $0))))"),
    (NUMBERS, "(lambda (lambda (/. $1 (+. REAL $0))))"),
    (NUMBERS, "(lambda (lambda (-. REAL (/. $1 $0))))"),
    (NUMBERS, "(lambda (lambda (/. (-. $1 REAL) (-. REAL $0))))"),
    (NUMBERS, "(lambda (lambda (*. $1 (power $0 REAL))))"),
    (NUMBERS, "(lambda (lambda (power (*. REAL $0) $1)))"),
    (NUMBERS, "(lambda (lambda (/. (power REAL $0) $1)))"),
    (VECTORS, "(lambda (map (lambda (*. $0 REAL)) $0))"),
    (VECTORS, "(lambda (map (lambda (/. REAL $0)) $0))"),
    (VECTORS, "(lambda (cons (+. REAL (car $0)) (cdr $0)))"),
]


@pytest.mark.parametrize(("request_", "skeleton"), SKELETONS)
@settings(max_examples=12, deadline=None)
@given(constant=st.sampled_from([0.5, 1.5, 2.0, 2.75, 3.0, 9.81]), data=st.data())
def test_what_fits_is_not_ruled_out(
    request_: str, skeleton: str, constant: float, data: st.DataObject
) -> None:
    program, request = Term.parse(skeleton.replace("REAL", str(constant))), Type.parse(request_)
    number = st.floats(0.5, 3.0).map(lambda x: round(x, 3))
    value = number if request_ == NUMBERS else st.lists(number, min_size=2, max_size=3)
    count = len(request.arguments)
    inputs = [
        tuple(each)
        for each in data.draw(
            st.lists(st.lists(value, min_size=count, max_size=count), min_size=6, max_size=6)
        )
    ]
    outputs = LANGUAGE.evaluate(program, request, inputs)
    if any(isinstance(output, Failure) for output in outputs):
        return
    cost = -GRAMMAR.log_likelihood(Term.parse(skeleton), request)
    examples = list(zip(inputs, outputs, strict=True))
    budget = Budget(cpu_seconds=0, nats=cost + 1e-6, slack_nats=0)
    if cost > 17.5:  # that would take long; the engine's own rank is no matter here
        grammar = Grammar.uniform(
            Language([each for each in REAL_PRIMITIVES if each[0] in skeleton or each[0] == "REAL"])
        )
        budget = Budget(
            cpu_seconds=0, nats=-grammar.log_likelihood(Term.parse(skeleton), request) + 1e-6, slack_nats=0
        )
    else:
        grammar = GRAMMAR
    found = grammar.search(request, examples, budget, likelihood=CLOSE)
    assert found.solutions
    fitted = LANGUAGE.evaluate(found.solutions[0][0], request, inputs)
    assert all(CLOSE.score(a, b, request.returns) == 0 for a, b in zip(fitted, outputs, strict=True))
