"""The exact method: version spaces of all refactorings, which the fast search is measured against."""

from __future__ import annotations

import random
from itertools import chain
from math import inf

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import _engine as engine
from engine._engine import (
    AbstractionSearchConfig,
    Term,
    VersionSpaces,
    VersionSpaceSearchConfig,
    search_abstractions,
    search_version_spaces,
)

Corpus = list[list[Term]]


def parse(corpus: list[list[str]]) -> Corpus:
    return [[Term.parse(program) for program in task] for task in corpus]


def cost(term: Term) -> int:
    """Stitch's: 1 for λ and application, 100 for every leaf."""
    if term.kind == "lambda":
        return 1 + cost(term.body)
    if term.kind == "application":
        return 1 + cost(term.function) + cost(term.argument)
    return 100


def task_cost(corpus: Corpus) -> int:
    return sum(min(map(cost, task)) for task in corpus if task)


def calls(term: Term, abstraction: Term) -> int:
    if term == abstraction:
        return 1
    if term.kind == "lambda":
        return calls(term.body, abstraction)
    if term.kind == "application":
        return calls(term.function, abstraction) + calls(term.argument, abstraction)
    return 0


def random_corpus(seed: int, tasks: int = 3, size: int = 3) -> Corpus:
    """Well-typed programs on integers and lists, η-long, that share idioms; one or two a task."""
    draw = random.Random(seed)

    def integer(variables: list[str], size: int) -> str:
        if size <= 0 or draw.random() < 0.25:
            return draw.choice(["0", "1", *variables])
        left, right = integer(variables, size - 2), integer(variables, size - 2)
        return f"({draw.choice(['+', '*'])} {left} {right})"

    def values(depth: int, size: int) -> str:
        kind = draw.randrange(4) if size > 0 else 0
        if kind == 0:
            return f"${depth}"
        if kind == 1:
            return f"(map (lambda {integer(['$0'], size)}) {values(depth, size - 2)})"
        if kind == 2:
            return f"(cons {integer([f'(car ${depth})'], size - 1)} {values(depth, size - 2)})"
        return f"(filter (lambda (gt? {integer(['$0'], size - 1)} 1)) {values(depth, size - 2)})"

    return parse(
        [[f"(lambda {values(0, size)})" for _ in range(draw.choice([1, 1, 2]))] for _ in range(tasks)]
    )


CORPORA = {
    "repeated": [["(f (* 2 2))"], ["(f (* 3 3))"], ["(f (* (+ 1 1) (+ 1 1)))"]],
    "map": [[f"(lambda (map (lambda {body}) $0))"] for body in ("(+ $0 1)", "(* $0 2)", "(- $0 3)")],
    "open": [["(lambda (g (+ $0 1) 1))"], ["(lambda (g (+ $0 4) 4))"], ["(lambda (g (+ $0 5) 5))"]],
    "closed": [["(lambda (+ $0 (+ 1 (+ 1 1))))"], ["(lambda (* $0 (+ 1 (+ 1 1))))"]],
    "functions": [["(lambda (h (lambda (+ $0 $0)) nil nil))"], ["(lambda (h (lambda (* $0 2)) nil nil))"]],
    "heads": [["(cons (car (f 1)) nil)"], ["(cons (car (g 1)) nil)"], ["(cons (car 1) nil)"]],
    "dear alternative": [["(f (f (f 1 2) 2) 2)", "(f 1 2)"], ["(f (f 1 3) 3)", "(g (f 1 3))"]],
    "calls": [["(k (#(lambda (f $0 (g $0))) 1))"], ["(k (#(lambda (f $0 (g $0))) 2))"]],
}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 2), st.sampled_from([0, 100]), st.sampled_from([1, 3, 10**6]))
def test_the_utility_is_that_of_the_rewritten_programs(seed: int, steps: int, hole: int, beam: int) -> None:
    corpus = random_corpus(seed)
    config = VersionSpaceSearchConfig(inversion_steps=steps, hole_cost=hole, beam=beam)
    found = search_version_spaces(corpus, config)
    assert (found.steps, found.note) == (steps, "")
    for new, old in zip(chain.from_iterable(found.rewritten), chain.from_iterable(corpus), strict=True):
        assert new.beta_normal(True) == old.beta_normal(True)
        assert cost(new) <= cost(old)
    utilities = [candidate.utility for candidate in found.candidates]
    assert utilities == sorted(utilities, reverse=True)
    if not found.candidates:
        assert found.rewritten == corpus
        return
    best = found.candidates[0]
    abstraction = Term.abstraction(best.body)
    saved = task_cost(corpus) - task_cost(found.rewritten)
    assert best.utility == saved - body_cost(best.body, best.arity, hole) > 0
    uses = [sum(calls(term, abstraction) for term in task) for task in found.rewritten]
    assert (best.uses, best.tasks) == (sum(uses), sum(count > 0 for count in uses))
    assert best.tasks >= 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 2), st.integers(1, 30))
