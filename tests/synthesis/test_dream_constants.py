"""Constants in dreams: every hole gets one, and dreams with constants can be run and learned from."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

import engine
from library.domain import get_domain
from library.refactoring import leaves
from library.snapshot import Library
from synthesis.dream_constants import HOLES, LONGEST, DreamConstants
from synthesis.dreaming import DreamConfig, make_dreams
from synthesis.rare_productions import rare_productions
from synthesis.recognition.dataset import MAX_VARIABLES, encode_dreams
from synthesis.task import load_tasks, parse_task

TEXTS = load_tasks(get_domain("text").shipped_tasks()[0], "text")
LANGUAGE = Library.initial("text").language


@given(st.integers(0, 1000))
def test_every_hole_is_filled_and_nothing_else_changes(seed: int) -> None:
    constants = DreamConstants(TEXTS, random.Random(seed))
    term = engine.Term.parse("(lambda (g REAL (cons STRING (lambda (f $0 STRING)))))")
    filled = constants.filled(term)
    before, after = list(leaves(term)), list(leaves(filled))
    for one, other in zip(before, after, strict=True):
        kind = {HOLES[0]: str, HOLES[1]: float}.get(one)
        assert one == other if kind is None else isinstance(other.constant_value, kind)
    whole = engine.Term.parse("(lambda (cons '-' $0))")
    assert constants.filled(whole) == whole


def test_texts_are_what_the_tasks_need() -> None:
    examples = [{"inputs": [name], "output": f"Dr. {name};"} for name in ("Ada", "Bo", "Cy")]
    task = parse_task({"name": "title", "examples": examples}, "text")
    assert {*DreamConstants([task], random.Random(0)).texts} == {"Dr. ", ";", ".", " "}
    assert all(0 < len(text) <= LONGEST for text in DreamConstants(TEXTS, random.Random(0)).texts)
    assert DreamConstants([], random.Random(0)).texts


def test_a_written_constant_uses_its_hole() -> None:
    hole = LANGUAGE.productions.index("STRING")
    written = [engine.Term.parse("(lambda (cons '-' \"ab\"))")]
    assert hole in rare_productions(LANGUAGE, [engine.Term.parse("(lambda $0)")])
    assert hole not in rare_productions(LANGUAGE, written)


def test_dreams_hold_constants_and_can_be_learned_from() -> None:
    library = Library.initial("text")
    tasks = [task for task in TEXTS if task.request == "list(char) -> list(char)"]
    dreams = make_dreams(library, [], tasks, DreamConfig(cpu_seconds=3.0, max_dreams=400)).dreams
    constants = [
        dream
        for dream in dreams
        if any(leaf.constant_value is not None for leaf in leaves(engine.Term.parse(dream.program)))
    ]
    assert constants and not any("STRING" in dream.program for dream in dreams)
    for dream in constants:
        request = engine.Type.parse(dream.request)
        inputs = [inputs for inputs, _ in dream.examples]
        term = engine.Term.parse(dream.program)
        assert library.language.evaluate(term, request, inputs) == [output for _, output in dream.examples]
        tokens, _, _ = engine.trace(library.language, term, request, MAX_VARIABLES)
        assert LANGUAGE.productions.index("STRING") in tokens
    data = encode_dreams(dreams, library.language, "texts")
    assert len(data) == len(dreams)


def test_reals_are_not_rare_in_dreams() -> None:
    library = Library.initial("regression")
    tasks = load_tasks(get_domain("regression").shipped_tasks()[0], "regression")
    dreams = make_dreams(library, [], tasks, DreamConfig(cpu_seconds=3.0, max_dreams=400)).dreams
    found = [leaf for dream in dreams for leaf in leaves(engine.Term.parse(dream.program))]
    reals = sum(leaf.constant_value is not None for leaf in found)
    variables = sum(leaf.kind == "index" for leaf in found)
    # Many of the programs that were drawn with a real behave like one without, which is likelier.
    assert variables / 10 < reals < variables, (reals, variables)
