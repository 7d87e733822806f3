"""Names and docstrings: readable, unique, and true."""

from __future__ import annotations

import pytest

from engine import Term, Type
from library.domain import get_domain
from library.naming import document, example_of, name_abstraction
from library.snapshot import Abstraction, surface_of

DOMAIN = get_domain("list")
LANGUAGE = DOMAIN.language()
FILTER = "#(lambda (lambda (fold $1 empty (lambda (lambda (if ($2 $1) (cons $1 $0) $0))))))"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("#(+ 1 (+ 1 1))", "constant_3"),
        ("#(- 0 1)", "constant_minus_1"),
        ("#(lambda (map (lambda (+ $0 1)) $0))", "map_add"),
        ("#(lambda (fold $0 0 (lambda (lambda (if (gt? $1 $0) $1 $0)))))", "largest"),
        (
            "#(lambda (lambda (fold $0 empty (lambda (lambda (if (gt? $1 $3) (cons $1 $0) $0))))))",
            "keep_greater",
        ),
        (FILTER, "keep"),
        ("#(lambda (cdr (cdr $0)))", "drop_two"),
        ("#(lambda (map (lambda (+ $0 (+ 1 (+ 1 1)))) $0))", "map_add_3"),
        ("#(lambda (lambda (- $0 $1)))", "subtract"),
        ("#(lambda (lambda (map (lambda (mod $0 $2)) $0)))", "map_mod"),
        ("#(lambda (lambda (if $1 $0 0)))", "function_if"),
        ("#(lambda (cons (+ 1 1)))", "cons_2"),
        ("#(lambda ($0 (+ 1 1)))", "function_2"),
        ("#(lambda ($0 (+ 1 1) (+ 1 (+ 1 1))))", "function_2_3"),
    ],
)
def test_names(body: str, name: str) -> None:
    assert name_abstraction(Term.parse(body), DOMAIN, LANGUAGE, ()) == name
    assert name_abstraction(Term.parse(body), DOMAIN, LANGUAGE, {name}) == f"{name}_v2"


def test_never_the_name_of_a_primitive() -> None:
    name = name_abstraction(Term.parse("#(lambda (car (car $0)))"), DOMAIN, LANGUAGE, ())
    assert name == "car_v2"


def named(name: str, body: str) -> Abstraction:
    return Abstraction(name, body, str(LANGUAGE.infer(Term.parse(body))), "", ("one", "two", "three"))


@pytest.mark.parametrize(
    ("abstraction", "example"),
    [
        (named("constant_3", "#(+ 1 (+ 1 1))"), "constant_3 == 3"),
        (named("add_all", "#(lambda (lambda (map (lambda (+ $0 $2)) $0)))"),
         "add_all(3, [4, 1, 5, 3, 9]) == [7, 4, 8, 6, 12]"),
        (named("empty_error", "#(lambda (car (cdr (range $0))))"), "empty_error(3) == 1"),
        (named("always_fails", "#(lambda (+ $0 (car empty)))"), None),
        (named("less", "#(lambda (lambda (- $0 $1)))"), "less(3, 2) == -1"),
    ],
)  # fmt: skip
def test_examples_were_run(abstraction: Abstraction, example: str | None) -> None:
    assert (
        example_of(abstraction, DOMAIN.language([abstraction.term]), surface_of(DOMAIN, (abstraction,)))
        == example
    )


def test_functions_as_arguments() -> None:
    keep = named("keep", FILTER)
    example = example_of(keep, DOMAIN.language([keep.term]), surface_of(DOMAIN, (keep,)))
    assert example is not None and example.startswith("keep([4, 1, 5, 3, 9], lambda ")


def test_docstring_is_one_line() -> None:
    three = named("constant_3", "#(+ 1 (+ 1 1))")
    user = named("plus_three", "#(lambda (+ $0 #(+ 1 (+ 1 1))))")
    language = DOMAIN.language([three.term, user.term])
    text = document(user, language, surface_of(DOMAIN, (three, user)))
    assert text == (
        "int -> int: lambda n: n + constant_3. plus_three(3) == 6. Learned from 'one', 'two' and 1 more."
    )
    assert Type.parse(user.type) == language.infer(user.term)
