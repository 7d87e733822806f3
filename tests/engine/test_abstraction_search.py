"""Abstraction search against what it claims: true utilities, exact prunings, DreamCoder's refactorings."""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import chain
from math import inf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import _engine as engine
from engine._engine import (
    AbstractionSearchConfig,
    Term,
    VersionSpaces,
    find_abstractions,
    rewrite,
    search_abstractions,
)


def cost(term: Term) -> int:
    """Stitch's: 1 for λ and application, 100 for every leaf."""
    if term.kind == "lambda":
        return 1 + cost(term.body)
    if term.kind == "application":
        return 1 + cost(term.function) + cost(term.argument)
    return 100


def body_cost(body: Term, arity: int, hole_cost: int = 100) -> int:
    """Of the body below its λ's; a parameter costs `hole_cost`."""

    def uses(term: Term, depth: int) -> int:
        if term.kind == "lambda":
            return uses(term.body, depth + 1)
        if term.kind == "application":
            return uses(term.function, depth) + uses(term.argument, depth)
        return int(term.kind == "index" and term.index >= depth)

    below = body
    for _ in range(arity):
        below = below.body
    return cost(below) - (100 - hole_cost) * uses(below, 0)


def parse(corpus: list[list[str]]) -> list[list[Term]]:
    return [[Term.parse(program) for program in task] for task in corpus]


def task_cost(corpus: list[list[Term]]) -> int:
    return sum(min(cost(program) for program in task) for task in corpus)


def rewritten(corpus: list[list[Term]], candidate: engine.AbstractionCandidate) -> list[list[Term]]:
    abstraction = Term.abstraction(candidate.body)
    return [rewrite(task, abstraction, candidate.arity, close_uses=True) for task in corpus]


@lru_cache(maxsize=200)
def random_corpus(seed: int, tasks: int = 4, size: int = 4) -> list[list[Term]]:
    """List programs that share idioms (map and fold over the input), one or two a task."""
    draw = random.Random(seed)

    def integer(variables: list[str], size: int) -> str:
        if size <= 0 or draw.random() < 0.25:
            return draw.choice(["0", "1", *variables])
        operator = draw.choice(["+", "*", "+"])
        return f"({operator} {integer(variables, size - 2)} {integer(variables, size - 2)})"

    def values(depth: int, size: int) -> str:
        whole = f"${depth}"
        kind = draw.randrange(4) if size > 0 else 0
        if kind == 0:
            return whole
        if kind == 1:
            return f"(map (lambda {integer(['$0', '$0'], size)}) {values(depth, size - 2)})"
        if kind == 2:
            first = integer([f"(car {whole})"], size - 2)
            return f"(cons {first} {values(depth, size - 2)})"
        return f"(fold {values(depth, size - 2)} empty (lambda (lambda (cons {integer(['$1'], size)} $0))))"

    return parse(
        [[f"(lambda {values(0, size)})" for _ in range(draw.choice([1, 1, 2]))] for _ in range(tasks)]
    )


RECURSIVE_MAPS = [
    [f"(lambda (fix1 $0 (lambda (lambda (if (empty? $0) empty (cons {element} ($1 (cdr $0))))))))"]
    for element in [
        "(+ (car $0) 1)",
        "(+ (car $0) (car $0))",
        "(- 0 (car $0))",
        "(- (car $0) 1)",
        "(* (car $0) (car $0))",
        "(+ 1 (+ 1 (car $0)))",
        "(mod (car $0) 2)",
        "(- (+ (car $0) (car $0)) 1)",
    ]
]


def test_map_is_discovered_in_recursive_programs() -> None:
    corpus = parse(RECURSIVE_MAPS)
    best = find_abstractions(corpus, AbstractionSearchConfig(inversion_steps=1))[0]
    assert (best.uses, best.tasks) == (8, 8)
    step = "(lambda (lambda (if (empty? $0) empty (cons ($3 (car $0)) ($1 (cdr $0))))))"
    assert str(best.body) == f"(lambda (lambda (fix1 $0 {step})))"
    for task, original in zip(rewritten(corpus, best), corpus, strict=True):
        assert "fix1" not in str(task[0]).replace(str(best.body), "map")
        assert task[0].beta_normal(True) == original[0]


