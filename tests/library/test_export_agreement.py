"""Exported functions do what the engine does: the same values, and an exception where it fails.

Random programs, with library functions that ignore an argument, call it late, or hand functions on.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Failure, Term, Type
from library.domain import get_domain
from library.domains.recursive import RECURSIVE
from library.exports.forms import read_library, write_library
from library.exports.python_source import PythonSource
from library.snapshot import Abstraction, Library
from tests.library.exported import called, imported
from tests.recursive_domain import each
from tests.reference import types
from tests.reference.generation import ProgramSource, random_value
from tests.reference.terms import show
from tests.strategies import REQUESTS

LIST = get_domain("list")
LEARNED = {
    "apply_head": "#(lambda (lambda ($1 (car $0))))",
    "both": "#(lambda (lambda (lambda ($2 (car $1) (cdr $0)))))",
    "choose": "#(lambda (lambda (lambda (if (gt? $2 0) $1 $0))))",
    "first": "#(lambda (lambda $1))",
    "head_or": "#(lambda (lambda (if (empty? $0) $1 (car $0))))",
    "held": "#(lambda (index 0 (cons $0 empty)))",
    "item": "#(lambda (lambda (index $1 $0)))",
    "never": "#(car empty)",
    "plus_head": "#(lambda (map (+ (car $0))))",
    "twice": "#(lambda (lambda ($1 ($1 $0))))",
}
BOUNDS = ("fuel", "depth", "memory", "overflow")
"""What the engine fails of because it counts; Python goes on."""


@st.composite
def cases(draw: st.DrawFn) -> tuple[Library, str, list[tuple[Any, ...]]]:
    """A library whose last function is a program, the program's request, and inputs."""
    language = LIST.language()
    productions = [(primitive.name, primitive.type) for primitive in LIST.primitives]
    learned = [(name, str(language.infer(Term.parse(body)))) for name, body in LEARNED.items()]
    choose = draw(st.randoms(use_true_random=False))
    request = draw(st.sampled_from(REQUESTS))
    source = ProgramSource(
        [*productions, *learned, *learned],
        depth=draw(st.integers(3, 6)),
        redexes=draw(st.sampled_from([0.0, 0.3])),
        abstractions=draw(st.sampled_from([0.0, 0.3])),
    )
    text = re.sub(
        r"[a-z_]+", lambda word: LEARNED.get(word[0], word[0]), show(source.program(choose, request))
    )
    term = Term.abstraction(Term.parse(text))
    program = Abstraction("program", str(term), str(language.infer(term)))
    library = Library("list", (program,), (0.0,) * (len(LIST.primitives) + 2))
    arguments = types.arguments(types.parse(request))
    inputs = [tuple(random_value(choose, argument) for argument in arguments) for _ in range(4)]
    return library, request, inputs


def disagreement(library: Library, request: str, inputs: list[tuple[Any, ...]]) -> str | None:
    (program,) = library.abstractions
    function = imported(library).program
    arity = len(Type.parse(program.type).arguments)
    for given_ in inputs:
        [expected] = library.language.evaluate(program.term, Type.parse(request), [given_])
        if isinstance(expected, Failure) and expected.reason in BOUNDS:
            continue
        try:
            found = repr(called(function, arity, given_))
        except Exception as error:
            if not isinstance(expected, Failure):
                return f"{program.body} on {given_}: {expected!r}, but the package raises {error!r}"
        else:
            if found != repr(expected):
                return f"{program.body} on {given_}: {expected!r}, but the package gives {found}"
    return None


@settings(max_examples=150, deadline=None)
@given(cases())
def test_packages_agree_with_the_engine(case: tuple[Library, str, list[tuple[Any, ...]]]) -> None:
    assert disagreement(*case) is None


def test_they_would_not_if_nothing_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the programs above reach the cases in which an argument must wait."""
    body = f"#(lambda ({LEARNED['head_or']} (mod (car $0) 0) $0))"
    library = Library("list", (Abstraction("program", body, "list(int) -> int"),), (0.0,) * 24)
    case = library, "list(int) -> int", [([3],), ([],)]
    assert disagreement(*case) is None
    monkeypatch.setattr(PythonSource, "_may_fail", lambda *_: False)
    assert "ZeroDivisionError" in (disagreement(*case) or "")


@settings(max_examples=30, deadline=None)
@given(case=cases())
def test_packages_read_back(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[Library, str, list[tuple[Any, ...]]]
) -> None:
    library, folder = case[0], tmp_path_factory.mktemp("read") / "package"
    write_library(library, "python", folder)
    assert read_library(folder, "list").content_hash == library.content_hash


def test_a_type_that_only_a_dropped_argument_narrows_reads_back(tmp_path: Path) -> None:
    body = "#(lambda ((lambda ((lambda $2) $0)) (index 0 $0)))"  # printed as its first argument, of any type
    program = Abstraction("program", body, "list(t0) -> list(t0)")
    library = Library("list", (program,), (0.0,) * (len(LIST.primitives) + 2))
    write_library(library, "python", tmp_path / "package")
    assert read_library(tmp_path / "package", "list").content_hash == library.content_hash


@pytest.mark.parametrize("length", [0, 1, 48, 49, 50, 51])
def test_recursion_ends_where_the_engine_ends_it(length: int) -> None:
    body = f"#{each('(+ (car $0) 1)')}"
    program = Abstraction("program", body, "list(int) -> list(int)")
    library = Library("recursive", (program,), (0.0,) * (len(RECURSIVE.primitives) + 2))
    assert disagreement(library, program.type, [(list(range(length)),)]) is None
    assert "later" not in vars(imported(library)), "nothing can fail under is_empty"
