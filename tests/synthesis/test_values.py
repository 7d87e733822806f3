"""Reals, characters and texts in examples: read, typed, judged by a likelihood, shown to the network."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dashboard.formats import value as shown
from engine import Likelihood, Term, Type
from library.domain import Domain
from library.domains import DOMAINS
from library.snapshot import Library
from prompts import example_line
from synthesis.frontier import Frontier
from synthesis.prior import FittedPrior
from synthesis.recognition.encoder import SLOTS, VOCABULARY, request_features, token_magnitudes, value_tokens
from synthesis.task import Task, TaskError, contradiction, parse_task
from synthesis.value import (
    MAX_TEXT_LENGTH,
    MAX_VALUES,
    ValueProblem,
    check_value,
    conform,
    join,
    parse_request,
    type_of,
)
from synthesis.wake import WakeBudget, wake
from tests.mixed_domain import MIXED, judged_by


@pytest.fixture(autouse=True)
def mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DOMAINS, MIXED.name, MIXED)


def read(*examples: tuple[list[Any], Any], **more: Any) -> Task:
    pairs = [{"inputs": inputs, "output": output} for inputs, output in examples]
    return parse_task({"name": "a task", "examples": pairs, **more}, "mixed")


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
scalars = {
    "int": st.integers(-(1 << 63), (1 << 63) - 1),
    "bool": st.booleans(),
    "real": st.floats(allow_nan=False, allow_infinity=False).map(lambda real: real + 0.0),
    "list(char)": st.text(characters, max_size=12),
}


def of_type(type_: str) -> st.SearchStrategy[Any]:
    known = scalars.get(type_)
    return known if known is not None else st.lists(of_type(type_[5:-1]), min_size=1, max_size=3)


typed = st.recursive(
    st.sampled_from(sorted(scalars)), lambda inner: inner.map(lambda type_: f"list({type_})"), max_leaves=2
).flatmap(lambda type_: st.tuples(st.just(type_), of_type(type_)))


@given(typed)
def test_values_keep_their_type_through_json(pair: tuple[str, Any]) -> None:
    type_, value = pair
    back = json.loads(json.dumps(value, allow_nan=False))
    check_value(back)
    assert type_of(back) == type_
    assert repr(conform(back, type_)) == repr(value)
    assert isinstance(shown(back), str)


@given(typed, typed)
def test_a_value_is_of_one_type_only(one: tuple[str, Any], other: tuple[str, Any]) -> None:
    joined = join(one[0], other[0])
    assert joined == join(other[0], one[0])
    if one[0] == other[0]:
        assert joined == one[0]
    elif joined is not None:  # an integer among reals
        assert joined == one[0].replace("int", "real") == other[0].replace("int", "real")
        assert conform(one[1], joined) is not None and conform(other[1], joined) is not None
    else:
        assert conform(one[1], other[0]) is None


def test_requests_are_spelled_as_the_engine_spells_them() -> None:
    for text in ("str -> list(str) -> char", "list(list(real)) -> real", "list( char )->bool"):
        arguments, returns = parse_request(text)
        assert [*arguments, returns] == [
            str(part) for part in (*Type.parse(text).arguments, Type.parse(returns))
        ]


def test_integers_stand_for_reals() -> None:
    task = read(([1, [2]], 1), ([0.5, [-0.0, 3]], 2.5))
    assert task.request == "real -> list(real) -> real"
    assert repr(task.examples[0].inputs) == "(1.0, [2.0])" and repr(task.examples[0].output) == "1.0"
    assert repr(task.examples[1].inputs) == "(0.5, [0.0, 3.0])"
    assert parse_task(task.to_json(), "mixed") == task


def test_texts_characters_and_lists_of_texts() -> None:
    task = read((["a b", " "], ["a", "b"]), request="str -> char -> list(str)")
    assert task.request == "list(char) -> char -> list(list(char))"
    assert read(([""], "é"), (["x"], "")).request == "list(char) -> list(char)"


HALF = "\ud800"
BAD: dict[str, tuple[list[tuple[list[Any], Any]], dict[str, Any], str, str]] = {
    "NaN": ([([1.0], math.nan)], {}, "ill-typed", "isn't finite"),
    "infinity": ([([-math.inf], 1.0)], {}, "ill-typed", "isn't finite"),
    "NUL": ([(["a\0"], "")], {}, "malformed", "NUL"),
    "half a character": ([([HALF], "")], {}, "malformed", "surrogate"),
    "long text": ([(["a" * (MAX_TEXT_LENGTH + 1)], "")], {}, "malformed", "shorten it to 10000"),
    "too much text": ([(["a" * MAX_TEXT_LENGTH] * 6, "a" * MAX_TEXT_LENGTH)] * 2, {}, "malformed", "values"),
    "real for int": ([([1.0], 1)], {"request": "int -> int"}, "ill-typed", "input 1 is 1.0, of type real"),
    "bool for real": ([([True], 1.0)], {"request": "real -> real"}, "ill-typed", "of type bool"),
    "text for char": ([(["ab"], "a")], {"request": "char -> str"}, "ill-typed", "the request says char"),
    "empty char": ([([""], "a")], {"request": "char -> str"}, "ill-typed", "the request says char"),
    "list for text": ([([["a"]], "a")], {"request": "str -> str"}, "ill-typed", "list(list(char))"),
    "empty list for text": (
        [([[]], "a")],
        {"request": "str -> str"},
        "ill-typed",
        "the request says list(char)",
    ),
    "text among numbers": ([([[1, "a"]], 1)], {}, "ill-typed", "mixes int and list(char)"),
    "text among lists": ([([[[], "a"]], 1)], {}, "ill-typed", "mixes"),
    "bool among reals": ([([[0.5, True]], 1)], {}, "ill-typed", "mixes real and bool"),
    "text after a number": ([([1], 1), (["a"], 1)], {}, "ill-typed", "before it is int"),
}


@pytest.mark.parametrize(("examples", "more", "kind", "says"), BAD.values(), ids=BAD.keys())
def test_what_is_no_value(
    examples: list[tuple[list[Any], Any]], more: dict[str, Any], kind: str, says: str
) -> None:
    with pytest.raises(TaskError) as caught:
        read(*examples, **more)
    assert caught.value.kind == kind and caught.value.example is not None and says in str(caught.value)


def test_what_the_domain_has_no_type_for() -> None:
    for document, kind in (({"request": "str -> int"}, "unsupported"), ({}, "ill-typed")):
        with pytest.raises(TaskError, match="'list' has no char") as caught:
            parse_task({"name": "t", "examples": [{"inputs": ["a"], "output": 1}], **document}, "list")
        assert caught.value.kind == kind


def test_all_values_are_bounded_together() -> None:
    assert check_value(["ab", "", "c"]) == MAX_VALUES - 7  # the list, three texts, three characters
    with pytest.raises(ValueProblem):
        check_value("abc", budget=3)


# ---- likelihoods


def noisy(likelihood: Likelihood, monkeypatch: pytest.MonkeyPatch) -> Library:
    domain: Domain = judged_by(likelihood)
    monkeypatch.setitem(DOMAINS, domain.name, domain)
    return Library.initial(domain.name)


def test_programs_are_found_and_kept_by_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    library = noisy(Likelihood.gaussian(0.1), monkeypatch)
    task = read(*(([x], 2.0 * x + off) for x, off in ((1.0, 0.05), (2.0, -0.02), (3.5, 0.01), (5.0, 0.03))))
    attempt = wake(task, library, [FittedPrior(library.grammar)], WakeBudget(5.0, programs=20_000))
    best = attempt.entries[0]
    request = Type.parse(task.request)
    assert library.language.evaluate(Term.parse(best.program), request, [[7.0]]) == [14.0]
    squares = 0.05**2 + 0.02**2 + 0.01**2 + 0.03**2
    assert best.log_likelihood == pytest.approx(-0.5 * squares / 0.1**2)
    assert all(entry.log_likelihood < 0 and math.isfinite(entry.log_likelihood) for entry in attempt.entries)
    posteriors = [entry.log_posterior for entry in attempt.entries]
    assert posteriors == sorted(posteriors, reverse=True)
    kept = Frontier(task.name, task.request).with_entries(attempt.entries).rescored(library)
    assert [entry.log_likelihood for entry in kept.entries] == [e.log_likelihood for e in attempt.entries]


def test_measured_twice_is_no_contradiction_under_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = (([1.0], 2.0), ([1.0], 2.001))
    with pytest.raises(TaskError, match="examples 1 and 2"):
        read(*examples)
    noisy(Likelihood.tolerance(relative=0.01), monkeypatch)
    assert contradiction(read(*examples)) is None
    with pytest.raises(TaskError, match="examples 1 and 3"):
        read(*examples, ([1.0], 3.0))
    noisy(Likelihood.gaussian(1.0), monkeypatch)
    assert contradiction(read(*examples, ([1.0], 3.0))) is None
    with pytest.raises(TaskError):  # what a likelihood says nothing about is exact
        read(([1.0], True), ([1.0], False))


def test_texts_are_solved_with_constants_of_their_own() -> None:
    library = Library.initial("mixed")
    task = read(*(([text], text + " Ltd") for text in ("ab", "c", "de f")))
    attempt = wake(task, library, [FittedPrior(library.grammar)], WakeBudget(5.0, programs=300_000))
    assert attempt.entries and '" Ltd"' in attempt.entries[0].program
    assert attempt.entries[0].log_likelihood == 0


# ---- the network's view, and the prompts'


@given(st.lists(typed, min_size=1, max_size=3))
def test_every_value_has_tokens(pairs: list[tuple[str, Any]]) -> None:
    values = [value for _, value in pairs]
    for name, slots in SLOTS.items():
        row = slots.encode_example(values, values[0])
        assert len(row) == slots.width and all(0 <= token < VOCABULARY for token in row[:-2]), name
        assert row[-1] == min(len(value_tokens(values[0])), 1000)


@given(scalars["real"].filter(bool), st.text(st.characters(codec="ascii", exclude_characters="\0")))
def test_tokens_tell_signs_magnitudes_and_letters(real: float, text: str) -> None:
    size = token_magnitudes()
    assert math.copysign(1, size[value_tokens(real)[0]]) == math.copysign(1, real)
    assert value_tokens(real)[0] != value_tokens(-real)[0] and value_tokens(real)[1] == value_tokens(-real)[1]
    printable = "".join(letter for letter in text if letter.isprintable())
    tokens = dict(zip(printable, value_tokens(printable), strict=True))
    assert len(set(tokens.values())) == len(tokens)


def test_reals_of_one_magnitude_share_a_token() -> None:
    size = token_magnitudes()
    tokens = [value_tokens(real) for real in (0.012, 0.5, 1.0, 9.94, 20.0, 3e3, 1e30)]
    orders = [size[first] for first, _ in tokens]
    assert orders == sorted(orders) and orders[2] == orders[3] < orders[4]
    assert size[tokens[2][1]] < size[tokens[3][1]]
    assert value_tokens(0.0) == value_tokens(-0.0) and len(value_tokens(0.0)) == 1


def test_requests_of_reals_and_texts_are_told_apart() -> None:
    texts = ("real -> real", "list(char) -> list(char)", "char -> list(char)", "int -> int", "tower -> int")
    assert len({request_features(Type.parse(text)).tobytes() for text in texts}) == len(texts)


def test_prompts_and_pages_write_values() -> None:
    assert example_line(["a b", [1, 2]], ["c d"]) == "'a b';[1,2]=['c d']"
    assert shown(['a "b"', 1 / 3, True, 2.0]) == '["a \\"b\\"", 0.3333, true, 2.0]'
