"""The list domain: its primitives, and that what their documentation shows is so."""

from __future__ import annotations

import pytest

from engine import Limits, Term, Type
from engine.python_form import from_python, to_python
from library.domain import Primitive, UnknownDomain, get_domain
from library.domains.list import PRIMITIVES
from library.snapshot import surface_of

NAMES = [
    "map",
    "unfold",
    "range",
    "index",
    "fold",
    "length",
    "if",
    "+",
    "-",
    "empty",
    "cons",
    "car",
    "cdr",
    "empty?",
    "0",
    "1",
    "*",
    "mod",
    "gt?",
    "eq?",
    "is-prime",
    "is-square",
]


def test_primitives_are_dreamcoders_in_its_order() -> None:
    assert [primitive.name for primitive in PRIMITIVES] == NAMES
    language = get_domain("list").language()
    assert language.productions == NAMES
    assert [str(type) for type in language.types] == [
        str(Type.parse(primitive.type)) for primitive in PRIMITIVES
    ]


@pytest.mark.parametrize("primitive", PRIMITIVES, ids=lambda primitive: primitive.name)
def test_examples_evaluate(primitive: Primitive) -> None:
    example = primitive.example
    language = get_domain("list").language()
    request = Type.parse(example.request)
    program = language.eta_long(Term.parse(example.program), request)
    assert primitive.name in example.program.replace("(", " ").replace(")", " ").split()
    assert language.evaluate(program, request, [example.inputs], Limits()) == [example.output]


@pytest.mark.parametrize("primitive", PRIMITIVES, ids=lambda primitive: primitive.name)
def test_python_form_reads_back(primitive: Primitive) -> None:
    surface = surface_of(get_domain("list"))
    term = Term.parse(primitive.example.program)
    text = to_python(term, surface, primitive.example.request)
    assert from_python(text, surface) == term


def test_docs_are_one_line_and_show_the_python_form() -> None:
    for primitive in PRIMITIVES:
        assert "\n" not in primitive.doc
        kind, _, spelling = primitive.python.partition(":")
        if kind in ("call", "binary", "literal"):
            assert spelling in primitive.doc


def test_unknown_domain_lists_the_known() -> None:
    with pytest.raises(UnknownDomain, match="'lists'; the domains are: list"):
        get_domain("lists")
