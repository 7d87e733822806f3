"""Models in a browser: a version's curve, and rolling it back, which asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import check_accessibility
from tests.e2e.seeding import SeededRun
from tests.e2e.service import Service
from tests.e2e.test_library import PHONE, SIDEWAYS

pytestmark = pytest.mark.browser


def test_a_network_is_rolled_back_and_promoted_again(
    service: Service, open_page: Callable[..., Page]
) -> None:
    run = SeededRun(service.database)
    for iteration in (1, 2):
        run.sleep(iteration)
        for _ in run.dream(iteration):
            pass
    page = open_page(f"{service.url}/models")
    expect(page.locator("tbody tr")).to_have_count(2)
    check_accessibility(page)
    page.locator("tbody tr a.mono").first.click()
    expect(page.locator(".chart canvas")).to_be_visible()
    check_accessibility(page)
    assert not page.get_by_role("button", name="Roll back").is_visible(), "it asks first"
    page.get_by_text("Roll back…").click()
    page.get_by_label("Why").fill("solves less than the one before")
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator(".title-row .tag")).to_have_text("rolled back")
    decision = page.get_by_role("region", name="The decision")
    expect(decision).to_contain_text("“solves less than the one before”")
    check_accessibility(page)
    page.get_by_text("Promote…").click()
    page.get_by_role("button", name="Promote").click()
    expect(page.locator(".title-row .tag")).to_have_text("in use")
    page = open_page(page.url, **PHONE)
    expect(page.locator(".chart canvas")).to_be_visible()
    assert page.evaluate(SIDEWAYS) == 0
