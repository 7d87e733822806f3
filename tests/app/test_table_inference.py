"""What people paste, read as examples of a type: separators, headers, empties, and what a domain has not."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dashboard.tasks.inference import Reading, Unreadable, read_argument, read_values, typed_as
from app.dashboard.tasks.sheet import SheetError, read_sheet
from library.domain import get_domain


def read(text: str, domain: str = "list", request: str | None = None, header: bool | None = None) -> Reading:
    return read_values(read_sheet(text, header), get_domain(domain), request)


def pairs(reading: Reading) -> list[tuple[list[Any], Any]]:
    return [(example["inputs"], example["output"]) for example in reading.examples]


@pytest.mark.parametrize(
    ("text", "domain", "request_", "first"),
    [
        ("[1, 2]\t[2, 4]\n[]\t[]", "list", "list(int) -> list(int)", ([[1, 2]], [2, 4])),
        ("1 2 3 -> 6\n7 => 7", "list", "list(int) -> int", ([[1, 2, 3]], 6)),
        ("[1, 2], 3 → [4, 5]", "list", "list(int) -> int -> list(int)", ([[1, 2], 3], [4, 5])),
        ("1,2\n3,4", "list", "int -> int", ([1], 2)),
        ("1;2\n3;4", "list", "int -> int", ([1], 2)),
        ('"1, 2","3"\n"4, 5","6"', "list", "list(int) -> int", ([[1, 2]], 3)),
        ("TRUE,1\nfalse,0", "list", "bool -> int", ([True], 1)),
        ("[[1], [2]]\t[1, 2]", "list", "list(list(int)) -> list(int)", ([[[1], [2]]], [1, 2])),
        ("[1, 2]\t[True, False]", "list", "list(int) -> list(bool)", ([[1, 2]], [True, False])),
        ("abc,ABC", "text", "list(char) -> list(char)", (["abc"], "ABC")),
        ("abc,3", "strings", "list(char) -> int", (["abc"], 3)),
        ("12,a\nb,c", "text", "list(char) -> list(char)", (["12"], "a")),
        ('"say ""hi"", now",x', "text", "list(char) -> list(char)", (['say "hi", now'], "x")),
        ("a b,['a', 'b']", "text", "list(char) -> list(list(char))", (["a b"], ["a", "b"])),
        ("1,2.5\n2,4.5", "regression", "real -> real", ([1.0], 2.5)),
        ("3,6\n4,8", "regression", "real -> real", ([3.0], 6.0)),
        ("[1, 2],[3, 4],11", "physics", "list(real) -> list(real) -> real", ([[1.0, 2.0], [3.0, 4.0]], 11.0)),
        ('[{"inputs": [[1]], "output": 1}]', "list", "list(int) -> int", ([[1]], 1)),
        ("[[[1, 2], 3]]", "list", "list(int) -> int", ([[1, 2]], 3)),
        ('[{"xs": [1], "y": 1}]', "list", "list(int) -> int", ([[1]], 1)),
    ],
)
def test_types_are_inferred(text: str, domain: str, request_: str, first: tuple[list[Any], Any]) -> None:
    reading = read(text, domain)
    assert reading.request == request_ and reading.inferred
    assert pairs(reading)[0] == first


@pytest.mark.parametrize(
    ("text", "domain", "request_"),
    [
        ("[]\t[]", "list", "list(int) -> list(int)"),
        ("[]\t3", "list", "list(int) -> int"),
        ("[]\t3.5", "physics", "list(real) -> real"),
        ("[[], []]\t[]", "recursive", "list(list(int)) -> list(int)"),
        ("a,[]", "text", "list(char) -> list(list(char))"),
    ],
)
def test_what_empty_lists_leave_open_the_domain_decides(text: str, domain: str, request_: str) -> None:
    reading = read(text, domain)
    assert reading.request == request_
    assert any("empty" in note for note in reading.notes), "and it is said"


def test_an_empty_cell_is_an_empty_list_or_an_empty_text() -> None:
    assert pairs(read("1 2\t3\n\t0"))[1] == ([[]], 0)
    assert pairs(read("ab\tb\na\t", "text"))[1] == (["a"], "")


def test_headers_are_seen_and_can_be_forced() -> None:
    text = "x,y\n1,2\n3,4"
    assert read(text).names == ("x", "y") and len(read(text).examples) == 2
    assert read("in\tout\na\tb", "text").names == ("in", "out")
    assert read("first\tlast\na\tb", "text").names == (), "words over words may be an example"
    assert read("first\tlast\na\tb", "text", header=True).names == ("first", "last")
    with pytest.raises(Unreadable, match=r'line 1 is "x", a text'):
        read(text, header=False)


def test_a_type_that_is_said_is_followed() -> None:
    assert pairs(read("1,2", "strings", "str -> str")) == [(["1"], "2")]
    assert pairs(read("1,2", "physics", "real -> real")) == [([1.0], 2.0)]
    assert pairs(read("5,6", "list", "list(int) -> int")) == [([[5]], 6)]
    with pytest.raises(Unreadable, match="it takes 2 inputs") as problem:
        read("1,2", "list", "int -> int -> int")
    assert problem.value.field == "request"
    with pytest.raises(Unreadable, match='line 2 is "x"') as problem:
        read("1,2\nx,3", "list", "int -> int")
    assert problem.value.field == "examples"


@pytest.mark.parametrize(
    ("text", "domain", "says"),
    [
        ("", "list", "no examples yet"),
        ("1", "list", "line 1 has one cell"),
        ("1,2\n\n3", "list", "line 3 has 1 cell, line 1 has 2"),
        ("1,2\nx,3", "list", 'input 1 in line 2 is "x"'),
        ("1,2\n[1],3", "list", "in the rows above it is int"),
        ("1.5,2", "list", "knows only"),
        ("1,2\n,3", "list", "line 2 is empty"),
        ("[1, true]\t1", "list", "mixes"),
        ("99999999999999999999\t1", "list", "64 bits"),
        ("[[1, 2], 3", "list", "begins like JSON"),
        ('[{"inputs": 1, "output": 1}]', "list", "example 1"),
        ("[[1, 2], [1]]", "list", "example 2 has 1 cell"),
        ('[{"name": "a", "examples": []}, {"name": "b", "examples": []}]', "list", "POST /v1/tasks"),
        ("a -> b -> c", "text", "needs one arrow"),
        ("x,y", "list", "a text"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, domain: str, says: str) -> None:
    with pytest.raises((SheetError, Unreadable)) as problem:
        read(text, domain)
    assert says in str(problem.value)


ints = st.integers(-(10**6), 10**6)
reals = st.floats(-1e6, 1e6).map(lambda real: float(repr(real)) + 0.0)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
VALUES = {
    "list": {
        "int": ints,
        "bool": st.booleans(),
        "list(int)": st.lists(ints, max_size=5),
        "list(bool)": st.lists(st.booleans(), max_size=5),
        "list(list(int))": st.lists(st.lists(ints, max_size=3), max_size=3),
    },
    "physics": {"real": reals, "list(real)": st.lists(reals, max_size=4)},
    "text": {"list(char)": texts, "int": ints, "bool": st.booleans()},
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, str, list[list[Any]]]:
    """A domain, a request and rows of it."""
    domain = draw(st.sampled_from(sorted(VALUES)))
    types = draw(st.lists(st.sampled_from(sorted(VALUES[domain])), min_size=2, max_size=4))
    row = st.tuples(*(VALUES[domain][type_] for type_ in types)).map(list)
    return domain, " -> ".join(types), draw(st.lists(row, min_size=1, max_size=5))


@given(tables())
def test_json_comes_back_as_it_was_and_its_type_is_found_or_open(
    table: tuple[str, str, list[list[Any]]],
) -> None:
    domain, request, rows = table
    text = json.dumps([{"inputs": row[:-1], "output": row[-1]} for row in rows])
    assert pairs(read(text, domain, request)) == [(row[:-1], row[-1]) for row in rows]
    inferred = read(text, domain)
    assert [[*list(inputs), output] for inputs, output in pairs(inferred)] == rows
    for column, (found, wanted) in enumerate(zip(inferred.types, request.split(" -> "), strict=True)):
        assert found == wanted or all(not any_item(row[column]) for row in rows)


@given(tables(), st.sampled_from([",", "\t"]))
def test_a_spreadsheet_s_cells_are_read_by_a_type_that_is_said(
    table: tuple[str, str, list[list[Any]]], delimiter: str
) -> None:
    domain, request, rows = table
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([value if isinstance(value, str) else json.dumps(value) for value in row])
    reading = read(written.getvalue(), domain, request, header=False)
    assert [[*list(inputs), output] for inputs, output in pairs(reading)] == rows


@given(
    st.text(max_size=200),
    st.sampled_from(sorted(VALUES)),
    st.sampled_from([None, "int -> int", "str -> str"]),
)
def test_no_text_does_harm(text: str, domain: str, request: str | None) -> None:
    try:
        reading = read(text, domain, request)
    except (SheetError, Unreadable) as problem:
        assert str(problem)
    else:
        assert reading.examples and reading.request


@given(tables())
def test_a_value_that_is_typed_as_it_is_shown_is_read_back(table: tuple[str, str, list[list[Any]]]) -> None:
    _, request, rows = table
    for row in rows:
        for value, type_ in zip(row, request.split(" -> "), strict=True):
            assert read_argument(typed_as(value), type_) == value


def any_item(value: Any) -> bool:
    """Whether a value holds anything but empty lists, so that it says its type."""
    return any(map(any_item, value)) if isinstance(value, list) else True
