"""Compression by version spaces: the answer's form, exact rewriting, corpora that are too large."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import EngineError, Term
from library import version_space_compression
from library.stitch_form import cost
from library.version_space_compression import compress

STEP = "(lambda (lambda (if (empty? $0) empty (cons {} ($1 (cdr $0))))))"
RECURSIVE = [
    f"(lambda (fix1 $0 {STEP.format(element)}))"
    for element in ("(+ (car $0) 1)", "(* (car $0) (car $0))", "(- 0 (car $0))", "(mod (car $0) 2)")
]
IDIOMS = ["(f (g $0 1) {})", "(k (f (g {} 1) $0))", "(lambda (map (lambda (+ $0 {})) $0))", "(h {} {})"]


def parse(*tasks: list[str]) -> list[list[Term]]:
    return [[Term.parse(program) for program in task] for task in tasks]


def expanded(text: str, bodies: dict[str, str]) -> Term:
    """With every name's body in its place, normal."""
    for name, body in reversed(bodies.items()):
        text = text.replace(name, f"#{body}")
    return Term.parse(text).beta_normal(True)


def bodies(result: dict[str, object]) -> dict[str, str]:
    abstractions = result["abstractions"]
    assert isinstance(abstractions, list)
    return {abstraction["name"]: abstraction["body"] for abstraction in abstractions}


programs = st.builds(
    lambda idiom, parts: "(lambda " + idiom.format(*parts) + ")",
    st.sampled_from(IDIOMS),
    st.lists(st.sampled_from(["a", "1", "$0", "(g $0 1)", "(f a a)"]), min_size=2, max_size=2),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(programs, min_size=1, max_size=2), max_size=4), st.integers(0, 2))
def test_rewritten_programs_expand_back_exactly(corpus: list[list[str]], steps: int) -> None:
    tasks = parse(*corpus)
    result = compress(tasks, inversion_steps=steps, max_arity=2, iterations=3)
    originals = [term for task in tasks for term in task]
    assert len(result["rewritten"]) == len(originals)
    for text, original in zip(result["rewritten"], originals, strict=True):
        assert expanded(text, bodies(result)) == original.beta_normal(True)
    after = sum(cost(Term.parse(text)) for text in result["rewritten"])
    assert result["ratio"] == sum(map(cost, originals)) / max(1, after)
    assert all(abstraction["arity"] <= 2 for abstraction in result["abstractions"])
    assert result["notes"] == []


def test_map_is_found_and_later_abstractions_may_call_it() -> None:
    result = compress(parse(*([program] for program in RECURSIVE)), 2, 3, 2)
    first = result["abstractions"][0]
    assert first["name"] == "fn_0" and first["uses"] == 4
    assert first["body"] == f"(lambda (lambda (fix1 $0 {STEP.format('($3 (car $0))')})))"
    assert all(text.startswith(("(fn_0 ", "(lambda (fn_0 ")) for text in result["rewritten"])
    assert result["ratio"] > 3


def test_a_corpus_too_large_is_compressed_in_fewer_steps_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    full = version_space_compression.VersionSpaceSearchConfig
    monkeypatch.setattr(
        version_space_compression,
        "VersionSpaceSearchConfig",
        lambda **settings: full(**settings, max_nodes=5_000),
    )
    result = compress(parse(*([program] for program in RECURSIVE)), 3, 3, 2)
    assert result["notes"] and all(note.startswith("3 inversion steps") for note in result["notes"])
    originals = [Term.parse(program) for program in RECURSIVE]
    assert [expanded(text, bodies(result)) for text in result["rewritten"]] == originals


@pytest.mark.parametrize("corpus", [[], [[]], [["(f (g a 1))"]], [["a"], ["a"]]])
def test_nothing_to_find(corpus: list[list[str]]) -> None:
    result = compress(parse(*corpus), 2, 3, 5)
    assert result["abstractions"] == [] and result["notes"] == []
    assert result["rewritten"] == [program for task in corpus for program in task]


@pytest.mark.parametrize(("steps", "arity"), [(-1, 3), (101, 3), (1, -1)])
def test_settings_out_of_range_are_refused(steps: int, arity: int) -> None:
    with pytest.raises(EngineError):
        compress(parse(["(f a)"]), steps, arity, 1)
