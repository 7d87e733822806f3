"""A million random well-typed programs on random inputs: each ends as a value of its type or as a failure.

Grammars have random contextual weights, so that no two campaigns walk through the same programs: the cheapest
programs of each, and larger ones drawn at random, are run by `Language.evaluate`, all distinct; searches run
more inside the engine. `WAKESLEEP_FUZZ_PROGRAMS` says how many in all (default 1,000,000). Every grammar
comes from a seed, and a failing test prints its own.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from engine import Budget, Failure, Grammar, Language, Term, Type
from engine._engine import SearchConfig
from tests.engine.test_evaluation import REASONS
from tests.reference.evaluation import FIX, LIST_PRIMITIVES
from tests.reference.generation import random_value
from tests.strategies import REQUESTS

pytestmark = [pytest.mark.fuzz, pytest.mark.slow]

PROGRAMS = int(os.environ.get("WAKESLEEP_FUZZ_PROGRAMS", "1000000"))
SEEDS = range(4)
MAX_NATS = 60.0  # no campaign comes near it
CASES = 3  # inputs a program is run on

ABSTRACTIONS = [
    "#(lambda (+ $0 1))",
    "#(lambda (map (lambda (#(lambda (+ $0 1)) $0)) $0))",
    "#(lambda (fold $0 0 (lambda (lambda (+ $1 $0)))))",
    "#(lambda (lambda (fold $0 empty (lambda (lambda (if ($3 $1) (cons $1 $0) $0))))))",
    "#(lambda (lambda (fold $0 $1 (lambda (lambda (cons $1 $0))))))",
    "#(lambda (lambda (map (lambda (index $0 $1)) (range $1))))",
    "#(lambda (unfold $0 (lambda (gt? 1 $0)) (lambda $0) (lambda (- $0 1))))",
    "#(lambda (* (* $0 $0) (* $0 $0)))",
]
MCCARTHY = ("empty", "cons", "car", "cdr", "empty?", "gt?", "if", "eq?", "+", "-", "0", "1")
LANGUAGES = {
    "list": Language(LIST_PRIMITIVES),
    "learned": Language(LIST_PRIMITIVES, [Term.parse(text) for text in ABSTRACTIONS]),
    "recursive": Language([*(pair for pair in LIST_PRIMITIVES if pair[0] in MCCARTHY), FIX]),
}
CONFIGS = [
    SearchConfig(equivalence="none"),
    SearchConfig(equivalence="closed"),
    SearchConfig(order="best_first"),
    SearchConfig(threads=2),
]
EXTREME = [2**62, -(2**62), 2**61 - 1, 2**31, -(2**31), 101, 51]


def random_grammar(language: Language, seed: int) -> Grammar:
    shape = len(Grammar.contexts(language)), len(language.productions) + 1
    return Grammar(language, np.random.default_rng(seed).normal(0.0, 1.0, shape))


def random_input(choose: random.Random, type_: Type) -> Any:
    """Mostly small; sometimes an extreme integer or a long list."""
    if type_.constructor == "int" and choose.random() < 0.1:
        return choose.choice(EXTREME)
    if type_.constructor == "list" and choose.random() < 0.05:
        return [random_input(choose, type_.parameters[0]) for _ in range(100)]
    return random_value(choose, str(type_))


def random_inputs(choose: random.Random, request: Type, count: int) -> list[tuple[Any, ...]]:
    return [tuple(random_input(choose, type_) for type_ in request.arguments) for _ in range(count)]


def checker(type_: Type) -> Callable[[Any], bool]:
    """Whether a Python value is of the type, with True no integer."""
    if type_.constructor == "list":
        of_element = checker(type_.parameters[0])
        return lambda value: type(value) is list and all(map(of_element, value))
    kind = {"int": int, "bool": bool}[type_.constructor]
    return lambda value: type(value) is kind


def draw(grammar: Grammar, request: Type, count: int, seed: int) -> Iterator[Term]:
    """So many distinct programs: the larger ones among random draws, then the cheapest there are."""
    drawn = grammar.sample(request, count // 5, seed, max_nodes=200)
    large = {program for program, _ in drawn if program.size > 12}
    yield from large
    left = count - len(large)
    for lower in np.arange(0.0, MAX_NATS, 1.5):
        for program, _ in grammar.enumerate(request, lower, lower + 1.5, left):
            if program not in large:
                left -= 1
                yield program
        if left == 0:
            return


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_end_as_values_of_their_type_or_as_failures(language: str, seed: int) -> None:
    choose, values, failures = random.Random(seed), 0, 0
    grammar = random_grammar(LANGUAGES[language], seed)
    share = -(-PROGRAMS // (len(LANGUAGES) * len(SEEDS) * len(REQUESTS)))
    for number, text in enumerate(REQUESTS):
        print(f"fuzz: language {language}, weights of seed {seed}, {text}, draws of seed {number}")
        request = Type.parse(text)
        fits = checker(request.returns)
        inputs: list[tuple[Any, ...]] = []
        for count, program in enumerate(draw(grammar, request, share, number)):
            if count % 50 == 0:
                inputs = random_inputs(choose, request, CASES)
            for found in grammar.language.evaluate(program, request, inputs):
                if isinstance(found, Failure):
                    failures += 1
                    assert found.reason in REASONS, program
                else:
                    values += 1
                    assert fits(found), (program, found)
    assert values + failures == share * len(REQUESTS) * CASES
    assert values > failures / 20


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_searches_find_what_evaluation_confirms(language: str, seed: int) -> None:
    """However it is searched, at the same cost; the examples are the outputs of a random program."""
    choose, searched = random.Random(seed), 0
    grammar = random_grammar(LANGUAGES[language], seed)
    budget = Budget(cpu_seconds=0, nats=13.5, slack_nats=400)
    for number, text in enumerate(REQUESTS):
        print(f"fuzz: search, language {language}, weights of seed {seed}, {text}, target of seed {number}")
        request = Type.parse(text)
        inputs = random_inputs(choose, request, 6)
        examples: list[tuple[tuple[Any, ...], Any]] = []
        targets = [target for target, _ in grammar.enumerate(request, 9.0, 13.5, 500)]
        choose.shuffle(targets)
        for target in targets:
            pairs = zip(inputs, grammar.language.evaluate(target, request, inputs), strict=True)
            examples = [pair for pair in pairs if not isinstance(pair[1], Failure)]
            if examples:
                break
        if not examples:
            continue  # no program gives a value
        searched += 1
        given, outputs = zip(*examples, strict=True)
        costs = []
        for config in CONFIGS:
            result = grammar.search(request, examples, budget, config=config)
            for program, _ in result.solutions:
                assert grammar.language.evaluate(program, request, given) == list(outputs), program
            costs.append(result.solutions[0][1])
        assert costs == pytest.approx([costs[0]] * len(costs))
    assert searched > len(REQUESTS) / 2
