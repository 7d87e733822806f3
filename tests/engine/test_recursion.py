"""Recursion: programs may call themselves, with one argument or several; `fix1` is no production."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    Budget,
    EngineError,
    Failure,
    Grammar,
    Language,
    SearchConfig,
    Term,
    Type,
    TypedDecoder,
    trace,
)
from tests.engine.test_grammar import both, check_enumeration, random_weights, rows_of
from tests.reference import terms, types
from tests.reference.evaluation import FIX, LIST_PRIMITIVES
from tests.reference.generation import ProgramSource

DATA = Path(os.environ.get("WAKESLEEP_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
RECORDED = DATA / "golden" / "dreamcoder_enumeration_counts.json"

_LISTS = dict(LIST_PRIMITIVES)
MCCARTHY = [
    FIX if name == "fix1" else (name, _LISTS[name])
    for name in ["empty", "cons", "car", "cdr", "empty?", "fix1", "gt?", "if", "eq?", "+", "-", "0", "1"]
]
LANGUAGE = Language(MCCARTHY)
PRODUCTIONS = len(MCCARTHY)
MAX_VARIABLES = 10
INTS = "list(int) -> list(int)"
LENGTH = "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0))))))))"
SUM = "#(lambda (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ (car $0) ($1 (cdr $0))))))))"
INDEX = (
    "(lambda (lambda (fix1 $1 (lambda (lambda (lambda"
    " (if (eq? 0 $1) (car $0) ($2 (- $1 1) (cdr $0)))))) $0)))"
)
SEVERAL_ARGUMENTS = ("int -> list(int) -> int", "list(int) -> (int -> int) -> int -> list(int)")
REQUESTS = (
    INTS, "list(int) -> int", "int -> int", "int -> list(int)", "(int -> int) -> bool", *SEVERAL_ARGUMENTS,
)  # fmt: skip


@st.composite
def derived(draw: st.DrawFn) -> tuple[terms.Term, str]:
    """What is under the λs of a program and of its arguments, and the request."""
    request = draw(st.sampled_from(REQUESTS))
    source = ProgramSource([primitive for primitive in MCCARTHY if primitive != FIX], depth=4)
    body = source.program(draw(st.randoms(use_true_random=False)), f"({request}) -> {request}")
    for _ in range(arity(request) + 1):
        assert isinstance(body, terms.Lambda)
        body = body.body
    return body, request


def arity(request: str) -> int:
    return len(types.arguments(types.parse(request)))


def spelled(body: terms.Term, request: str) -> str:
    text, count = terms.show(body), arity(request)
    if count in terms.free(body):
        step = "(lambda " * (count + 1) + text + ")" * (count + 1)
        arguments = [
            f"(lambda (${count - i} $0))" if isinstance(type_, types.Constructor) and type_.name == "->"
            else f"${count - 1 - i}"
            for i, type_ in enumerate(types.arguments(types.parse(request)))
        ]  # fmt: skip
        text = " ".join(["(fix1", arguments[0], step, *arguments[1:]]) + ")"
    return "(lambda " * count + text + ")" * count


def test_dreamcoders_recorded_counts_of_its_recursive_grammar() -> None:
    counts = [0, 2, 4, 8, 28, 84, 225, 811, 2817, 9326, 37478]
    windows = Grammar.uniform(LANGUAGE).count_windows(Type.parse(INTS), 16.5)
    assert windows == [(1.5 * (i + 1), count) for i, count in enumerate(counts)]


@pytest.mark.skipif(not RECORDED.exists(), reason="needs DreamCoder's recorded counts (WAKESLEEP_DATA)")
def test_all_of_dreamcoders_recorded_counts() -> None:
    rows = json.loads(RECORDED.read_text())
    assert len(rows) == 9
    for name, row in rows.items():
        grammar = Grammar.uniform(Language([tuple(primitive) for primitive in row["primitives"]]))
        continuation = row["continuation"] and Type.parse(row["continuation"])
        windows = grammar.count_windows(Type.parse(row["request"]), row["windows"][-1][0], continuation)
        assert [list(window) for window in windows] == row["windows"], name


@pytest.mark.parametrize(
    ("request_", "upper"),
    [
        (INTS, 8.0),
        ("list(int) -> int", 8.0),
        ("int -> bool", 8.0),
        ("(int -> int) -> int", 7.5),
        ("((int -> int) -> int -> int) -> int", 6.5),
        ("list(t0) -> t0", 7.0),
        ("int", 7.0),
        ("int -> int -> int", 6.5),
    ],
)
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_enumeration_equals_brute_force(request_: str, upper: float, seed: int | None) -> None:
    rows = rows_of(MCCARTHY, [SUM]) if seed == 2 else 1
    weights = None if seed is None else random_weights(seed, rows, PRODUCTIONS + 2)
    check_enumeration(*both(MCCARTHY, weights, [SUM]), request_, upper)


@given(derived(), st.integers(0, 9), st.booleans())
def test_likelihoods_and_counts_agree(drawn: tuple[terms.Term, str], seed: int, contextual: bool) -> None:
    body, request = drawn
    program = spelled(body, request)
    rows = rows_of(MCCARTHY)
    weights = random_weights(seed, rows if contextual else 1, PRODUCTIONS + 1)
    native, reference = both(MCCARTHY, weights)
    found = native.log_likelihood(Term.parse(program), Type.parse(request))
    expected = reference.log_likelihood(terms.parse(program), types.parse(request))
    assert found == pytest.approx(expected, abs=1e-9) and math.isfinite(found)

    _, reference = both(MCCARTHY, np.zeros((rows, PRODUCTIONS + 1)))
    uses, possible = Grammar.count(LANGUAGE, [Term.parse(program)], [Type.parse(request)], [2.0])
    counted = np.zeros((2, rows, PRODUCTIONS + 1))
    for hole in reference.holes(terms.parse(program), types.parse(request)):
        counted[0, hole.row, min(hole.chosen.token, PRODUCTIONS)] += 2
        for token in {min(candidate.token, PRODUCTIONS) for candidate in hole.candidates}:
            counted[1, hole.row, token] += 2
    assert np.allclose(uses, counted[0]) and np.allclose(possible, counted[1])

    # or the program itself is one of the variables
    fix = LANGUAGE.productions.index("fix1")
    together, possible = Grammar.count(
        LANGUAGE, [Term.parse(program)], [Type.parse(request)], [2.0], itself_apart=False
    )
    uses[:, -1] += uses[:, fix]
    uses[:, fix] = 0
    assert np.allclose(together, uses)
    either = np.zeros(rows)
    for hole in reference.holes(terms.parse(program), types.parse(request)):
        tokens = [candidate.token for candidate in hole.candidates]
        either[hole.row] += 2 * any(token == fix or token >= PRODUCTIONS for token in tokens)
    assert np.allclose(possible[:, -1], either) and not possible[:, fix].any()


@given(derived())
def test_programs_and_derivations_stand_for_each_other(drawn: tuple[terms.Term, str]) -> None:
    body, request_ = drawn
    program, request = Term.parse(spelled(body, request_)), Type.parse(request_)
    assert LANGUAGE.eta_long(program, request) == program
    tokens, contexts, masks = trace(LANGUAGE, program, request, MAX_VARIABLES)

    # what is derived is the body, each of its nodes once, with the scope that the reference gives it
    _, reference = both(MCCARTHY, np.zeros((rows_of(MCCARTHY), PRODUCTIONS + 1)))
    holes = reference.holes(terms.parse(spelled(body, request_)), types.parse(request_))
    assert tokens.tolist() == [hole.chosen.token for hole in holes]
    assert contexts.tolist() == [hole.row for hole in holes]
    allowed = [{candidate.token for candidate in hole.candidates} for hole in holes]
    assert [set(np.flatnonzero(mask).tolist()) for mask in masks] == allowed

    decoder = TypedDecoder(LANGUAGE, request, 1, MAX_VARIABLES, max_nodes=1000)
    for position, token in enumerate(tokens):
        assert decoder.masks()[0].tolist() == masks[position].tolist()
        assert decoder.contexts()[0] == contexts[position]
        decoder.push(np.array([token]))
    assert decoder.done and decoder.terms() == [program]


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("(lambda (fix1 $0 (lambda (lambda $0))))", "int -> int"),  # doesn't call itself
        ("(lambda (fix1 0 (lambda (lambda ($1 $0)))))", "int -> int"),  # starts elsewhere
        ("(lambda (fix1 $0 (lambda (lambda ($1 $2)))))", "int -> int"),  # uses the argument outside of it
        ("(lambda (+ 1 (fix1 $0 (lambda (lambda ($1 $0))))))", "int -> int"),  # not at the root
        ("(lambda (fix1 $0 (lambda (lambda (fix1 $0 (lambda (lambda ($1 ($3 $0)))))))))", "int -> int"),
        ("(lambda (fix1 $0 (lambda (lambda (cons ($1 $0) empty)))))", "int -> int"),  # ill typed
        ("(lambda (fix1 $0))", "int -> int"),
        ("(lambda (fix1 $0 (lambda $0)))", "int -> int"),
        ("(lambda $1)", "int -> int"),  # open: not the program itself
        ("fix1", "int -> int"),
        ("(lambda (lambda (fix1 $1 (lambda (lambda ($1 $0))))))", "int -> int -> int"),  # on one of two
        ("(lambda (lambda (fix1 $0 (lambda (lambda (lambda ($2 $1 0)))) $1)))", "int -> int -> int"),
        ("(fix1 0 (lambda (lambda ($1 $0))))", "int"),
    ],
)
def test_what_is_not_derived(text: str, request_: str) -> None:
    native, reference = both(MCCARTHY)
    program, request = Term.parse(text), Type.parse(request_)
    assert native.log_likelihood(program, request) == -math.inf
    assert reference.log_likelihood(terms.parse(text), types.parse(request_)) == -math.inf
    with pytest.raises(EngineError):
        trace(LANGUAGE, program, request)
    with pytest.raises(EngineError):
        Grammar.count(LANGUAGE, [program], [request], [1.0])


def test_programs_that_are_not_derived_still_run() -> None:
    text = "(lambda (+ 1 (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0)))))))))"
    assert LANGUAGE.evaluate(Term.parse(text), Type.parse("list(int) -> int"), [([5, 6],)]) == [3]


def test_the_token_of_fix1_is_the_program_itself_or_nothing() -> None:
    fix, zero = LANGUAGE.productions.index("fix1"), LANGUAGE.productions.index("0")
    decoder = TypedDecoder(LANGUAGE, Type.parse("int"), 1)
    assert not decoder.masks()[0, fix]
    decoder.push(np.array([fix]))
    assert decoder.done and decoder.terms() == [None]
    for arity in (1, 2, 3):
        request = Type.parse("int -> " * arity + "int")
        decoder = TypedDecoder(LANGUAGE, request, 1)
        assert decoder.masks()[0, PRODUCTIONS:].sum() == arity
        for token in (fix, *[zero] * arity):
            assert decoder.masks()[0, fix]
            decoder.push(np.array([token]))
        assert decoder.done
        [program] = decoder.terms()
        assert program is not None and "fix1" in str(program)
        decoder = TypedDecoder(LANGUAGE, request, 1)
        decoder.push(np.array([PRODUCTIONS + arity]))  # it is no variable
        assert decoder.terms() == [None]


def test_which_requests_are_recursive() -> None:
    assert all(LANGUAGE.recursive(Type.parse(request)) for request in (*REQUESTS, "t0 -> t1"))
    assert not any(LANGUAGE.recursive(Type.parse(request)) for request in ("int", "list(int)", "t0"))
    assert not Language(LIST_PRIMITIVES).recursive(Type.parse("int -> int"))


def test_fix1_of_another_type_is_a_production() -> None:
    language = Language([("fix1", "int -> int"), ("0", "int")])
    assert not language.recursive(Type.parse("int -> int"))
    grammar = Grammar.uniform(language)
    program = Term.parse("(lambda (fix1 (fix1 $0)))")
    assert grammar.log_likelihood(program, Type.parse("int -> int")) == pytest.approx(3 * math.log(1 / 3))


def test_the_programs_share_all_probability() -> None:
    """Of int, with 0 and 1, five in six holes end; so what is cheaper than 60 nats is all there is."""
    grammar = Grammar.uniform(Language([("0", "int"), ("1", "int"), FIX]))
    request = Type.parse("int -> int")
    found = grammar.enumerate(request, 0, 60, 100_000)
    assert len(found) == len({program for program, _ in found})
    assert sum(math.exp(-cost) for _, cost in found) == pytest.approx(1, abs=1e-9)
    total = sum(math.exp(grammar.log_likelihood(program, request)) for program, _ in found)
    assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("seed", [None, 3])
def test_samples_have_their_likelihood_and_run(seed: int | None) -> None:
    weights = None if seed is None else random_weights(seed, rows_of(MCCARTHY, [SUM]), PRODUCTIONS + 2)
    native, reference = both(MCCARTHY, weights, [SUM])
    request, draws = Type.parse("list(int) -> int"), 20_000
    drawn = native.sample(request, draws, 4)
    recursive = [pair for pair in drawn if "(lambda (fix1 $0 (lambda" in str(pair[0]).replace(SUM, "sum")]
    assert recursive
    for program, log_probability in [*drawn[:200], *recursive[:200]]:
        assert native.language.eta_long(program, request) == program
        assert log_probability == pytest.approx(native.log_likelihood(program, request), abs=1e-9)
        [output] = native.language.evaluate(program, request, [([3, 1],)])
        assert isinstance(output, int | Failure)
    counts = Counter(program for program, _ in drawn)
    for term, cost in reference.programs(types.parse("list(int) -> int"), 5.0):
        share = math.exp(-cost)
        spread = math.sqrt(draws * share * (1 - share))
        assert abs(counts[Term.parse(terms.show(term))] - draws * share) < 5 * spread + 1


def test_random_decoding_gives_programs() -> None:
    choose = np.random.default_rng(1)
    request = Type.parse("list(int) -> int")
    decoder = TypedDecoder(LANGUAGE, request, 300, MAX_VARIABLES, max_nodes=25)
    while not decoder.done:
        scores = choose.random((300, PRODUCTIONS + MAX_VARIABLES)) * decoder.masks()
        decoder.push(scores.argmax(axis=1))
    finished = [term for term in decoder.terms() if term is not None]
    assert any("fix1" in str(term) for term in finished)
    for term in finished:
        assert LANGUAGE.eta_long(term, request) == term
        assert math.isfinite(Grammar.uniform(LANGUAGE).log_likelihood(term, request))


def test_search_finds_recursion_at_its_cost() -> None:
    grammar = Grammar.uniform(LANGUAGE)
    request = Type.parse("list(int) -> int")
    examples = [((xs,), len(xs)) for xs in ([3, 1, 2], [], [5], [0, 7, 7, 4])]
    result = grammar.search(request, examples, Budget(cpu_seconds=60, nats=20, slack_nats=0))
    assert LENGTH in [str(program) for program, _ in result.solutions]
    for program, cost in result.solutions:
        assert grammar.log_likelihood(program, request) == pytest.approx(-cost, abs=1e-9)
        outputs = LANGUAGE.evaluate(program, request, [inputs for inputs, _ in examples])
        assert outputs == [output for _, output in examples]


def likely_to_recur(
    abstractions: Sequence[str] = (), program: str = LENGTH, request: str = "list(int) -> int"
) -> Grammar:
    """A contextual grammar that prefers what the program is made of, the length of a list."""
    language = Language(MCCARTHY, [Term.parse(text) for text in abstractions])
    uses, _ = Grammar.count(language, [Term.parse(program)], [Type.parse(request)], [1.0])
    return Grammar(language, np.log(uses + 0.05))


def test_behaviours_are_those_of_their_programs() -> None:
    grammar = likely_to_recur([SUM])
    request = Type.parse("list(int) -> int")
    inputs = [([3, 1, 2],), ([4],), ([5, 5],), ([0, 7, 7, 4],)]
    found = grammar.behaviours(request, inputs, Budget(cpu_seconds=60, nats=9))
    assert LENGTH in [str(program) for program, _ in found]
    behaviours = set()
    for program, cost in found:
        assert grammar.log_likelihood(program, request) == pytest.approx(-cost, abs=1e-9)
        outputs = grammar.language.evaluate(program, request, inputs)
        behaviours.add(repr([None if isinstance(output, Failure) else output for output in outputs]))
    assert len(behaviours) == len(found)


EACH = "#(lambda (lambda (if (empty? $0) empty (cons ($1 (car $0)) empty))))"
TWICE = "#(lambda (if (gt? $0 1) $0 (+ $0 $0)))"


@pytest.mark.parametrize(
    ("program", "request_", "nats", "inputs"),
    [
        (LENGTH, "list(int) -> int", 7.0, [([2, 1],), ([],), ([4, 0, 3],)]),
        # abstractions: whether they run their arguments decides which programs never end
        (f"(lambda (fix1 $0 (lambda (lambda ({TWICE} (if (empty? $0) 0 ({TWICE} ($1 (cdr $0)))))))))",
         "list(int) -> int", 8.5, [([2, 1],), ([],), ([4, 0, 3],)]),
        (f"(lambda (fix1 $0 (lambda (lambda ({EACH} (lambda (+ $0 1)) (if (empty? $0) $0 ($1 (cdr $0))))))))",
         INTS, 9.0, [([2, 1],), ([],), ([4, 0, 3],)]),
        (INDEX, "int -> list(int) -> int", 7.5, [(1, [2, 3]), (0, [5]), (2, [4, 0, 3])]),
    ],
)  # fmt: skip
def test_searches_and_evaluation_agree_on_every_program(
    program: str, request_: str, nats: float, inputs: list[tuple[Any, ...]]
) -> None:
    """A search runs what is derived, but for what is plain to see not to end; evaluation runs the program."""
    grammar = likely_to_recur([text for text in (TWICE, EACH) if text in program], program, request_)
    request = Type.parse(request_)
    groups: dict[str, set[Term]] = {}
    outputs_of: dict[str, list[Any]] = {}
    for found, _ in grammar.enumerate(request, 0, nats, 100_000):
        outputs = grammar.language.evaluate(found, request, inputs)
        if not any(isinstance(output, Failure) for output in outputs):
            groups.setdefault(repr(outputs), set()).add(found)
            outputs_of[repr(outputs)] = outputs
    assert len(groups) > 5 and any("fix1" in str(found) for group in groups.values() for found in group)
    budget = Budget(cpu_seconds=60, nats=nats, slack_nats=nats, keep=100_000)
    for behaviour, programs in groups.items():
        examples = list(zip(inputs, outputs_of[behaviour], strict=True))
        result = grammar.search(request, examples, budget)
        assert {found for found, _ in result.solutions} == programs


@pytest.mark.parametrize("contextual", [False, True])
@pytest.mark.parametrize(
    ("request_", "program", "nats", "inputs"),
    [
        ("list(int) -> int", LENGTH, 11.0, [([2, 1],), ([1],), ([4, 0, 3],)]),
        ("int -> list(int) -> int", INDEX, 9.5, [(1, [2, 3]), (0, [5]), (2, [4, 0, 3])]),
    ],
)
def test_what_never_ends_is_left_out_and_nothing_else(
    request_: str, program: str, nats: float, inputs: list[tuple[Any, ...]], contextual: bool
) -> None:
    """With abstractions, whose arguments are run only if needed."""
    grammar = likely_to_recur([TWICE, EACH], program, request_)
    if not contextual:
        grammar = Grammar.uniform(grammar.language)
    budget = Budget(cpu_seconds=60, nats=nats, slack_nats=nats, keep=100_000)
    tasks = [[(given_, wanted(given_[-1])) for given_ in inputs] for wanted in (len, sum, min)]
    tasks += [[(given_, given_[-1][0]) for given_ in inputs], [(given_, 0) for given_ in inputs]]
    kept, whole = (
        grammar.search_many(Type.parse(request_), tasks, budget, config=SearchConfig(divergence=divergence))
        for divergence in (True, False)
    )
    assert [found.solutions for found in kept] == [found.solutions for found in whole]
    solutions = [str(solution) for found in kept for solution, _ in found.solutions]
    assert len(solutions) > 10 and (not contextual or any("fix1" in solution for solution in solutions))
    assert kept[0].programs < whole[0].programs


def test_programs_of_several_arguments_recur_on_all_of_them() -> None:
    request = Type.parse("int -> list(int) -> int")
    inputs = [(0, [8, 2]), (3, [9, 0, 9, 1, 6]), (1, [1, 9, 1]), (2, [6, 1, 9, 3])]
    assert LANGUAGE.evaluate(Term.parse(INDEX), request, inputs) == [8, 1, 9, 9]
    examples = [(given_, given_[1][given_[0]]) for given_ in inputs]
    grammar = likely_to_recur((), INDEX, str(request))
    found = grammar.search(request, examples, Budget(cpu_seconds=60, nats=20, slack_nats=0))
    assert found.stopped == "found" and INDEX in [str(program) for program, _ in found.solutions]


@pytest.mark.parametrize("body", ["($1 $0)", "(cons 1 ($1 (cdr $0)))", "(if (empty? ($1 $0)) $0 $0)"])
def test_a_program_that_never_ends_fails(body: str) -> None:
    program, request = Term.parse(f"(lambda (fix1 $0 (lambda (lambda {body}))))"), Type.parse(INTS)
    outputs = LANGUAGE.evaluate(program, request, [([],), ([1, 2],)])
    assert all(isinstance(output, Failure) for output in outputs)
