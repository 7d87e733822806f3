"""The domains: their primitives, and that what their documentation shows is so."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engine import Likelihood, Limits, Term, Type
from engine.python_form import from_python, to_python
from library.domain import Domain, Primitive, UnknownDomain, get_domain
from library.domains import DOMAINS
from library.refactoring import leaves
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


TEXT_NAMES = [
    *NAMES[:16],
    "char-eq?",
    "STRING",
    "','",
    "'.'",
    "'-'",
    "SPACE",
    "LPAREN",
    "RPAREN",
]
PHYSICS_NAMES = [
    *("map", "zip", "fold", "empty", "cons", "car", "cdr"),
    *("power", "+.", "-.", "*.", "/.", "0.", "1.", "pi", "REAL"),
]
EVERY = [(domain, primitive) for domain in DOMAINS.values() for primitive in domain.primitives]
each_primitive = pytest.mark.parametrize(
    ("domain", "primitive"), EVERY, ids=[f"{domain.name}-{primitive.name}" for domain, primitive in EVERY]
)


@pytest.mark.parametrize(
    ("domain", "names"), [("list", NAMES), ("text", TEXT_NAMES), ("physics", PHYSICS_NAMES)]
)
def test_primitives_are_dreamcoders(domain: str, names: list[str]) -> None:
    primitives = get_domain(domain).primitives
    assert [primitive.name for primitive in primitives] == names
    language = get_domain(domain).language()
    assert language.productions == names
    assert [str(type) for type in language.types] == [
        str(Type.parse(primitive.type)) for primitive in primitives
    ]


@each_primitive
def test_examples_evaluate(domain: Domain, primitive: Primitive) -> None:
    example = primitive.example
    language = domain.language()
    request = Type.parse(example.request)
    program = language.eta_long(Term.parse(example.program), request)
    written = [leaf for leaf in leaves(program) if leaf.constant_value is not None]
    assert Term.primitive(primitive.name) in leaves(program) or (
        primitive.name in ("STRING", "REAL") and written
    )
    assert language.evaluate(program, request, [example.inputs], Limits()) == [example.output]


@each_primitive
def test_python_form_reads_back(domain: Domain, primitive: Primitive) -> None:
    surface = surface_of(domain)
    term = Term.parse(primitive.example.program)
    text = to_python(term, surface, primitive.example.request)
    assert from_python(text, surface) == term


@each_primitive
def test_docs_are_one_line_and_show_the_python_form(domain: Domain, primitive: Primitive) -> None:
    assert "\n" not in primitive.doc
    kind, _, spelling = primitive.python.partition(":")
    if kind in ("call", "binary", "literal"):
        assert spelling in primitive.doc


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=lambda domain: domain.name)
def test_what_a_domain_says_of_itself_is_in_its_language(domain: Domain) -> None:
    names = {primitive.name for primitive in domain.primitives}
    assert domain.partial.keys() <= names
    for pattern, _ in domain.idioms:
        used = {
            str(leaf)
            for leaf in leaves(Term.parse(pattern))
            if leaf.kind == "primitive" and leaf.constant_value is None
        }
        assert used - {"_"} <= names, pattern
    for records in domain.shipped_tasks():
        assert domain.scalars >= {
            name for record in records for name in re.findall(r"int|bool|char|real", record["request"])
        }


@pytest.mark.parametrize(
    ("name", "scalars"),
    [("list", {"int", "bool"}), ("text", {"int", "bool", "char"}), ("physics", {"real"})],
)
def test_scalars_are_what_types_are_made_of(name: str, scalars: set[str]) -> None:
    assert get_domain(name).scalars == scalars


def test_domains_are_exact_unless_they_say_otherwise() -> None:
    assert get_domain("list").likelihood == Likelihood.exact()
    assert replace(get_domain("list"), likelihood=Likelihood.gaussian(1.0)) != get_domain("list")


def test_unknown_domain_lists_the_known() -> None:
    with pytest.raises(UnknownDomain, match=r"'lists'; the domains are: .*list.*text"):
        get_domain("lists")