def test_a_wider_beam_is_never_below_a_narrow_one(seed: int, steps: int, beam: int) -> None:
    corpus = random_corpus(seed)

    def best(beam: int) -> int:
        config = VersionSpaceSearchConfig(inversion_steps=steps, beam=beam, keep=100_000)
        found = search_version_spaces(corpus, config).candidates
        return found[0].utility if found else 0

    assert best(1_000_000) >= best(beam)


def body_cost(body: Term, arity: int, hole_cost: int) -> int:
    holes = 0

    def visit(term: Term, depth: int) -> None:
        nonlocal holes
        if term.kind == "index":
            holes += depth - arity <= term.index < depth
        elif term.kind == "lambda":
            visit(term.body, depth + 1)
        elif term.kind == "application":
            visit(term.function, depth)
            visit(term.argument, depth)

    pattern = body
    for _ in range(arity):
        pattern = pattern.body
    visit(pattern, arity)
    # Parameters are the indices just outside the pattern's own λ's.
    return cost(pattern) - holes * (100 - hole_cost)


def subterms(term: Term) -> set[Term]:
    found = {term}
    if term.kind == "lambda":
        found |= subterms(term.body)
    elif term.kind == "application":
        found |= subterms(term.function) | subterms(term.argument)
    return found


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_no_closed_term_gains_more_than_the_best(name: str, steps: int) -> None:
    """Slowly, by listing every refactoring: no closed term in one gains more than the best."""
    corpus = parse(CORPORA[name])
    spaces = VersionSpaces()
    members = [
        [spaces.members(spaces.inverse_beta(spaces.incorporate(term), steps), 5_000) for term in task]
        for task in corpus
    ]
    assert all(len(listed) < 5_000 for task in members for listed in task), "not all members are listed"
    found = search_version_spaces(corpus, VersionSpaceSearchConfig(inversion_steps=steps, keep=10_000))
    best = found.candidates[0].utility if found.candidates else 0
    tried = 0
    for body in set[Term]().union(*(subterms(member) for listed in members[0] for member in listed)):
        if body.kind not in ("lambda", "application") or not is_closed(body) or leaves(body) < 2:
            continue
        if price(body, None) == inf:  # it calls a λ, which costs too much for a cheapest member
            continue
        after = [min(price(member, body) for listed in task for member in listed) for task in members]
        gains = [min(map(cost, task)) - price for task, price in zip(corpus, after, strict=True)]
        if sum(gain > 0 for gain in gains) < 2:
            continue
        tried += 1
        gain = sum(max(0, gain) for gain in gains) - body_cost(body, arity_of(body), 100)
        assert best >= gain
    assert tried > 0 or not found.candidates or steps == 0


def is_closed(term: Term) -> bool:
    return not any(term_index >= depth for term_index, depth in indices(term, 0))


def indices(term: Term, depth: int) -> list[tuple[int, int]]:
    if term.kind == "index":
        return [(term.index, depth)]
    if term.kind == "lambda":
        return indices(term.body, depth + 1)
    if term.kind == "application":
        return indices(term.function, depth) + indices(term.argument, depth)
    return []


def leaves(term: Term) -> int:
    """Primitives and abstractions."""
    if term.kind == "lambda":
        return leaves(term.body)
    if term.kind == "application":
        return leaves(term.function) + leaves(term.argument)
    return term.kind != "index"


def arity_of(body: Term) -> int:
    """Up to three leading λ's whose variable is used."""
    arity = 0
    while body.kind == "lambda" and arity < 3:
        body = body.body
        if not any(index == depth for index, depth in indices(body, 0)):
            break
        arity += 1
    return arity


def price(term: Term, body: Term | None, called: bool = False) -> float:
    """Of a refactoring in which `body` is a primitive and no other λ may be called."""
    if term == body:
        return 100
    if term.kind == "lambda":
        return inf if called else 1 + price(term.body, body)
    if term.kind == "application":
        return 1 + price(term.function, body, True) + price(term.argument, body)
    return 100