def test_without_inversion_no_higher_order_function_is_found() -> None:
    corpus = parse(RECURSIVE_MAPS)
    (first, *_) = find_abstractions(corpus, AbstractionSearchConfig(inversion_steps=0))
    with_inversion = find_abstractions(corpus, AbstractionSearchConfig(inversion_steps=1))[0]
    assert first.utility < with_inversion.utility


def test_a_closed_sub_term_is_an_abstraction_without_parameters() -> None:
    three = "(+ 1 (+ 1 1))"
    corpus = parse([[f"(lambda (+ $0 {three}))"], [f"(lambda (* $0 {three}))"], [f"(lambda {three})"]])
    best = find_abstractions(corpus)[0]
    assert (str(best.body), best.arity, best.uses, best.tasks) == (three, 0, 3, 3)
    assert best.utility == 3 * (cost(best.body) - 100) - cost(best.body)
    assert str(rewritten(corpus, best)[0][0]) == "(lambda (+ $0 #(+ 1 (+ 1 1))))"


def test_a_parameter_used_twice_is_one_argument() -> None:
    corpus = parse([["(f (* (+ 1 2) (+ 1 2)))"], ["(f (* 3 3))"], ["(f (* (g 4) (g 4)))"]])
    best = find_abstractions(corpus, AbstractionSearchConfig(hole_cost=0))[0]
    assert (str(best.body), best.arity) == ("(lambda (f (* $0 $0)))", 1)


def test_parameters_repeat_across_applied_uses() -> None:
    """The second use of an applied parameter costs no further step."""
    program = "(lambda (cons (map (lambda {0}) $0) (filter (lambda (gt? {0} 0)) $0)))"
    corpus = parse([[program.format(f)] for f in ("(* $0 $0)", "(+ $0 1)", "(- 0 $0)", "(mod $0 2)")])
    best = find_abstractions(corpus, AbstractionSearchConfig(inversion_steps=1))[0]
    assert best.uses == 4
    assert str(best.body) == f"(lambda {program.format('($2 $0)')})"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 3), st.sampled_from([0, 100]))
@example(614, 2, 0)  # two parameters, one applied to fewer terms than follow it
def test_rewriting_keeps_the_meaning_and_the_promised_utility(seed: int, steps: int, hole_cost: int) -> None:
    corpus = random_corpus(seed)
    config = AbstractionSearchConfig(inversion_steps=steps, keep=5, hole_cost=hole_cost)
    for candidate in find_abstractions(corpus, config):
        after = rewritten(corpus, candidate)
        for new, old in zip(chain.from_iterable(after), chain.from_iterable(corpus), strict=True):
            assert new.beta_normal(True) == old.beta_normal(True)
            assert cost(new) <= cost(old)
        saved = task_cost(corpus) - task_cost(after)
        body = body_cost(candidate.body, candidate.arity, hole_cost)
        assert saved - body >= candidate.utility > 0
        assert candidate.tasks >= 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 2), st.sampled_from([0, 100]))
def test_prunings_change_no_best_utility(seed: int, steps: int, hole_cost: int) -> None:
    corpus = random_corpus(seed, tasks=3, size=3)

    def utilities(**switches: bool) -> list[int]:
        config = AbstractionSearchConfig(
            inversion_steps=steps, hole_cost=hole_cost, max_arity=2, keep=1, cpu_seconds=60, **switches
        )
        result = search_abstractions(corpus, config)
        assert result.complete
        return [candidate.utility for candidate in result.candidates]

    best = utilities()
    assert utilities(upper_bound_pruning=False) == best
    assert utilities(location_pruning=False) == best
    assert utilities(argument_pruning=False) == best
    assert utilities(upper_bound_pruning=False, location_pruning=False, argument_pruning=False) == best


def subterms(term: Term) -> set[Term]:
    found = {term}
    if term.kind == "lambda":
        found |= subterms(term.body)
    elif term.kind == "application":
        found |= subterms(term.function) | subterms(term.argument)
    return found


def is_closed(term: Term, depth: int = 0) -> bool:
    if term.kind == "index":
        return term.index < depth
    if term.kind == "lambda":
        return is_closed(term.body, depth + 1)
    return term.kind != "application" or (is_closed(term.function, depth) and is_closed(term.argument, depth))


