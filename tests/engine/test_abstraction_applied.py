"""Parameters that the body applies: to closed terms, to other parameters, to one another; once or more."""

from __future__ import annotations

import pytest

from engine import AbstractionSearchConfig, Term, find_abstractions, rewrite

FUNCTIONS = ["(+ {0} {0})", "(* {0} 2)", "(- 1 {0})", "(g {0} (h {0}))"]
OTHERS = ["(s {0} 1)", "(t {0} {0})", "(u 1 {0})", "(v (v {0}))"]
VALUES = ["xs", "(q ys)", "(tail zs)", "(h (h ws))"]


def corpus(form: str) -> list[list[Term]]:
    """The form filled in four times; `f[…]` and `g[…]` are the functions applied, `x` is the value."""

    def filled(function: str, other: str, value: str) -> str:
        text = form
        while "[" in text:
            opening = text.rindex("[")
            closing = text.index("]", opening)
            called = {"f": function, "g": other}[text[opening - 1]]
            text = text[: opening - 1] + called.format(text[opening + 1 : closing]) + text[closing + 1 :]
        return text.replace("#x", value)

    return [[Term.parse(filled(*these))] for these in zip(FUNCTIONS, OTHERS, VALUES, strict=True)]


@pytest.mark.parametrize(
    ("form", "steps", "body"),
    [
        # closed terms
        ("(m f[0] (n f[(k a)] (z (lambda f[$0]))))", 1, "(lambda (m ($0 0) (n ($0 (k a)) (z $0))))"),
        # a parameter
        ("(m f[#x] (n (lambda f[$0]) #x))", 1, "(lambda (lambda (m ($0 $1) (n $0 $1))))"),
        ("(m f[(cdr #x)] (n (lambda f[$0]) #x))", 1, "(lambda (lambda (m ($0 (cdr $1)) (n $0 $1))))"),
        # a new parameter
        ("(m f[#x] (lambda f[$0]))", 1, "(lambda (lambda (m ($1 $0) $1)))"),
        # local variables and others
        (
            "(m (lambda f[(p $0 #x)]) (n (lambda f[$0]) #x))", 1,
            "(lambda (lambda (m (lambda ($1 (p $0 $2))) (n $0 $1))))",
        ),
        # one another
        (
            "(m (lambda f[g[$0]]) (n (lambda f[$0]) (lambda g[$0])))", 2,
            "(lambda (lambda (m (lambda ($1 ($2 $0))) (n $0 $1))))",
        ),
        ("(m f[f[a]] (n f[(k a)] (z (lambda f[$0]))))", 1, "(lambda (m ($0 ($0 a)) (n ($0 (k a)) (z $0))))"),
    ],
)  # fmt: skip
def test_terms_of_a_known_parameter(form: str, steps: int, body: str) -> None:
    programs = corpus(form)
    config = AbstractionSearchConfig(inversion_steps=steps, hole_cost=0, keep=1, check_by_rewriting=True)
    best = find_abstractions(programs, config)[0]
    assert (str(best.body), best.uses, best.tasks) == (body, 4, 4)
    for (program,) in programs:
        (written,) = rewrite([program], Term.abstraction(best.body), best.arity, close_uses=True)
        assert written.beta_normal() == program
        assert str(written).startswith(f"({Term.abstraction(best.body)} ")


@pytest.mark.parametrize(
    ("form", "steps", "body"),
    [
        ("(m (n (lambda f[$0]) #x) f[(cdr #x)])", 1, "(lambda (lambda (m (n $1 $0) ($1 (cdr $0)))))"),
        (
            "(m (n (lambda f[$0]) (lambda g[$0])) (lambda f[g[$0]]))", 2,
            "(lambda (lambda (m (n $1 $0) (lambda ($2 ($1 $0))))))",
        ),
    ],
)  # fmt: skip
def test_first_uses_on_the_left_need_the_other_order(form: str, steps: int, body: str) -> None:
    programs = corpus(form)
    found = {
        both: find_abstractions(
            programs,
            AbstractionSearchConfig(
                inversion_steps=steps, hole_cost=0, keep=1, both_orders=both, check_by_rewriting=True
            ),
        )[0]
        for both in (False, True)
    }
    assert (str(found[True].body), found[True].uses) == (body, 4)
    assert found[True].utility > found[False].utility
    for (program,) in programs:
        (written,) = rewrite([program], Term.abstraction(found[True].body), 2, close_uses=True)
        assert written.beta_normal() == program
        assert str(written).startswith(f"({Term.abstraction(found[True].body)} ")


