"""Search in string grammars: what is found fits, and is the cheapest where that is known."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Budget, Cancellation, EngineError, StringGrammar
from library.domains import strings_python as strings

S, N, B = 0, 1, 2
SORTS = ["str", "int", "bool"]
RULES: list[tuple[int, str, list[int], float, Any]] = [
    (S, "input", [], 1.5, 0),
    (S, "input", [], 2.0, 1),
    (S, "constant", [], 2.5, "-"),
    (S, "constant", [], 3.0, ", "),
    (S, "str.++", [S, S], 1.0, None),
    (S, "str.at", [S, N], 2.0, None),
    (S, "str.substr", [S, N, N], 1.5, None),
    (S, "str.replace", [S, S, S], 2.0, None),
    (S, "if", [B, S, S], 2.5, None),
    (N, "constant", [], 1.0, 0),
    (N, "constant", [], 1.5, 1),
    (N, "+", [N, N], 1.5, None),
    (N, "-", [N, N], 2.0, None),
    (N, "str.len", [S], 1.5, None),
    (N, "str.indexof", [S, S, N], 2.0, None),
    (B, "str.contains", [S, S], 1.0, None),
    (B, "str.suffixof", [S, S], 1.5, None),
]
FUNCTIONS: dict[str, Any] = {
    "str.++": strings.concat,
    "str.at": strings.char_at,
    "str.substr": strings.substring,
    "str.replace": strings.replace_first,
    "if": lambda condition, one, other: one if condition else other,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "str.len": strings.length,
    "str.indexof": strings.index_of,
    "str.contains": strings.contains,
    "str.suffixof": strings.is_suffix,
}
INPUTS = [("ab-cd", "x"), ("e-f", "yy"), ("gh-ijk-l", "z, w"), ("m-", "-")]


def value(derivation: list[int], inputs: tuple[str, ...], rules: Any = RULES) -> Any:
    """What a derivation in prefix order gives, and nothing left over."""
    numbers = iter(derivation)

    def part() -> Any:
        _, operation, arguments, _, operand = rules[next(numbers)]
        if operation in ("input", "constant"):
            return inputs[operand] if operation == "input" else operand
        return FUNCTIONS[operation](*[part() for _ in arguments])

    found = part()
    assert next(numbers, None) is None
    return found


def cost(derivation: list[int], rules: Any = RULES) -> float:
    return sum(rules[number][3] for number in derivation)


@st.composite
def derivations(draw: st.DrawFn, nonterminal: int = S, depth: int = 3) -> list[int]:
    allowed = [
        number
        for number, (of, _, arguments, _, _) in enumerate(RULES)
        if of == nonterminal and (depth > 0 or not arguments)
    ]
    if not allowed:  # a truth value has no leaves
        allowed = [number for number, rule in enumerate(RULES) if rule[0] == nonterminal]
    number = draw(st.sampled_from(allowed))
    parts = [draw(derivations(argument, depth - 1)) for argument in RULES[number][2]]
    return [number, *itertools.chain(*parts)]


@settings(max_examples=60, deadline=None)
@given(derivations())
def test_what_is_found_fits_and_costs_no_more_than_what_is_known(known: list[int]) -> None:
    examples = [(inputs, value(known, inputs)) for inputs in INPUTS]
    grammar = StringGrammar(SORTS, RULES, S)
    result = grammar.search(["str", "str"], examples, Budget(programs=200_000, cpu_seconds=0))
    if result.program:
        assert [value(result.program, inputs) for inputs in INPUTS] == [output for _, output in examples]
        assert result.nats == pytest.approx(cost(result.program))
        assert result.nats < cost(known) + 1 or result.stopped == "found", "a layer is half a nat wide"
    else:
        assert cost(known) > result.explored_nats - 1


SMALL = [rule for rule in RULES if rule[1] in ("input", "constant", "str.at", "str.len", "-")]


def test_the_cheapest_is_found_where_all_can_be_listed() -> None:
    """Every expression below 12 nats, in a grammar without pieces: the search gives none a dearer one."""
    kept: dict[int, list[tuple[float, list[int]]]] = {S: [], N: []}
    for _ in range(4):
        known = {of: list(each) for of, each in kept.items()}
        kept = {S: [], N: []}
        for number, (of, _, arguments, nats, _) in enumerate(SMALL):
            for parts in itertools.product(*(known[argument] for argument in arguments)):
                total = nats + sum(part[0] for part in parts)
                if total < 12:
                    kept[of].append((total, [number, *itertools.chain(*(part[1] for part in parts))]))
    least: dict[tuple[Any, ...], float] = {}
    for nats, derivation in kept[S]:
        outputs = tuple(value(derivation, inputs, SMALL) for inputs in INPUTS)
        least[outputs] = min(nats, least.get(outputs, math.inf))
    grammar = StringGrammar(SORTS[:2], SMALL, S)
    assert len(least) > 20
    for outputs, nats in least.items():
        result = grammar.search(
            ["str", "str"], list(zip(INPUTS, outputs, strict=True)), Budget(nats=0, programs=10**6)
        )
        assert (
            result.program
            and result.nats <= nats + 0.5
            and result.nats == pytest.approx(cost(result.program, SMALL))
        )


def solve(function: Any, inputs: list[tuple[str, ...]], programs: int = 2_000_000) -> list[int]:
    grammar = StringGrammar(SORTS, RULES, S)
    examples = [(each, function(*each)) for each in inputs]
    return grammar.search(["str", "str"], examples, Budget(programs=programs, cpu_seconds=0)).program


def test_rows_of_deep_pieces_are_explained() -> None:
    def after(s: str, t: str) -> str:
        return f"{t}, {s[s.index('-') + 1 :]}-{s[0]}-{s[: s.index('-')]}"

    inputs = [("ab-cd", "x"), ("e-fgh", "yy"), ("gh-ijk", "zw"), ("klmno-p", "q")]
    found = solve(after, inputs)
    assert found
    for each in [*inputs, ("rs-tuv", "abc"), ("w-x", "y")]:
        assert value(found, each) == after(*each)


def test_examples_are_divided_by_conditions() -> None:
    def choose(s: str, t: str) -> str:
        return f"{s}, {t}" if "-" in s else f"{t}-{s}-{t}"

    inputs = [("a-b", "c"), ("de", "f"), ("g-", "hi"), ("jkl", "m"), ("-n", "o"), ("p", "q")]
    found = solve(choose, inputs)
    assert found
    for each in [*inputs, ("rst-u", "v"), ("w", "xyz")]:
        assert value(found, each) == choose(*each)


def test_of_many_examples_all_are_satisfied() -> None:
    inputs = [("a" * n + "-" + "b" * (n % 7), "c" * (n % 3)) for n in range(1, 120)]
    inputs[100] = ("no hyphen here", "x")

    def cut(s: str, t: str) -> str:
        return s[: s.index("-")] + t if "-" in s else t

    found = solve(cut, inputs)
    assert found and all(value(found, each) == cut(*each) for each in inputs)


def test_numbers_and_truth_values_are_found_too() -> None:
    numbers = StringGrammar(SORTS, RULES, N).search(
        ["str", "str"], [(each, len(each[0]) - 1) for each in INPUTS], Budget(programs=100_000)
    )
    assert [value(numbers.program, each) for each in INPUTS] == [len(each[0]) - 1 for each in INPUTS]
    truths = StringGrammar(SORTS, RULES, B).search(
        ["str", "str"], [(each, each[0].endswith("-")) for each in INPUTS], Budget(programs=100_000)
    )
    assert [value(truths.program, each) for each in INPUTS] == [each[0].endswith("-") for each in INPUTS]


def test_what_cannot_be_is_not_found() -> None:
    contradictory = [(("a", "b"), "c"), (("a", "b"), "d")]
    result = StringGrammar(SORTS, RULES, S).search(["str", "str"], contradictory, Budget(programs=50_000))
    assert not result.program and result.stopped == "programs" and result.programs >= 50_000
    leaf = StringGrammar(["str"], [(0, "input", [], 1.0, 0)], 0)
    assert leaf.search(["str"], [(("a",), "b")], Budget(cpu_seconds=5)).stopped == "exhausted"


def test_a_cancelled_search_ends() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    result = StringGrammar(SORTS, RULES, S).search(
        ["str", "str"], [(("a", "b"), "no such text")], Budget(cpu_seconds=60), cancellation
    )
    assert result.stopped == "cancelled"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ((0, "str.len", [0], 1.0, None), "sorts"),
        ((0, "str.++", [0], 1.0, None), "sorts"),
        ((0, "map", [0, 0], 1.0, None), "isn't one on strings"),
        ((0, "constant", [], 1.0, 3), "another sort"),
        ((0, "constant", [], 0.1, "a"), "0.5"),
        ((0, "constant", [], math.inf, "a"), "0.5"),
        ((0, "input", [], 1.0, "a"), "no input"),
        ((3, "constant", [], 1.0, "a"), "nonterminal"),
        ((0, "str.++", [0, 9], 1.0, None), "nonterminal"),
    ],
)
def test_rules_that_do_not_fit_are_refused(rule: Any, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        StringGrammar(SORTS, [rule], 0)


def test_examples_that_do_not_fit_are_refused() -> None:
    grammar = StringGrammar(SORTS, RULES, S)
    for inputs, examples in [
        (["str"], [(("a",), "b")]),  # the second input is named by a rule
        (["str", "int"], [(("a", 1), "b")]),
        (["str", "str"], [(("a",), "b")]),
        (["str", "str"], [(("a", "b"), 1)]),
        (["str", "str"], []),
    ]:
        with pytest.raises(EngineError):
            grammar.search(inputs, examples, Budget(programs=10))
