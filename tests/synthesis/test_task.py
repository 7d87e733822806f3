"""Task files: what people write is read, or refused with the task, the example, and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.domain import get_domain
from synthesis.task import TaskError, contradiction, load_tasks, parse_task, read_tasks
from synthesis.value import MAX_DEPTH, MAX_LIST_LENGTH


def example(*inputs: Any, output: Any) -> dict[str, Any]:
    return {"inputs": list(inputs), "output": output}


def task(*examples: dict[str, Any], name: str = "a task", **more: Any) -> dict[str, Any]:
    return {"name": name, "examples": list(examples), **more}


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


def test_the_shipped_tasks_are_read_and_written_back():
    for records in get_domain("list").shipped_tasks():
        tasks = load_tasks(records, "list")
        assert len(tasks) == len(records)
        assert [parse_task(one.to_json(), "list") for one in tasks] == tasks


def test_a_request_is_inferred_where_the_examples_leave_no_doubt():
    one = parse_task(task(example([], 3, output=[[]]), example([1], 2, output=[[True]])), "list")
    assert one.request == "list(int) -> int -> list(list(bool))"
    for document in get_domain("list").shipped_tasks()[0]:
        without = {key: value for key, value in document.items() if key != "request"}
        assert parse_task(without, "list").request == document["request"]


def test_files_folders_text_and_single_tasks(tmp_path: Path):
    document = task(example([1], output=2))
    (tmp_path / "one.json").write_text(json.dumps([document]), encoding="utf-8-sig")
    (tmp_path / "two.json").write_text(json.dumps(document | {"name": "another"}))
    assert [one.name for one in load_tasks(tmp_path, "list")] == ["a task", "another"]
    assert len(load_tasks(str(tmp_path / "one.json"), "list")) == 1
    assert load_tasks(json.dumps(document), "list") == load_tasks([document], "list")


def test_a_bad_task_leaves_the_others_readable():
    good, bad = task(example([1], output=2), name="good"), task(example([1], output=1.5), name="bad")
    first, second = read_tasks([good, bad], "list")
    assert not isinstance(first, TaskError) and first.name == "good"
    assert isinstance(second, TaskError) and (second.task, second.example) == ("bad", 1)


BAD = {
    "no examples": (task(), "malformed", None),
    "no examples key": ({"name": "a task"}, "malformed", None),
    "no inputs": (task({"output": 1}), "malformed", 1),
    "no output": (task({"inputs": [1]}), "malformed", 1),
    "inputs no list": (task({"inputs": 1, "output": 1}), "malformed", 1),
    "example no object": (task([1, 2]), "malformed", 1),  # type: ignore[arg-type]
    "no argument": (task(example(output=1)), "unsupported", 1),
    "ragged": (task(example(1, output=1), example(1, 2, output=1)), "ragged", 2),
    "ragged against the request": (task(example(1, output=1), request="int -> int -> int"), "ragged", 1),
    "mixed list": (task(example([1, True], output=1)), "ill-typed", 1),
    "mixed depth": (task(example([1, [1]], output=1)), "ill-typed", 1),
    "mixed over examples": (task(example(1, output=1), example(2, output=True)), "ill-typed", 2),
    "float": (task(example(1, output=1.0)), "ill-typed", 1),
    "NaN": (task(example(1, output=float("nan"))), "ill-typed", 1),
    "null": (task(example(None, output=1)), "ill-typed", 1),
    "string": (task(example("a", output=1)), "ill-typed", 1),
    "bool for int": (task(example(1, output=True), request="int -> int"), "ill-typed", 1),
    "int for bool": (task(example(1, output=1), request="int -> bool"), "ill-typed", 1),
    "too large": (task(example(1, output=1), example(2, output=1 << 63)), "ill-typed", 2),
    "far too large": (task(example(10**5000, output=1)), "ill-typed", 1),
    "too deep": (task(example(nested(MAX_DEPTH + 1), output=1)), "malformed", 1),
    "too long": (task(example([1] * (MAX_LIST_LENGTH + 1), output=1)), "malformed", 1),
    "open type": (task(example([], output=1)), "malformed", None),
    "request no string": (task(example(1, output=1), request=3), "malformed", None),
    "request of functions": (task(example(1, output=1), request="(int -> int) -> int"), "malformed", None),
    "request of reals": (task(example(1, output=1), request="int -> real"), "unsupported", None),
    "request of variables": (task(example(1, output=1), request="list(t0) -> int"), "unsupported", None),
    "request without arrow": (task(example(1, output=1), request="int"), "unsupported", None),
    "other domain": (task(example(1, output=1), domain="text"), "malformed", None),
    "contradictory": (
        task(example(1, output=1), example(2, output=1), example(1, output=2)),
        "contradictory",
        3,
    ),
    "control character": (task(example(1, output=1), name="a\ttask"), "malformed", None),
    "half a character": (task(example(1, output=1), description="\ud800"), "malformed", None),
}


@pytest.mark.parametrize("document, kind, number", BAD.values(), ids=BAD.keys())
def test_bad_tasks_are_refused_with_their_place(document: Any, kind: str, number: int | None):
    with pytest.raises(TaskError) as caught:
        load_tasks([document], "list")
    assert (caught.value.kind, caught.value.example) == (kind, number)
    assert caught.value.task == document["name"] and repr(document["name"]) in str(caught.value)


@pytest.mark.parametrize("name", [None, "", "  ", 3])
def test_a_task_without_a_name_is_named_by_its_position(name: Any):
    with pytest.raises(TaskError, match="number 2"):
        load_tasks([task(example(1, output=1)), task(example(1, output=1)) | {"name": name}], "list")


def test_what_is_no_task_file(tmp_path: Path):
    (tmp_path / "latin.json").write_bytes(b'[{"name": "\xe9"}]')
    (tmp_path / "empty").mkdir()
    for source, says in {
        '[{"name": "a",]': "line 1, column 15",
        '[\n{"name": "a" "b"}]': "line 2, column 14",
        '[{"name": "a", "name": "b"}]': "twice",
        "[" * 100_000: "too deeply",
        '[{"name": "a", "examples": [{"inputs": [1], "output": ' + "9" * 5000 + "}]}]": "far too long",
        "[]": "no tasks",
        "nowhere.json": "no such file",
        "no\0where.json": "cannot read",
        str(tmp_path / "latin.json"): "UTF-8",
        str(tmp_path / "empty"): "no tasks",
    }.items():
        with pytest.raises(TaskError, match=says) as caught:
            load_tasks(source, "list")
        assert caught.value.kind == "malformed"


def test_unknown_domains_and_duplicate_names():
    with pytest.raises(TaskError, match="list") as caught:
        load_tasks([task(example(1, output=1))], "lists")
    assert caught.value.kind == "unknown-domain"
    with pytest.raises(TaskError, match="same name"):
        load_tasks([task(example(1, output=1)), task(example(2, output=1))], "list")


def test_a_task_that_is_in_a_file_twice_gets_a_number(tmp_path: Path):
    same = task(example(1, output=1))
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([same, same, same]))
    names = [each.name for each in load_tasks(path, "list")]
    assert names == [same["name"], f"{same['name']} (2)", f"{same['name']} (3)"]
    with pytest.raises(TaskError, match="same name"):
        load_tasks([same, same], "list")


def test_contradictions_tell_true_from_one():
    one = parse_task(task(example([1], output=1), example([1], output=1)), "list")
    assert contradiction(one) is None
    with pytest.raises(TaskError, match="examples 1 and 2"):
        parse_task(task(example([True], output=1), example([True], output=0)), "list")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
almost_an_example = st.fixed_dictionaries(
    {}, optional={"inputs": st.lists(anything, max_size=3) | anything, "output": anything}
)
almost_a_task = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=3) | anything,
        "request": st.sampled_from(["int -> int", "list(int) -> bool", "list(", "->", ""]) | anything,
        "examples": st.lists(almost_an_example, max_size=3) | anything,
        "description": anything,
    },
)


@given(st.lists(almost_a_task, max_size=3) | almost_a_task | anything)
def test_nothing_but_task_errors_come_of_any_json(document: Any):
    for source in (document, json.dumps(document)):
        try:
            results = read_tasks(source, "list")
        except TaskError:
            continue
        for result in results:
            if not isinstance(result, TaskError):
                assert parse_task(result.to_json(), "list") == result
