"""Input files of batches: whatever is in them, read in parts of any size, the lines are found and judged."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.batches import reading as module
from app.batches.reading import CHUNK_BYTES, CHUNK_LINES, MAX_ERRORS, MAX_LINES, lines_of, read_input

ENDPOINT = "/v1/tasks/solve"
LONGEST = 1 << 20


def request(custom_id: str, **body: Any) -> bytes:
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}).encode()


def parts_of(content: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    return [content[start:end] for start, end in pairwise(places)]


def codes(content: bytes) -> list[tuple[int | None, str]]:
    return [(error["line"], error["code"]) for error in read_input([content], ENDPOINT, LONGEST).errors]


@given(
    content=st.lists(st.sampled_from([b"", b" ", b"a", b"\r", b"\xff", b"{}", b"x" * 40])).map(b"\n".join),
    cuts=st.lists(st.integers(0, 1000), max_size=8),
)
def test_lines_are_those_of_the_whole_file(content: bytes, cuts: list[int]) -> None:
    lines = list(lines_of(parts_of(content, cuts), LONGEST))
    whole = content.split(b"\n")
    assert [line.content for line in lines] == (whole if whole[-1] else whole[:-1])
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert all(content[line.offset :].startswith(line.content) for line in lines)


@given(
    sizes=st.lists(st.one_of(st.none(), st.integers(0, 50), st.just(CHUNK_BYTES)), max_size=150),
    cuts=st.lists(st.integers(0, 1 << 20), max_size=5),
)
def test_every_request_is_in_one_chunk_that_can_be_read_alone(
    sizes: list[int | None], cuts: list[int]
) -> None:
    lines = [b"" if size is None else request(f"r{n}", pad="x" * size) for n, size in enumerate(sizes)]
    content = b"\n".join(lines)
    asked = [n for n, line in enumerate(lines, start=1) if line]
    reading = read_input(parts_of(content, cuts), ENDPOINT, LONGEST)
    if not asked:
        assert [error["code"] for error in reading.errors] == ["empty_file"]
        return
    assert reading.errors == []
    found: list[int] = []
    for number, chunk in enumerate(reading.chunks):
        assert chunk.number == number
        piece = content[chunk.offset : chunk.offset + chunk.length]
        inside = [
            line for line in lines_of([piece], LONGEST, chunk.first_line, chunk.offset) if not line.blank
        ]
        assert len(inside) == chunk.lines <= CHUNK_LINES
        assert [line.request()["custom_id"] for line in inside] == [f"r{line.number - 1}" for line in inside]
        found += [line.number for line in inside]
    assert found == asked
    small = [chunk for chunk in reading.chunks if chunk.lines > 1]
    assert all(chunk.length <= CHUNK_BYTES for chunk in small)


def test_what_is_wrong_is_named_by_line() -> None:
    body = {"custom_id": "a", "method": "POST", "url": ENDPOINT, "body": {}}

    def wrong(**changes: Any) -> bytes:
        return json.dumps(body | changes).encode()

    assert codes(b"{\n[]\nNaN\n\xff\n" + b"[" * 50) == [(n, "invalid_json_line") for n in range(1, 6)]
    assert codes(wrong(custom_id="")) == codes(wrong(custom_id=1)) == [(1, "invalid_custom_id")]
    assert codes(wrong(custom_id="x" * 513)) == [(1, "invalid_custom_id")]
    assert codes(wrong(custom_id="x" * 512)) == []
    assert codes(wrong(custom_id="\ud800")) == codes(wrong(custom_id="\0")) == [(1, "invalid_json_line")]
    assert codes(b"\n" + wrong() + b"\r\n" + wrong()) == [(3, "duplicate_custom_id")]
    assert codes(wrong(method="GET")) == [(1, "invalid_method")]
    assert codes(wrong(url="/v1/other")) == [(1, "mismatched_url")]
    assert codes(wrong(body=[])) == [(1, "invalid_body")]
    for name in body:
        without = {key: value for key, value in body.items() if key != name}
        assert codes(json.dumps(without).encode()) == [(1, "missing_required_parameter")]
    assert codes(b"") == [(None, "empty_file")]
    assert codes(b"{}\n" * 500)[-1] == (MAX_ERRORS, "missing_required_parameter")
    ((_, code),) = codes(wrong() + b" " * LONGEST + b"\n" + wrong(custom_id="b"))
    assert code == "line_too_long"


def test_a_file_has_so_many_requests_and_no_more() -> None:
    def bare(count: int) -> list[bytes]:
        line = '{{"custom_id":"{}","method":"POST","url":"/v1/tasks/solve","body":{{}}}}\n'
        return [line.format(n).encode() for n in range(count)]

    previous, module.MAX_LINES = module.MAX_LINES, 300
    try:
        whole = read_input(bare(300), ENDPOINT, LONGEST)
        assert whole.errors == [] and sum(chunk.lines for chunk in whole.chunks) == 300
        more = read_input(bare(301), ENDPOINT, LONGEST)
        assert [error["code"] for error in more.errors] == ["too_many_requests"] and more.chunks == []
    finally:
        module.MAX_LINES = previous
    assert MAX_LINES == 50_000
