"""η-closed uses: `(fn a)` for `(λ (fn a $0))`, found, counted and written alike."""

from __future__ import annotations

from typing import Any

import pytest

from engine import AbstractionSearchConfig, EngineError, Term, find_abstractions, rewrite


def parse(*programs: str) -> list[list[Term]]:
    return [[Term.parse(program)] for program in programs]


def best(corpus: list[list[Term]], **settings: Any) -> tuple[str, list[str]]:
    """The best abstraction's body, and the programs with `fn` for it."""
    config = AbstractionSearchConfig(keep=1, check_by_rewriting=True, **settings)
    found = find_abstractions(corpus, config)[0]
    abstraction = Term.abstraction(found.body)
    closes = config.inversion_steps > 0
    written = [rewrite(task, abstraction, found.arity, close_uses=closes)[0] for task in corpus]
    for new, (old,) in zip(written, corpus, strict=True):
        assert new.beta_normal() == old
    return str(found.body), [str(new).replace(str(abstraction), "fn") for new in written]


ADDING = parse(
    "(map (lambda (g (f $0) (f (f a)))) xs)",
    "(zip (lambda (g (f $0) (f (f b)))) (h ys))",
    "(f (g (f c) (f (f d))))",
)


def test_a_call_under_a_lambda_leaves_out_its_last_argument() -> None:
    body, written = best(ADDING, inversion_steps=1, hole_cost=0)
    assert body == "(lambda (lambda (g (f $0) (f (f $1)))))"
    assert written == ["(map (fn a) xs)", "(zip (fn b) (h ys))", "(f (fn d c))"]


def test_parameters_take_the_order_that_lets_them_be_left_out() -> None:
    """As found, `$0` would be the first."""
    corpus = parse("(map (lambda (g (f (f a)) (f $0))) xs)", "(zip (lambda (g (f (f b)) (f $0))) (h ys))")
    body, written = best(corpus, inversion_steps=1, hole_cost=0)
    assert body == "(lambda (lambda (g (f (f $1)) (f $0))))"
    assert written == ["(map (fn a) xs)", "(zip (fn b) (h ys))"]


def test_all_arguments_may_be_left_out() -> None:
    corpus = parse(
        "(fold xs a (lambda (lambda (g (f (f $1)) (f $0)))))",
        "(zip (lambda (lambda (g (f (f $1)) (f $0)))) (h ys))",
        "(h (g (f (f b)) (f c)))",
        "(k (g (f (f c)) (f b)))",
    )
    body, written = best(corpus, inversion_steps=1, hole_cost=0)
    assert body == "(lambda (lambda (g (f (f $1)) (f $0))))"
    assert written == ["(fold xs a fn)", "(zip fn (h ys))", "(h (fn b c))", "(k (fn c b))"]


def test_a_variable_that_another_argument_uses_stays() -> None:
    corpus = parse("(map (lambda (g (f (f (h $0))) (f $0))) xs)", "(k (g (f (f (k b))) (f c)))")
    body, written = best(corpus, inversion_steps=1, hole_cost=0)
    assert body == "(lambda (lambda (g (f (f $0)) (f $1))))"
    assert written == ["(map (lambda (fn $0 (h $0))) xs)", "(k (fn c (k b)))"]


def test_without_inversion_every_call_has_all_its_arguments() -> None:
    """Stitch's setting."""
    _, written = best(ADDING, inversion_steps=0, hole_cost=0)
    assert written[0] == "(map (lambda (fn a $0)) xs)"


@pytest.mark.parametrize("close_uses", [False, True])
def test_rewriting_closes_uses_on_demand(close_uses: bool) -> None:
    program = Term.parse("(map (lambda (+ $0 1)) xs)")
    (written,) = rewrite([program], Term.parse("#(lambda (+ $0 1))"), 1, close_uses=close_uses)
    assert (
        str(written)
        == f"(map {'#(lambda (+ $0 1))' if close_uses else '(lambda (#(lambda (+ $0 1)) $0))'} xs)"
    )
    with pytest.raises(EngineError, match="negative"):
        rewrite([program], Term.parse("#(lambda (+ $0 1))"), -1, close_uses=close_uses)
