"""The library's pages in a browser: the graph by pointer and by keyboard, search as one types, downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import check_accessibility
from tests.e2e.seeding import SeededRun
from tests.e2e.service import Service, prepare, serving

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that has learned two abstractions, in two sleeps."""
    data_dir: Path = tmp_path_factory.mktemp("library")
    database = prepare(data_dir)
    run = SeededRun(database)
    for iteration in (1, 2):
        for number in range(6):
            run.attempt(iteration, number, "prior")
        run.sleep(iteration)
    with serving(data_dir, database) as service:
        yield service
    database.close()


def test_from_the_graph_to_where_an_abstraction_came_from(
    service: Service, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{service.url}/library")
    graph = page.locator("#graph[data-state=ready]")
    expect(graph).to_have_attribute("data-nodes", "2")
    check_accessibility(page)
    graph.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#graph-info")).to_contain_text("add_one_to_each : list(int) -> list(int)")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("add_one_to_each")
    expect(page.locator(".code").first).to_contain_text("map(lambda x: x + 1")
    expect(page.get_by_role("region", name="Where it came from")).to_contain_text("add 1 to every element")
    expect(page.get_by_role("region", name="Its history").locator("tbody tr")).to_have_count(2)
    check_accessibility(page)
    page.get_by_role("link", name="Library, list").click()
    page.get_by_role("link", name="All versions").click()
    page.get_by_role("link", name="from before").first.click()
    expect(page.locator(".changes .plus")).to_contain_text("first_evens")
    check_accessibility(page)


def test_search_finds_while_one_types(service: Service, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{service.url}/library")
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#graph[data-state=ready]")).to_be_visible()  # the scripts are there
    expect(page.locator(".known")).to_have_count(2)
    expect(page.locator("#graph")).to_have_attribute("data-found", "0")
    page.get_by_label("Name, docstring or code").fill("evens")
    expect(page.locator(".known .name")).to_have_text(["first_evens"])
    expect(page.locator("#graph")).to_have_attribute("data-found", "1")
    page.get_by_label("Type").fill("nothing -> like(that)")
    expect(page.locator("#results")).to_contain_text("No abstraction is like that")
    assert page.evaluate("window.sameDocument") is True


def test_the_library_is_exported_by_a_button(service: Service, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{service.url}/library")
    page.locator(".exports summary").click()
    with page.expect_download() as download:
        page.locator(".exports a", has_text="Python package").click()
    assert download.value.suggested_filename.startswith("list_library_")
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"


def test_the_library_on_a_phone_and_without_javascript(
    service: Service, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{service.url}/library", **PHONE)
    expect(page.locator("#graph[data-state=ready]")).to_be_visible()
    assert page.evaluate(SIDEWAYS) == 0
    page.locator(".known .name").first.tap()
    expect(page.locator("h1")).to_have_text("first_evens")
    assert page.evaluate(SIDEWAYS) == 0
    page = open_page(f"{service.url}/library", java_script_enabled=False)
    expect(page.locator("#graph")).to_be_hidden()
    page.get_by_label("Name, docstring or code").fill("one")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".known .name")).to_have_text("add_one_to_each")
