"""Library snapshots: hashes that follow the content, and no malformed file accepted."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest

from engine import Type
from library.snapshot import Abstraction, Library, LibraryError

KEEP = "#(lambda (lambda (fold $0 empty (lambda (lambda (if ($3 $1) (cons $1 $0) $0))))))"
THREE = "#(+ 1 (+ 1 1))"


@pytest.fixture
def library() -> Library:
    abstractions = (
        Abstraction("constant_3", THREE, "int", "int: 3.", ("a", "b")),
        Abstraction("keep", KEEP, "(t0 -> bool) -> list(t0) -> list(t0)", "", ("c",)),
    )
    return Library("list", abstractions, tuple(-0.1 * i for i in range(25)))


def test_initial_is_uniform() -> None:
    library = Library.initial("list")
    assert set(library.weights) == {0.0}
    assert library.grammar.weights.shape == (1, 23)
    assert not library.abstractions


def test_round_trip_keeps_content_and_hash(library: Library) -> None:
    again = Library.from_json(json.loads(json.dumps(library.to_json())))
    assert again == library
    assert again.content_hash == library.content_hash
    assert len(library.content_hash) == 64
    assert Library.from_json(
        json.loads(json.dumps(library.to_json(), indent=2, sort_keys=True))
    ).content_hash == (library.content_hash)


def test_hash_is_pinned() -> None:
    """Stored hashes stay valid: the canonical form may not drift."""
    assert Library.initial("list").content_hash == PINNED


PINNED = "941912f9d0e0c018f8d124064cafddcc72c92ec4e8895aaccc34ae4d50e4e7d8"


def test_hash_changes_with_content(library: Library) -> None:
    first, second = library.abstractions
    others = [
        dataclasses.replace(library, weights=(*library.weights[:-1], 1.0)),
        dataclasses.replace(library, abstractions=(second, first)),
        dataclasses.replace(library, abstractions=(dataclasses.replace(first, name="three"), second)),
        dataclasses.replace(library, abstractions=(dataclasses.replace(first, docstring="three"), second)),
        dataclasses.replace(library, abstractions=(dataclasses.replace(first, tasks=()), second)),
    ]
    assert len({other.content_hash for other in [library, *others]}) == 6


def test_immutable(library: Library) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        library.domain = "text"  # type: ignore[misc]


def test_language_and_python(library: Library) -> None:
    assert library.language.productions[-2:] == [THREE, KEEP]
    assert library.language.types[-1] == Type.parse("(t0 -> bool) -> list(t0) -> list(t0)")
    program = f"(lambda ({KEEP} (lambda (gt? $0 {THREE})) $0))"
    assert (
        library.python(program, "list(int) -> list(int)") == "lambda xs: keep(lambda x: x > constant_3, xs)"
    )
    assert "keep" not in Library.initial("list").python(program, "list(int) -> list(int)")


def change(path: list[Any], value: Any) -> Any:
    def changed(data: Any) -> Any:
        data = copy.deepcopy(data)
        place = data
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        return data

    return changed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (lambda data: [data], "the library: expected an object, found list"),
        (lambda data: {"domain": "list"}, "the library: abstractions, weights is missing"),
        (change(["colour"], 1), "the library: colour is not known here"),
        (change(["domain"], "lists"), "domain: unknown domain 'lists'"),
        (change(["domain"], 3), "domain: expected a string, found int"),
        (change(["abstractions"], {}), "abstractions: expected a list, found dict"),
        (change(["abstractions", 0], 3), r"abstractions\[0\]: expected an object, found int"),
        (change(["abstractions", 0, "tasks"], [1]), r"abstractions\[0\].tasks\[0\]: expected a string"),
        (change(["abstractions", 0, "body"], "#(+ 1"), r"abstractions\[0\] \(constant_3\): "),
        (
            change(["abstractions", 0, "body"], "(+ 1 1)"),
            r"abstractions\[0\] \(constant_3\).body: expected the form",
        ),
        (change(["abstractions", 0, "body"], "#(+ 1 $0)"), r"abstractions\[0\] \(constant_3\): "),
        (change(["abstractions", 0, "body"], "#(+ 1 empty)"), r"abstractions\[0\] \(constant_3\): "),
        (change(["abstractions", 0, "body"], "#(+ 1 blue)"), r"abstractions\[0\] \(constant_3\): .*blue"),
        (change(["abstractions", 0, "type"], "int -> "), r"abstractions\[0\] \(constant_3\): "),
        (
            change(["abstractions", 0, "type"], "bool"),
            r"abstractions\[0\] \(constant_3\).type: bool is stated, .* int$",
        ),
        (
            change(["abstractions", 1, "type"], "(int -> bool) -> list(int) -> list(int)"),
            r"\[1\] \(keep\).type: ",
        ),
        (change(["abstractions", 0, "name"], "not a name"), "abstractions: .*not a name"),
        (change(["abstractions", 0, "name"], "map"), "abstractions: .*map"),
        (change(["abstractions", 0, "name"], "keep"), "abstractions: "),
        (change(["weights", 3], "x"), r"weights\[3\]: expected a finite number, found 'x'"),
        (change(["weights", 3], float("inf")), r"weights\[3\]: expected a finite number, found inf"),
        (
            change(["weights"], [0.0]),
            "weights: 1 of them, but 22 primitives, 2 abstractions and the variables make 25",
        ),
    ],
)
def test_malformed(library: Library, changed: Any, message: str) -> None:
    with pytest.raises(LibraryError, match=message):
        Library.from_json(changed(library.to_json()))


def test_same_body_twice(library: Library) -> None:
    data = library.to_json()
    data["abstractions"][1] = {**data["abstractions"][0], "name": "other"}
    with pytest.raises(
        LibraryError, match=r"abstractions\[1\] \(other\).body: the same as that of constant_3"
    ):
        Library.from_json(data)