def test_a_function_that_ignores_its_argument() -> None:
    """What it is applied to then shows in the other programs only."""
    function = ["(+ {0} {0})", "(* {0} 2)", "7"]
    form = "(m {1} (n {2} (z (lambda {0}))))"
    programs = [[Term.parse(form.format(f.format("$0"), f.format("(k a)"), f.format("b")))] for f in function]
    config = AbstractionSearchConfig(hole_cost=0, keep=1, check_by_rewriting=True)
    best = find_abstractions(programs, config)[0]
    assert (str(best.body), best.uses) == ("(lambda (m ($0 (k a)) (n ($0 b) (z $0))))", 3)


def test_lists_of_three() -> None:
    forms = ["(g (h {0}) ({1} {2}))", "(p {2} (k {0} {1}))", "(q {1} {1} (q {2} (h {0}) b))"]
    element = [form.format("(h $0)", "(k $0)", "$1") for form in forms]
    programs = [[Term.parse(f"(lambda (r (car $0) (k (cdr $0) (lambda {one}))))")] for one in element]
    best = {
        steps: find_abstractions(
            programs,
            AbstractionSearchConfig(inversion_steps=steps, hole_cost=0, keep=1, check_by_rewriting=True),
        )[0]
        for steps in (2, 3)
    }
    assert str(best[3].body) == "(lambda (lambda (r (car $0) (k (cdr $0) (lambda ($2 (h $0) (k $0) $1))))))"
    assert best[3].uses == 3
    assert best[3].utility > best[2].utility


@pytest.mark.parametrize(
    ("form", "body"),
    [
        # made of a parameter met before
        ("(m f[(cdr #x)] #x)", "(lambda (lambda (m ($0 (cdr $1)) $1)))"),
        # of that and a local variable
        ("(map (lambda f[(p $0 #x)]) #x)", "(lambda (lambda (map (lambda ($1 (p $0 $2))) $1)))"),
        # closed
        ("(m f[(k (k a))] b)", "(lambda (m ($0 (k (k a))) b))"),
    ],
)
def test_terms_of_a_new_parameter(form: str, body: str) -> None:
    programs = corpus(form)
    config = AbstractionSearchConfig(hole_cost=0, keep=1, check_by_rewriting=True)
    best = find_abstractions(programs, config)[0]
    assert (str(best.body), best.uses, best.tasks) == (body, 4, 4)
    for (program,) in programs:
        (written,) = rewrite([program], Term.abstraction(best.body), best.arity, close_uses=True)
        assert written.beta_normal() == program
        assert str(written).startswith(f"({Term.abstraction(best.body)} ")


@pytest.mark.parametrize("free", [55, 63])
@pytest.mark.parametrize("lambdas", [0, 8, 62])
def test_an_index_that_would_grow_too_large_is_left_alone(free: int, lambdas: int) -> None:
    inside = f"({{}} (g ${free} (g (k a b) (k a b))) (lambda (lambda (g $1 (g ${free} (g (k a b) $0))))))"
    forms = ["(lambda " * lambdas + inside.format(head) + ")" * lambdas for head in ("f", "h")]
    programs = [[Term.parse(form)] for form in forms]
    config = AbstractionSearchConfig(inversion_steps=2, keep=1, both_orders=True, cpu_seconds=0.5)
    best = find_abstractions(programs, config)[0]
    for (program,) in programs:
        (written,) = rewrite([program], Term.abstraction(best.body), best.arity, close_uses=True)
        assert written.beta_normal() == program
