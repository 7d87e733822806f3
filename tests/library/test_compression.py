"""Abstraction sleep on hand-written solutions: shorter in total, and never another meaning."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from engine import Limits, Term, Type
from library.compression import CompressionConfig, CompressionResult, FrontierPrograms, compress
from library.domain import get_domain
from library.refactoring import substitute
from library.snapshot import Abstraction, Library


@pytest.fixture(scope="module")
def result(frontiers: tuple[FrontierPrograms, ...]) -> CompressionResult:
    return compress(Library.initial("list"), frontiers)


def random_inputs(request: Type, count: int = 20) -> list[tuple[Any, ...]]:
    rng = random.Random(7)

    def value(type: Type) -> Any:
        if type.constructor == "list":
            return [value(type.parameters[0]) for _ in range(rng.randint(0, 6))]
        return rng.randint(-3, 12)

    return [tuple(value(argument) for argument in request.arguments) for _ in range(count)]


def outputs(program: Term, request: Type) -> list[str]:
    """Values, or how they fail, on random inputs."""
    language = get_domain("list").language()
    found = language.evaluate(language.eta_long(program, request), request, random_inputs(request), Limits())
    return [repr(value) if isinstance(value, int | list) else value.reason for value in found]


def test_shorter_with_useful_abstractions(result: CompressionResult) -> None:
    assert result.description_length_after < result.description_length_before
    useful = [abstraction for abstraction in result.added if result.uses[abstraction.name] >= 2]
    assert len(useful) >= 3
    names = {abstraction.name for abstraction in result.library.abstractions}
    assert names == set(result.tasks_using) == set(result.gains)
    assert all(gain > 0 for gain in result.gains.values())  # else it would have been retired


def test_tasks_using_an_abstraction_are_those_whose_best_program_has_it(result: CompressionResult) -> None:
    best = [(frontier.task, frontier.programs[0][0]) for frontier in result.frontiers if frontier.programs]
    for abstraction in result.library.abstractions:
        expected = tuple(task for task, program in best if abstraction.body in program)
        assert result.tasks_using[abstraction.name] == expected
        assert result.uses[abstraction.name] == len(expected)


def test_library_is_a_valid_snapshot(result: CompressionResult) -> None:
    assert Library.from_json(result.library.to_json()) == result.library
    for abstraction in result.library.abstractions:
        assert abstraction.docstring and "\n" not in abstraction.docstring
        assert len(abstraction.tasks) >= 2


def test_programs_keep_their_meaning(
    result: CompressionResult, frontiers: tuple[FrontierPrograms, ...]
) -> None:
    language = get_domain("list").language()
    rewritten = 0
    for before, after in zip(frontiers, result.frontiers, strict=True):
        assert (after.task, after.request) == (before.task, before.request)
        request = Type.parse(before.request)
        meant = {language.eta_long(Term.parse(text), request) for text, _ in before.programs}
        for text, log_likelihood in after.programs:
            term = Term.parse(text)
            spelled_out = language.eta_long(term.beta_normal(inline=True), request)
            assert spelled_out in meant
            assert outputs(term, request) == outputs(spelled_out, request)
            assert log_likelihood == 0.0
            assert result.library.grammar.log_likelihood(term, request) > -100
            rewritten += "#" in text
    assert rewritten >= 20


def test_programs_come_best_first(result: CompressionResult) -> None:
    for frontier in result.frontiers:
        priors = [
            result.library.grammar.log_likelihood(Term.parse(text), Type.parse(frontier.request))
            for text, _ in frontier.programs
        ]
        assert priors == sorted(priors, reverse=True)


def test_compressing_again_does_no_harm(result: CompressionResult) -> None:
    again = compress(result.library, result.frontiers)
    assert again.description_length_after <= again.description_length_before + 1e-6
    assert again.description_length_before == pytest.approx(result.description_length_after, abs=1e-6)


def test_deterministic(result: CompressionResult, frontiers: tuple[FrontierPrograms, ...]) -> None:
    assert compress(Library.initial("list"), frontiers).library.content_hash == result.library.content_hash


def test_known_abstractions_are_reused_in_new_programs(
    result: CompressionResult, frontiers: tuple[FrontierPrograms, ...]
) -> None:
    again = compress(result.library, frontiers, CompressionConfig(max_abstractions=0))
    assert any("#" in text for frontier in again.frontiers for text, _ in frontier.programs)
    assert not again.added


def useless(name: str, body: str, type: str) -> Abstraction:
    return Abstraction(name, body, type, "", ("long ago",))


def test_useless_abstractions_are_retired_and_programs_live_on(
    frontiers: tuple[FrontierPrograms, ...],
) -> None:
    seldom = "#(lambda (lambda (* $1 $0)))"
    library = replace(
        Library.initial("list"),
        abstractions=(useless("seldom", seldom, "int -> int -> int"),),
        weights=(0.0,) * 24,
    )
    program = f"(lambda (map (lambda ({seldom} $0 (length $1))) $0))"
    request = Type.parse("list(int) -> list(int)")
    given = (*frontiers, FrontierPrograms("odd one", str(request), ((program, 0.0),)))
    result = compress(library, given)
    assert [abstraction.name for abstraction in result.retired] == ["seldom"]
    assert set(result.savings) == {"seldom"} and result.savings["seldom"] > 0
    assert all(abstraction.body != seldom for abstraction in result.library.abstractions)
    [(rewritten, _)] = result.frontiers[-1].programs
    assert seldom not in rewritten
    assert outputs(Term.parse(rewritten), request) == outputs(Term.parse(program), request)
    # the program as it was stored still runs, and still is a program for the next sleep
    later = compress(result.library, given)
    assert not later.retired
    assert seldom not in later.frontiers[-1].programs[0][0]


def test_abstractions_built_on_a_retired_one_survive_it(frontiers: tuple[FrontierPrograms, ...]) -> None:
    keep = "(lambda (lambda (fold $0 empty (lambda (lambda (if ($3 $1) (cons $1 $0) $0))))))"
    inner = "#(lambda (gt? $0 (+ 1 1)))"
    library = replace(
        Library.initial("list"),
        abstractions=(
            useless("inner", inner, "int -> bool"),
            useless("outer", f"#(lambda (#{keep} (lambda ({inner} $0)) $0))", "list(int) -> list(int)"),
        ),
        weights=(0.0,) * 25,
    )
    result = compress(library, frontiers)
    names = [abstraction.name for abstraction in result.library.abstractions]
    assert len(set(names)) == len(names)
    kept = {abstraction.term for abstraction in result.library.abstractions}
    for abstraction in result.library.abstractions:
        assert set(abstraction.term.abstractions) <= kept, "built on something that is gone"
    assert Library.from_json(result.library.to_json()) == result.library


def test_nothing_solved() -> None:
    library = Library.initial("list")
    unsolved = (FrontierPrograms("hard", "list(int) -> list(int)", ()),)
    result = compress(library, unsolved)
    assert (result.library, result.frontiers, result.added) == (library, unsolved, ())
    assert result.description_length_before == result.description_length_after == 0.0


def test_unsolved_tasks_stay_in_their_place(frontiers: tuple[FrontierPrograms, ...]) -> None:
    unsolved = FrontierPrograms("hard", "list(int) -> list(int)", ())
    result = compress(Library.initial("list"), (unsolved, *frontiers), CompressionConfig(max_abstractions=1))
    assert result.frontiers[0] == unsolved
    assert [frontier.task for frontier in result.frontiers[1:]] == [frontier.task for frontier in frontiers]


def test_substitute_reaches_into_replacements() -> None:
    inner, outer = Term.parse("#(+ 1 1)"), Term.parse("#(lambda (+ $0 #(+ 1 1)))")
    term = Term.apply(outer, inner)
    assert substitute(term, lambda used: used.body).beta_normal() == Term.parse("(+ (+ 1 1) (+ 1 1))")
    assert substitute(term, {inner: Term.parse("1")}.get) == Term.apply(outer, Term.parse("1"))
