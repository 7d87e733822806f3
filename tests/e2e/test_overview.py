"""The first page in a browser: it follows what happens without a reload."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import check_accessibility
from tests.e2e.seeding import SeededRun
from tests.e2e.service import Service
from tests.e2e.test_library import PHONE, SIDEWAYS

pytestmark = pytest.mark.browser


def test_the_overview_follows_a_run(service: Service, open_page: Callable[..., Page]) -> None:
    run = SeededRun(service.database)
    page = open_page(service.url)
    page.evaluate("window.sameDocument = true")
    expect(page.locator("h1")).to_have_text("1 run at work")
    expect(page.locator(".running li")).to_contain_text("0 of 24 tasks tried")
    expect(page.get_by_role("region", name="Health")).to_contain_text("1 worker alive")
    for number in range(3):
        run.attempt(1, number, "prior")
    expect(page.locator(".running li")).to_contain_text("3 of 24 tasks tried")
    run.sleep(1)
    run.settle("finished")
    expect(page.locator("h1")).to_have_text("At rest: nothing waits")
    expect(page.locator(".newest .name")).to_have_text("add_one_to_each")
    expect(page.locator("#solved-today")).to_have_text("+3")
    assert page.evaluate("window.sameDocument") is True
    page.reload()
    expect(page.locator("#panel-solved canvas")).to_be_visible()
    check_accessibility(page)


def test_the_overview_on_a_phone_and_without_javascript(
    service: Service, open_page: Callable[..., Page]
) -> None:
    SeededRun(service.database)
    page = open_page(service.url, **PHONE)
    expect(page.locator("#panel-solved canvas")).to_be_visible()
    assert page.evaluate(SIDEWAYS) == 0
    page = open_page(service.url, java_script_enabled=False)
    expect(page.locator(".running li")).to_have_count(1)
    expect(page.locator(".domains tbody tr").first).to_contain_text("list")