def fast_best(
    corpus: Corpus, steps: int, hole_cost: int, prunings: bool, argument_pruning: bool = False
) -> int:
    result = search_abstractions(
        corpus,
        AbstractionSearchConfig(
            inversion_steps=steps,
            inversion_shortlist=0,
            keep=1,
            hole_cost=hole_cost,
            cpu_seconds=60,
            upper_bound_pruning=prunings,
            location_pruning=prunings,
            argument_pruning=argument_pruning,
        ),
    )
    assert result.complete
    return result.candidates[0].utility if result.candidates else 0


def best_utility(corpus: Corpus, steps: int, hole_cost: int) -> int:
    config = VersionSpaceSearchConfig(inversion_steps=steps, hole_cost=hole_cost)
    found = search_version_spaces(corpus, config).candidates
    return found[0].utility if found else 0


@pytest.mark.parametrize("hole_cost", [0, 100])
@pytest.mark.parametrize(("name", "steps"), [(name, steps) for name in CORPORA for steps in (0, 1, 2)])
def test_the_fast_search_is_never_below(name: str, steps: int, hole_cost: int) -> None:
    corpus = parse(CORPORA[name])
    exact = best_utility(corpus, steps, hole_cost)
    assert fast_best(corpus, steps, hole_cost, prunings=False) >= exact
    assert fast_best(corpus, steps, hole_cost, prunings=True) >= exact
    if (name, steps, hole_cost) != ("closed", 2, 0):  # see below
        assert fast_best(corpus, steps, hole_cost, prunings=True, argument_pruning=True) >= exact


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0, 100]), st.booleans())
def test_the_fast_search_is_never_below_on_random_corpora(seed: int, hole_cost: int, prunings: bool) -> None:
    corpus = random_corpus(seed)
    assert fast_best(corpus, 1, hole_cost, prunings) >= best_utility(corpus, 1, hole_cost)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10**6), st.sampled_from([0, 100]))
def test_the_fast_search_is_hardly_ever_below_with_two_steps(seed: int, hole_cost: int) -> None:
    """Always the same corpora: in 2 of 6,667 others what is told below occurs."""
    corpus = random_corpus(seed, size=2)
    assert fast_best(corpus, 2, hole_cost, prunings=True) >= best_utility(corpus, 2, hole_cost)


@pytest.mark.xfail(
    strict=True, reason="without inversion the fast search is Stitch's: a call has all its arguments"
)
def test_without_steps_calls_may_leave_out_arguments() -> None:
    corpus = parse([["(lambda (cons (car $0) $0))"], ["(lambda (cons (car $0) $0))"]])
    assert fast_best(corpus, 0, 0, prunings=False) >= best_utility(corpus, 0, 0)


@pytest.mark.xfail(
    strict=True, reason="argument pruning drops a parameter that is always 1, though the body has it often"
)
def test_argument_pruning_keeps_a_constant_that_the_body_repeats() -> None:
    corpus = parse(CORPORA["closed"])
    exact = best_utility(corpus, 2, 0)
    assert fast_best(corpus, 2, 0, prunings=True, argument_pruning=True) >= exact


@pytest.mark.xfail(
    strict=True,
    reason="a new applied parameter takes out every occurrence: (λ (+ $0 $0)), not (+ 0), of 0",
)
@pytest.mark.parametrize("hole_cost", [0, 100])
def test_an_applied_parameter_takes_out_some_occurrences(hole_cost: int) -> None:
    corpus = parse([[f"(lambda (map (lambda {body}) $0))"] for body in ("(+ 0 0)", "(* 1 0)", "(* 0 1)")])
    assert fast_best(corpus, 2, hole_cost, prunings=False) >= best_utility(corpus, 2, hole_cost)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 2), st.sampled_from([0, 100]), st.booleans())
def test_the_fast_search_is_never_below_with_full_calls(
    seed: int, steps: int, hole_cost: int, prunings: bool
) -> None:
    """What the fast search covers: every call in the best rewriting has all its arguments."""
    corpus = random_corpus(seed, size=3 if steps < 2 else 2)
    config = VersionSpaceSearchConfig(inversion_steps=steps, hole_cost=hole_cost)
    found = search_version_spaces(corpus, config)
    if found.candidates:
        best = found.candidates[0]
        abstraction = Term.abstraction(best.body)
        assume(all(full_calls(t, abstraction, best.arity) for t in chain.from_iterable(found.rewritten)))
    assert fast_best(corpus, steps, hole_cost, prunings) >= best_utility(corpus, steps, hole_cost)


