"""The keeper in memory: dreams are kept once by position, the adapter in use is the newest promoted."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from synthesis.keeper import MemoryKeeper
from synthesis.report import Adapter, Dream, DreamRecord

RECORD = DreamRecord(0, "int -> int", "(lambda $0)", ({"inputs": [1], "output": 1},), -1.5, "fantasy")


def adapter(name: str) -> Adapter:
    return Adapter(name, f"/models/{name}", "lora", "base", "ab", "cd", None, {"valid": 0.9})


def slept(name: str | None, promoted: bool) -> Dream:
    made = None if name is None else adapter(name)
    return Dream(((0.0,),), None, False, "ef", {}, 1.0, made, promoted)


@given(st.lists(st.lists(st.integers(0, 20), max_size=8), max_size=6))
def test_dreams_are_kept_once_by_position(parts: list[list[int]]) -> None:
    keeper = MemoryKeeper()
    first: dict[int, DreamRecord] = {}
    for number, part in enumerate(parts):
        records = [replace(RECORD, position=position, log_prior=-float(number)) for position in part]
        keeper.record_dreams(1, records)
        for record in records:
            first.setdefault(record.position, record)
    assert keeper.dream_records(1) == [first[position] for position in sorted(first)]
    assert keeper.dream_records(2) == []


def test_the_adapter_in_use_is_the_newest_promoted() -> None:
    keeper = MemoryKeeper()
    for iteration, (name, promoted) in enumerate([("a", True), ("b", False), ("c", True), (None, False)]):
        keeper.record_dream(iteration, slept(name, promoted))
    assert [keeper.adapter(before) for before in range(5)] == [
        None,
        adapter("a"),
        adapter("a"),
        adapter("c"),
        adapter("c"),
    ]


def test_a_dream_comes_back_from_json() -> None:
    dream = replace(slept("a", True), network=b"\x00", data_hash="12")
    assert Dream.from_json(json.loads(json.dumps(dream.to_json())), b"\x00") == dream


def test_a_record_of_before_there_were_adapters_is_read() -> None:
    old = slept(None, False).to_json()
    for name in ("adapter", "adapter_promoted", "data_hash"):
        del old[name]
    assert Dream.from_json(old, None) == slept(None, False)