def uses_index(term: Term, index: int = 0) -> bool:
    if term.kind == "index":
        return term.index == index
    if term.kind == "lambda":
        return uses_index(term.body, index + 1)
    return term.kind == "application" and (
        uses_index(term.function, index) or uses_index(term.argument, index)
    )


def is_nontrivial(term: Term) -> bool:
    """More than one primitive, or one and a bound variable that occurs twice."""
    uses: list[int] = []
    primitives = 0

    def visit(term: Term, binders: tuple[int, ...]) -> None:
        nonlocal primitives
        if term.kind == "index":
            uses[binders[-1 - term.index]] += 1
        elif term.kind == "lambda":
            uses.append(0)
            visit(term.body, (*binders, len(uses) - 1))
        elif term.kind == "application":
            visit(term.function, binders)
            visit(term.argument, binders)
        else:
            primitives += 1

    visit(term, ())
    return primitives > 1 or (primitives == 1 and any(count > 1 for count in uses))


def exact_best(corpus: list[list[Term]], steps: int) -> int:
    """DreamCoder's choice, slowly: the closed sub-term of refactorings that makes the tasks cheapest.

    Redexes that aren't calls of it are out, because no program has a λ at its head.
    """

    def refactorings(program: Term) -> list[Term]:
        return spaces.members(spaces.inverse_beta(spaces.incorporate(program), steps), 20_000)

    spaces = VersionSpaces()
    members = [list(chain.from_iterable(map(refactorings, task))) for task in corpus]
    shared: dict[Term, int] = {}
    for task in members:
        for candidate in set[Term]().union(*(subterms(member) for member in task)):
            if is_closed(candidate) and candidate.kind in ("lambda", "application"):
                shared[candidate] = shared.get(candidate, 0) + 1
    best = 0
    for candidate, tasks in shared.items():
        if tasks < 2 or not is_nontrivial(candidate) or candidate.beta_normal(False) != candidate:
            continue
        lambdas = parameters = 0
        body = candidate
        while body.kind == "lambda":
            parameters += lambdas == parameters and uses_index(body.body)  # a λ that binds nothing is body
            lambdas, body = lambdas + 1, body.body
        for arity in range(parameters + 1):
            price = Price(candidate, lambdas, arity)
            saved = [
                min(cost(program) for program in task) - min(price(member) for member in space)
                for task, space in zip(corpus, members, strict=True)
            ]
            if sum(one > 0 for one in saved) >= 2:
                best = max(best, int(sum(one for one in saved if one > 0)) - body_cost(candidate, arity))
    return best


class Price:
    """Cost of refactorings in which `called` is an abstraction of some arity."""

    def __init__(self, called: Term, lambdas: int, arity: int) -> None:
        self.called, self.lambdas, self.arity = called, lambdas, arity
        self.known: dict[tuple[Term, int], float] = {}

    def __call__(self, term: Term, arguments: int = 0) -> float:
        if (term, arguments) not in self.known:
            self.known[term, arguments] = self.price(term, arguments)
        return self.known[term, arguments]

    def price(self, term: Term, arguments: int) -> float:
        if term == self.called and (arguments <= self.arity or self.lambdas == self.arity):
            return 100
        if term.kind == "lambda":
            return inf if arguments else 1 + self(term.body)
        if term.kind == "application":
            return 1 + self(term.function, arguments + 1) + self(term.argument)
        return 100


TINY = [
    [["(f (* 2 2))"], ["(f (* 3 3))"], ["(f (* (+ 1 1) (+ 1 1)))"]],
    [[f"(lambda (map (lambda {element}) $0))"] for element in ("(+ $0 1)", "(* $0 2)", "(- $0 3)")],
    [["(lambda (g (+ $0 1) 1))"], ["(lambda (g (+ $0 4) 4))"], ["(lambda (g (+ $0 5) 5))"]],
    [["(lambda (h (lambda (+ $0 $0)) empty empty))"], ["(lambda (h (lambda (* $0 2)) empty empty))"]],
    [["(cons (car (f 1)) empty)"], ["(cons (car (g 1)) empty)"], ["(cons (car 1) empty)"]],
]