def full_calls(term: Term, abstraction: Term, arity: int, arguments: int = 0) -> bool:
    if term == abstraction:
        return arguments >= arity
    if term.kind == "lambda":
        return full_calls(term.body, abstraction, arity)
    if term.kind == "application":
        return full_calls(term.function, abstraction, arity, arguments + 1) and full_calls(
            term.argument, abstraction, arity
        )
    return True


def test_candidates_are_non_trivial_cheapest_members_that_tasks_share() -> None:
    corpus = parse(CORPORA["closed"])
    found = search_version_spaces(corpus, VersionSpaceSearchConfig(inversion_steps=0, hole_cost=0))
    assert found.considered == 3  # (+ 1 (+ 1 1)), (+ 1 1), (+ 1)
    assert str(found.candidates[0].body) == "(+ 1 (+ 1 1))"
    assert found.candidates[0].utility == 2 * (504 - 100) - 504


@pytest.mark.parametrize("beam", [1, 5, 20, 1_000_000])
def test_map_is_found_in_recursive_programs(beam: int) -> None:
    step = "(lambda (lambda (if (empty? $0) empty (cons {} ($1 (cdr $0))))))"
    elements = ["(+ (car $0) 1)", "(* (car $0) (car $0))", "(- 0 (car $0))", "(mod (car $0) 2)"]
    corpus = parse([[f"(lambda (fix1 $0 {step.format(element)}))"] for element in elements])
    found = search_version_spaces(corpus, VersionSpaceSearchConfig(inversion_steps=2, beam=beam))
    best = found.candidates[0]
    assert str(best.body) == f"(lambda (lambda (fix1 $0 {step.format('($3 (car $0))')})))"
    assert (best.uses, best.tasks) == (4, 4)


@pytest.mark.parametrize("bound", [{"max_nodes": 3_000}, {"max_bytes": 3_000_000}])
def test_too_large_takes_fewer_steps_and_says_so(bound: dict[str, int]) -> None:
    corpus = random_corpus(11, tasks=4, size=5)
    found = search_version_spaces(corpus, VersionSpaceSearchConfig(inversion_steps=4, **bound))
    assert 0 < found.steps < 4
    assert found.note.startswith("4 inversion steps") and f"{found.steps} were taken" in found.note
    fewer = search_version_spaces(corpus, VersionSpaceSearchConfig(inversion_steps=found.steps))
    assert [(str(c.body), c.utility) for c in found.candidates] == [
        (str(c.body), c.utility) for c in fewer.candidates
    ]
    assert fewer.note == ""


def test_programs_that_do_not_fit_are_returned_unchanged() -> None:
    corpus = parse(CORPORA["map"])
    found = search_version_spaces(corpus, VersionSpaceSearchConfig(inversion_steps=2, max_nodes=5))
    assert (found.candidates, found.rewritten) == ([], corpus)
    assert "not even the programs" in found.note


def test_limits_are_kept() -> None:
    corpus = random_corpus(4, tasks=5, size=4)
    for arity in range(3):
        found = search_version_spaces(
            corpus, VersionSpaceSearchConfig(inversion_steps=1, max_arity=arity, keep=2)
        ).candidates
        assert len(found) <= 2 and all(candidate.arity <= arity for candidate in found)
    config = VersionSpaceSearchConfig(inversion_steps=1, min_tasks=4)
    assert all(candidate.tasks >= 4 for candidate in search_version_spaces(corpus, config).candidates)


def test_nothing_to_find() -> None:
    assert search_version_spaces([]).rewritten == []
    assert search_version_spaces([[], []]).rewritten == [[], []]
    assert search_version_spaces(parse([["(+ 1 1)"], ["(* 2 3)"]])).candidates == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("inversion_steps", -1),
        ("inversion_steps", 101),
        ("max_arity", -1),
        ("keep", 0),
        ("min_tasks", 0),
        ("hole_cost", 101),
        ("beam", 0),
        ("max_nodes", 1),
        ("max_bytes", 0),
    ],
)
def test_settings_out_of_range_are_refused(setting: str, value: int) -> None:
    with pytest.raises(engine.EngineError, match=setting):
        search_version_spaces([], VersionSpaceSearchConfig(**{setting: value}))
