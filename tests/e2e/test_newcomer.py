"""Somebody who has never seen it, from the first page alone: a task, its solution in Python, the function
that it uses, where that came from, and the library in a file."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from synthesis.loop import RunConfig
from tests.e2e.service import prepare, queue_run, serving

pytestmark = pytest.mark.browser

LISTS = [[3, 1, 4, 1, 5], [2, 7], [9, 2, 6, 5], [8, 8, 1]]


def doubled(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


def task(name: str, *examples: tuple[object, object]) -> dict[str, object]:
    return {
        "name": name,
        "examples": [{"inputs": [given], "output": output} for given, output in examples],
    }


#: What they share is worth a function.
LEARNED_FROM = [
    task("double each", *((xs, doubled(xs)) for xs in LISTS)),
    task("double the rest", *((xs, doubled(xs[1:])) for xs in LISTS)),
    task("double up to", *((n, doubled(list(range(n)))) for n in (3, 5, 2, 4))),
    task("double each twice", *((xs, doubled(doubled(xs))) for xs in LISTS)),
]
SUBMITTED = """\
[1, 2, 3, 4] -> [6, 8]
[5, 0, 2] -> [4]
[7, 1, 9, 9, 3] -> [18, 18, 6]
"""


def test_from_the_first_page_to_an_exported_library(tmp_path: Path, open_page: Callable[..., Page]) -> None:
    config = RunConfig("list", 1, 1.0, guides=("prior",), workers=1, dream_seconds=0.3, control_tasks=0)
    database = prepare(tmp_path)
    run = queue_run(database, LEARNED_FROM, [], config.to_json(), label="doubling")
    with serving(tmp_path, database) as service:
        page = open_page(service.url)
        expect(page.locator("#panel-latest .name").first).to_be_visible(timeout=120_000)

        page.get_by_role("link", name="Tasks", exact=True).click()
        page.get_by_role("link", name="Submit a task").click()
        page.get_by_role("textbox", name="Name").fill("double all but two")
        page.get_by_role("textbox", name="Examples").fill(SUBMITTED)
        page.get_by_role("button", name="Submit and solve it now").click()

        expect(page.get_by_role("heading", name="Solution")).to_be_visible(timeout=60_000)
        solution = page.locator("section", has=page.get_by_role("heading", name="Solution"))
        used = solution.locator(".uses .name")
        name = used.inner_text()
        expect(solution.locator(".code").first).to_contain_text(f"{name}(cdr(cdr(xs)))")
        page.get_by_role("textbox", name="Input").fill("[10, 20, 30]")
        page.get_by_role("button", name="Run it").click()
        expect(page.locator(".gives")).to_contain_text("[60]")

        used.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        origin = page.locator("section", has=page.get_by_role("heading", name="Where it came from"))
        expect(origin).to_contain_text("double each")
        expect(origin.locator(f"a[href='/runs/{run}']").first).to_be_visible()

        page.get_by_role("link", name="Library", exact=True).click()
        page.get_by_text("Export", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Python").click()
        with zipfile.ZipFile(download.value.path()) as package:
            sources = [package.read(entry) for entry in package.namelist() if entry.endswith(".py")]
        assert any(f"def {name}(".encode() in source for source in sources)
        page.close()  # before the service goes: a page that loses it says so on its console
    database.close()
