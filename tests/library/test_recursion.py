"""Abstraction sleep in a language whose programs may call themselves."""

from __future__ import annotations

import math

import pytest

from engine import EngineError, Term, Type
from engine.python_form import from_python
from library.compression import FrontierPrograms, compress
from library.snapshot import Library
from tests.recursive_domain import LENGTH, NOT_DERIVED, each

REQUEST = "list(int) -> list(int)"
ELEMENTS = (
    "(+ (car $0) 1)",
    "(- (car $0) 1)",
    "(+ (car $0) (car $0))",
    "(- 0 (car $0))",
    "(+ 1 (+ 1 (car $0)))",
)


def test_recursive_programs_are_compressed_into_programs_that_are_derived() -> None:
    frontiers = [FrontierPrograms(element, REQUEST, ((each(element), 0.0),)) for element in ELEMENTS]
    result = compress(Library.initial("recursive"), frontiers)
    assert result.added
    assert result.description_length_after < result.description_length_before < math.inf
    for before, after in zip(frontiers, result.frontiers, strict=True):
        program, request = Term.parse(after.programs[0][0]), Type.parse(REQUEST)
        assert math.isfinite(result.library.grammar.log_likelihood(program, request))
        language, inputs = result.library.language, [([1, 2, 5],), ([],), ([7],)]
        expected = language.evaluate(Term.parse(before.programs[0][0]), request, inputs)
        assert language.evaluate(program, request, inputs) == expected


def test_a_program_that_is_not_derived_is_refused() -> None:
    frontier = FrontierPrograms("t", "list(int) -> int", ((LENGTH, 0.0), (NOT_DERIVED, 0.0)))
    with pytest.raises(EngineError, match="doesn't derive"):
        compress(Library.initial("recursive"), [frontier])


def test_the_python_form_reads_back() -> None:
    library = Library.initial("recursive")
    assert from_python(library.python(LENGTH, "list(int) -> int"), library.surface) == Term.parse(LENGTH)
