"""Tasks, dreams and batches in a browser: what is typed, solved, tried and uploaded there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.db.repositories import DreamRepository
from synthesis.report import DreamRecord
from tests.e2e.accessibility import check_accessibility
from tests.e2e.seeding import REQUEST, SeededRun
from tests.e2e.service import Service

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PATIENCE = 60_000  # ms; the machine may be busy


def test_a_table_is_pasted_solved_live_and_tried(service: Service, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{service.url}/tasks/new")
    page.get_by_label("Examples").fill("1 2 3 -> 2 3 4\n7 -> 8\n10 0 -> 11 1")
    expect(page.locator("#reading")).to_contain_text("list(int) -> list(int)", timeout=PATIENCE)
    check_accessibility(page)
    page.get_by_role("textbox", name="Name").fill("one more each")
    page.get_by_role("button", name="Submit and solve it now").click()
    expect(page.locator("h1")).to_have_text("one more each", timeout=PATIENCE)
    page.evaluate("window.sameDocument = true")
    expect(page.get_by_role("heading", name="Solution")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("window.sameDocument"), "the page followed the search, and wasn't loaded anew"
    expect(page.locator("main")).to_contain_text("right on all")
    box = page.get_by_label("Input")
    box.fill("[1, x]")
    page.get_by_role("button", name="Run it").click()
    expect(page.locator("#try .wrong")).to_contain_text("no list(int)", timeout=PATIENCE)
    expect(box).to_have_value("[1, x]")
    box.fill("[41, 0]")
    page.get_by_role("button", name="Run it").press("Enter")
    expect(page.locator("#try .gives")).to_contain_text("[42, 1]", timeout=PATIENCE)
    check_accessibility(page)


def test_the_pages_on_a_phone_and_without_javascript(
    service: Service, open_page: Callable[..., Page]
) -> None:
    run = SeededRun(service.database, size=4)
    run.attempt(1, 0, "prior")
    dream = DreamRecord(
        0, REQUEST, "(lambda (cdr $0))", ({"inputs": [[1, 2]], "output": [2]},), -9.0, "hindsight"
    )
    with service.database.write() as session:
        DreamRepository(session).add(run.id, 1, [dream])
    page = open_page(f"{service.url}/tasks?run={run.id}", java_script_enabled=False, **PHONE)
    assert page.get_by_role("link", name=run.tasks[0]).is_visible()
    page.get_by_role("link", name=run.tasks[0]).click()
    page.get_by_label("Input").fill("[3]")
    page.get_by_role("button", name="Run it").click()
    expect(page.locator("#try .gives")).to_be_visible(timeout=PATIENCE)
    for path in ("/tasks", "/tasks/new", f"/dreams?run={run.id}", "/batches"):
        page = open_page(f"{service.url}{path}", **PHONE)
        assert page.evaluate(SIDEWAYS) == 0, path
        check_accessibility(page)
    page = open_page(f"{service.url}/dreams?run={run.id}")
    expect(page.locator(".dream .kind-hindsight")).to_have_text("hindsight")
    expect(page.locator(".dream .code").first).to_contain_text("cdr")


def test_a_batch_is_uploaded_followed_and_fetched(
    service: Service, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    body = {"domain": "list", "name": "same", "seconds": 1, "examples": [{"inputs": [[4]], "output": [4]}]}
    lines = [
        {"custom_id": str(n), "method": "POST", "url": "/v1/tasks/solve", "body": body} for n in range(3)
    ]
    file = tmp_path / "tasks.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    page = open_page(f"{service.url}/batches")
    page.get_by_label("File of JSON lines").set_input_files(file)
    page.get_by_label("Project").fill("spring")
    page.get_by_role("button", name="Upload and start").click()
    expect(page.locator(".batch")).to_contain_text("project: spring", timeout=PATIENCE)
    expect(page.locator(".batch-completed")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".batch .meta")).to_contain_text("3 of 3 requests")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Output file").click()
    answers = [json.loads(line) for line in Path(fetched.value.path()).read_text().splitlines()]
    assert sorted(answer["custom_id"] for answer in answers) == ["0", "1", "2"]
    check_accessibility(page)
