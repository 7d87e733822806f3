"""Towers and drawings as tasks of the service: given by programs, shown as pictures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from library.rendering import placed_blocks
from synthesis.recognition.pictures import encode_drawings, encode_towers
from synthesis.task import TaskError, load_tasks
from tests.app.examples import INCREMENT

GATE = {
    "name": "gate",
    "request": "tower -> tower",
    "program": "(lambda (1x3 (right 4 (1x3 (left 2 (3x1 $0))))))",
}
PLAN = [[0, 2, 6], [4, 2, 6], [2, 6, 2]]
CORNER = [[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 1.0]]


def test_a_program_is_rendered_into_its_example() -> None:
    [task] = load_tasks([GATE], "tower")
    assert task.to_json()["examples"] == [{"inputs": [[]], "output": PLAN}]
    for program in ("(lambda (1x3", "(lambda $1)", "(lambda (+ 1 $0))"):
        with pytest.raises(TaskError, match="makes no example"):
            load_tasks([GATE | {"program": program}], "tower")


@pytest.mark.parametrize(
    ("domain", "request_", "output", "shape", "count"),
    [("tower", "tower -> tower", PLAN, "rect", 3), ("logo", "turtle -> turtle", CORNER, "path", 1)],
)
def test_a_task_is_shown_as_svg(
    client: TestClient, domain: str, request_: str, output: list[list[float]], shape: str, count: int
) -> None:
    task = {"name": "one", "request": request_, "examples": [{"inputs": [[]], "output": output}]}
    (stored,) = client.post("/v1/tasks", json={"domain": domain, **task}).json()["items"]
    answer = client.get(f"/v1/tasks/{stored['id']}/picture")
    assert answer.headers["content-type"] == "image/svg+xml"
    document = ElementTree.fromstring(answer.text)
    assert len(document.findall(f"{{http://www.w3.org/2000/svg}}{shape}")) == count


def test_other_tasks_have_no_picture(client: TestClient) -> None:
    (stored,) = client.post("/v1/tasks", json={"domain": "list", **INCREMENT}).json()["items"]
    assert client.get(f"/v1/tasks/{stored['id']}/picture").status_code == 422


def test_blocks_lie_where_they_fall_and_pictures_tell_examples_apart() -> None:
    assert [bottom for _, bottom, _, _ in placed_blocks(PLAN)] == [0, 0, 6]
    towers = encode_towers([((), PLAN), ((), PLAN[:2]), ((), [])])
    drawings = encode_drawings([((), CORNER), ((), CORNER[:1]), ((), [])])
    for images in (towers, drawings):
        assert images.shape == (3, 32, 32)
        assert images[0].sum() > images[1].sum() > images[2].sum() == 0
