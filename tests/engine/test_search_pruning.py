"""What leaves programs out of a search changes no answer: the cheapest solution costs what it did."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Grammar, Limits, SearchConfig, Term, Type
from tests.engine.derived_tasks import (
    EXACT,
    LANGUAGES,
    affordable_nats,
    cheapest,
    configurations,
    derived_tasks,
    fits,
    random_grammar,
    up_to,
)
from tests.reference import terms
from tests.reference.evaluation import Evaluator, Failed

KINDS = ["uniform", "plain", "contextual"]


@settings(max_examples=150)
@given(st.sampled_from(sorted(LANGUAGES)), st.sampled_from(KINDS), st.integers(0, 10**6))
def test_derived_tasks_are_solved_at_the_same_cost(name: str, kind: str, seed: int) -> None:
    language, requests = LANGUAGES[name]
    request = Type.parse(requests[seed % len(requests)])
    grammar = random_grammar(language, kind, seed)
    nats = affordable_nats(grammar, request, 3_000)
    count = (3, 6, 12)[seed % 3]
    for task in derived_tasks(grammar, request, seed, count=2, examples=count, max_nats=nats):
        exact = grammar.search(request, task.examples, up_to(task.cost), config=EXACT)
        assert cheapest(exact) <= task.cost + 1e-9
        for config in configurations():
            result = grammar.search(request, task.examples, up_to(task.cost), config=config)
            assert cheapest(result) == cheapest(exact)
            assert result.programs <= exact.programs
            for program, cost in result.solutions:
                assert fits(language, request, program, task.examples)
                assert grammar.log_likelihood(program, request) == pytest.approx(-cost, abs=1e-9)


@settings(max_examples=40)
@given(st.sampled_from(sorted(LANGUAGES)), st.integers(0, 10**6), st.sampled_from([4, 32]))
def test_what_is_found_fits(name: str, seed: int, samples: int) -> None:
    """By the reference too, and with sampled equivalence, which may find less."""
    language, requests = LANGUAGES[name]
    request = Type.parse(requests[seed % len(requests)])
    grammar = random_grammar(language, KINDS[seed % 3], seed)
    nats = affordable_nats(grammar, request, 2_000)
    for task in derived_tasks(grammar, request, seed, count=2, examples=5, max_nats=nats):
        for config in (SearchConfig(), SearchConfig(equivalence="sampled", samples=samples)):
            result = grammar.search(request, task.examples, up_to(task.cost, slack_nats=2), config=config)
            for program, _ in result.solutions:
                for inputs, output in task.examples:
                    try:
                        given_ = Evaluator(20_000).run(terms.parse(str(program)), inputs)
                    except Failed as failed:
                        assert failed.reason == "fuel"  # steps are counted otherwise there
                    else:
                        assert repr(given_) == repr(output)


@pytest.mark.parametrize("name", sorted(LANGUAGES))
@pytest.mark.parametrize("kind", KINDS)
def test_bounds_on_completions_leave_no_program_out(name: str, kind: str) -> None:
    language, requests = LANGUAGES[name]
    for text in requests:
        request = Type.parse(text)
        grammar = random_grammar(language, kind, 3)
        nats = affordable_nats(grammar, request, 10_000)
        unmet = [(derived_inputs(request), _never(text))]
        counts = {
            grammar.search(
                request,
                unmet,
                up_to(nats, slack_nats=400),
                config=SearchConfig(
                    order=order,
                    equivalence="none",
                    completion_bounds=bounds,
                    equations=False,
                    divergence=False,
                ),
            ).programs
            for order in ("windows", "best_first")
            for bounds in (True, False)
        }
        assert counts == {sum(count for _, count in grammar.count_windows(request, nats + 1e-6))}


def derived_inputs(request: Type) -> tuple[object, ...]:
    return tuple(_value(str(argument), 1) for argument in request.arguments)


def _never(request: str) -> object:
    return _value(request.split(" -> ")[-1], 987_654_321)


def _value(type_: str, number: int) -> object:
    if type_.startswith("list("):
        return [_value(type_[5:-1], number)] * 3
    return number if type_ == "int" else True


def test_two_banks_stand_for_values_by_the_same_terms() -> None:
    """`(+ a b) = (+ b a)` keeps one order of terms: whichever terms banks keep, one order must be left."""
    language, _ = LANGUAGES["arithmetic"]
    grammar, request = Grammar.uniform(language), Type.parse("int -> int")
    missed = []
    for target in range(2, 40):
        examples = [((0,), target), ((1,), target + 3), ((5,), target + 15)]
        nats = 17.0
        exact = grammar.search(request, examples, up_to(nats), config=EXACT)
        merged = grammar.search(request, examples, up_to(nats))
        if cheapest(exact) != cheapest(merged):
            missed.append(target)
        if math.isinf(cheapest(exact)):
            break
    assert missed == []


def test_merging_and_equations_try_less() -> None:
    language, _ = LANGUAGES["list"]
    grammar, request = Grammar.uniform(language), Type.parse("list(int) -> list(int)")
    examples = [(([3, 1],), [987_654_321]), (([4],), [987_654_321])]
    programs = {
        (equivalence, equations): grammar.search(
            request, examples, up_to(17), config=SearchConfig(equivalence=equivalence, equations=equations)
        ).programs
        for equivalence in ("none", "closed", "sampled")
        for equations in (False, True)
    }
    for equations in (False, True):
        none, closed, sampled = (programs[each, equations] for each in ("none", "closed", "sampled"))
        assert none > closed > 1.5 * sampled
    assert programs["none", False] > 1.2 * programs["none", True]


def test_limits_of_a_search_are_those_of_evaluation() -> None:
    """A search gives a program fewer steps; what it accepts evaluation accepts."""
    language, _ = LANGUAGES["list"]
    grammar, request = Grammar.uniform(language), Type.parse("int -> int")
    result = grammar.search(request, [((3,), 9), ((5,), 25)], up_to(12, slack_nats=12, keep=100))
    assert result.solutions
    for program, _ in result.solutions:
        assert language.evaluate(program, request, [(3,)], Limits(fuel=4_000)) == [9]


@pytest.mark.parametrize(
    "program",
    [
        "(lambda (map (lambda (eq? $0 0)) $0))",
        "(lambda (cdr (map (lambda (eq? 0 $0)) $0)))",
        "(lambda (map (lambda (is-prime (+ $0 $0))) $0))",
        "(lambda (map (lambda (eq? (mod 1 $0) 0)) $0))",
        "(lambda (map (lambda (gt? $0 1)) $0))",
    ],
)
def test_samples_tell_small_numbers_apart(program: str) -> None:
    """Few samples of a variable, yet each number that programs ask about is among them."""
    language, _ = LANGUAGES["list"]
    grammar, request = Grammar.uniform(language), Type.parse("list(int) -> list(bool)")
    inputs = [([4, 0, 1],), ([2, 1],), ([7, 2, 5, 3],), ([-1, 6, 3],), ([1, 8],)]
    term = Term.parse(program)
    outputs = language.evaluate(term, request, inputs)
    examples = [pair for pair in zip(inputs, outputs, strict=True) if isinstance(pair[1], list)]
    assert len(examples) > 2
    cost = -grammar.log_likelihood(term, request)
    result = grammar.search(request, examples, up_to(cost), config=SearchConfig(equivalence="sampled"))
    assert cheapest(result) <= cost + 1e-9