@pytest.mark.parametrize("corpus", TINY, ids=range(len(TINY)))
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_never_below_the_exact_method_on_tiny_corpora(corpus: list[list[str]], steps: int) -> None:
    parsed = parse(corpus)
    found = find_abstractions(parsed, AbstractionSearchConfig(inversion_steps=steps))
    assert (found[0].utility if found else 0) >= exact_best(parsed, steps)


@pytest.mark.parametrize("seed", range(16))
def test_never_below_the_exact_method_on_random_corpora(seed: int) -> None:
    corpus = random_corpus(seed, tasks=3, size=2)
    found = find_abstractions(corpus, AbstractionSearchConfig(inversion_steps=1))
    assert (found[0].utility if found else 0) >= exact_best(corpus, 1)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_equal_work_gives_equal_candidates(seed: int) -> None:
    corpus = random_corpus(seed)
    first, second = (
        [(str(c.body), c.utility, c.uses, c.tasks) for c in find_abstractions(corpus)] for _ in range(2)
    )
    assert first == second
    assert [utility for _, utility, _, _ in first] == sorted((u for _, u, _, _ in first), reverse=True)


def test_limits_are_kept() -> None:
    corpus = random_corpus(7, tasks=8, size=5)
    for arity in range(3):
        candidates = find_abstractions(corpus, AbstractionSearchConfig(max_arity=arity, keep=3))
        assert len(candidates) <= 3
        assert all(candidate.arity <= arity for candidate in candidates)
    assert all(c.tasks >= 4 for c in find_abstractions(corpus, AbstractionSearchConfig(min_tasks=4)))


@pytest.mark.parametrize("budget", [{"cpu_seconds": 1e-9}, {"max_cells": 1}])
def test_a_spent_budget_is_told(budget: dict[str, float]) -> None:
    result = search_abstractions(random_corpus(3), AbstractionSearchConfig(**budget))
    assert not result.complete
    assert search_abstractions(random_corpus(3)).complete


def test_nothing_to_find() -> None:
    assert find_abstractions([]) == []
    assert find_abstractions([[], []]) == []
    assert find_abstractions(parse([["(+ 1 1)"], ["(* 2 3)"]])) == []


def test_a_task_pays_for_its_cheapest_program_only() -> None:
    """Dear alternatives gain nothing before they catch up with the cheapest."""
    dear = "(f (g (h 1 2) (h 1 2)) (g (h 1 2) (h 1 2)))"
    assert find_abstractions(parse([[dear, "1"], [dear, "2"]])) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"inversion_steps": -1}, "inversion_steps"),
        ({"max_arity": -1}, "max_arity"),
        ({"keep": 0}, "keep"),
        ({"min_tasks": 0}, "min_tasks"),
        ({"hole_cost": 101}, "hole_cost"),
        ({"cpu_seconds": 0.0}, "cpu_seconds"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(engine.EngineError, match=message):
        find_abstractions([], AbstractionSearchConfig(**settings))


def test_large_indices_are_refused() -> None:
    with pytest.raises(engine.EngineError, match=r"up to \$63"):
        find_abstractions([[Term.parse("(f $64)")]])


@pytest.mark.parametrize(
    ("abstraction", "arity", "message"),
    [
        ("(lambda $0)", 1, "needs an abstraction"),
        ("#(lambda (+ $0 1))", 2, "fewer than 2"),
        ("#(lambda (+ 1 1))", 1, "ignores an argument"),
        ("#(lambda (+ $0 1))", -1, "negative"),
    ],
)
def test_unusable_abstractions_are_refused(abstraction: str, arity: int, message: str) -> None:
    with pytest.raises(engine.EngineError, match=message):
        rewrite([Term.parse("(+ 1 1)")], Term.parse(abstraction), arity)


def test_arguments_are_rewritten_too() -> None:
    program = Term.parse("(f (* (f (* 1 1)) (f (* 1 1))))")
    assert str(rewrite([program], Term.parse("#(lambda (f (* $0 $0)))"), 1)[0]) == (
        "(#(lambda (f (* $0 $0))) (#(lambda (f (* $0 $0))) 1))"
    )
