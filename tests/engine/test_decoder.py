"""The typed decoder offers exactly what the reference grammar allows, token by token."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given

from engine import EngineError, Language, Term, Type, TypedDecoder, UnknownName, trace
from tests.reference import terms, types
from tests.reference.evaluation import LIST_PRIMITIVES
from tests.reference.generation import ProgramSource
from tests.reference.grammar import Hole, ReferenceGrammar
from tests.strategies import programs

ABSTRACTION = "#(lambda (map (lambda (+ $0 1)) $0))"
LANGUAGE = Language(LIST_PRIMITIVES, [Term.parse(ABSTRACTION)])
PRODUCTIONS = len(LANGUAGE.productions)
MAX_VARIABLES = 10
_TYPES = {name: types.parse(type_) for name, type_ in LIST_PRIMITIVES}
ROWS = 2 + sum(len(types.arguments(type_)) for type_ in _TYPES.values()) + 1
REFERENCE = ReferenceGrammar(
    [(terms.Primitive(name), type_) for name, type_ in _TYPES.items()]
    + [(terms.parse(ABSTRACTION), types.infer(terms.parse(ABSTRACTION), _TYPES))],
    [[0.0] * (PRODUCTIONS + 1)] * ROWS,
)


def mask_of(hole: Hole) -> list[int]:
    allowed = {candidate.token for candidate in hole.candidates}
    return [int(token in allowed) for token in range(PRODUCTIONS + MAX_VARIABLES)]


@given(programs(depth=4))
def test_a_trace_is_what_the_reference_sees(program: tuple[terms.Term, str]) -> None:
    term, request = program
    holes = REFERENCE.holes(term, types.parse(request))
    tokens, contexts, masks = trace(
        LANGUAGE, Term.parse(terms.show(term)), Type.parse(request), MAX_VARIABLES
    )
    assert tokens.tolist() == [hole.chosen.token for hole in holes]
    assert contexts.tolist() == [hole.row for hole in holes]
    assert masks.tolist() == [mask_of(hole) for hole in holes]


def test_decoding_programs_side_by_side() -> None:
    """Each row is fed one program's tokens; masks, contexts and terms must be that program's."""
    choose, request = random.Random(5), "list(int) -> list(int)"
    drawn = [ProgramSource(depth=4).program(choose, request) for _ in range(40)]
    holes = [REFERENCE.holes(term, types.parse(request)) for term in drawn]
    kept = [i for i in range(len(drawn)) if len(holes[i]) <= 200]
    decoder = TypedDecoder(LANGUAGE, Type.parse(request), len(kept), MAX_VARIABLES, max_nodes=200)
    step = 0
    while not decoder.done:
        masks, contexts = decoder.masks(), decoder.contexts()
        assert masks.shape == (len(kept), PRODUCTIONS + MAX_VARIABLES)
        pushed = []
        for row, i in enumerate(kept):
            if step < len(holes[i]):
                hole = holes[i][step]
                assert masks[row].tolist() == mask_of(hole)
                assert contexts[row] == hole.row
                pushed.append(hole.chosen.token)
            else:
                assert not masks[row].any()
                pushed.append(-1)
        decoder.push(np.array(pushed, dtype=np.int64))
        step += 1
    assert [str(term) for term in decoder.terms()] == [terms.show(drawn[i]) for i in kept]


@pytest.mark.parametrize(
    "request_",
    ["list(int) -> list(int)", "int -> bool", "list(int) -> int -> list(bool)", "(int -> int) -> int -> int"],
)
def test_random_decoding_gives_well_typed_programs(request_: str) -> None:
    generator = np.random.default_rng(0)
    decoder = TypedDecoder(LANGUAGE, Type.parse(request_), 300, MAX_VARIABLES, max_nodes=25)
    while not decoder.done:
        scores = generator.random((300, PRODUCTIONS + MAX_VARIABLES)) * decoder.masks()
        decoder.push(scores.argmax(axis=1))
    finished = [term for term in decoder.terms() if term is not None]
    assert 20 < len(finished) <= 300
    for term in finished:
        assert LANGUAGE.eta_long(term, Type.parse(request_)) == term
        tokens, _, _ = trace(LANGUAGE, term, Type.parse(request_))
        assert len(tokens) <= 25


def test_a_row_that_takes_a_forbidden_token_is_given_up() -> None:
    decoder = TypedDecoder(LANGUAGE, Type.parse("int -> int"), 4)
    plus = LANGUAGE.productions.index("+")
    zero = LANGUAGE.productions.index("0")
    empty = LANGUAGE.productions.index("empty")
    decoder.push(np.array([zero, empty, 10**12, plus]))
    assert not decoder.done
    assert not decoder.masks()[:3].any()
    decoder.push(np.array([0, 0, 0, zero]))
    decoder.push(np.array([0, 0, 0, PRODUCTIONS]))
    assert decoder.done
    assert [term and str(term) for term in decoder.terms()] == ["(lambda 0)", None, None, "(lambda (+ 0 $0))"]


def test_a_row_that_nothing_fits_is_given_up() -> None:
    language = Language([("f", "bool -> int")])
    decoder = TypedDecoder(language, Type.parse("int"), 2)
    decoder.push(np.array([0, 0]))
    assert not decoder.masks().any()
    assert decoder.done
    assert decoder.terms() == [None, None]


def test_too_many_nodes() -> None:
    decoder = TypedDecoder(LANGUAGE, Type.parse("int"), 1, max_nodes=2)
    decoder.push(np.array([LANGUAGE.productions.index("+")]))
    assert decoder.done and decoder.terms() == [None]


def test_arrays_of_another_length_are_refused() -> None:
    decoder = TypedDecoder(LANGUAGE, Type.parse("int"), 3)
    with pytest.raises((EngineError, TypeError)):
        decoder.push(np.array([0, 0]))


@pytest.mark.parametrize("bounds", [{"count": 0}, {"max_variables": 0}, {"max_nodes": 0}])
def test_bounds_that_make_no_sense(bounds: dict[str, int]) -> None:
    with pytest.raises(EngineError):
        TypedDecoder(LANGUAGE, Type.parse("int"), **{"count": 1, **bounds})


@pytest.mark.parametrize(
    "text", ["(map car)", "(lambda (car $0))", "(lambda $1)", "(lambda ((lambda $0) $0))"]
)
def test_no_trace_of_what_is_not_eta_long(text: str) -> None:
    with pytest.raises(EngineError):
        trace(LANGUAGE, Term.parse(text), Type.parse("list(int) -> list(int)"))


def test_no_trace_of_unknown_names() -> None:
    with pytest.raises(UnknownName):
        trace(LANGUAGE, Term.parse("(lambda (frobnicate $0))"), Type.parse("int -> int"))
