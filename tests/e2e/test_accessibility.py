"""axe-core on the pages that have no tests of their own for it, each in light and in dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import check_accessibility
from tests.e2e.seeding import SeededRun
from tests.e2e.service import Service
from tests.e2e.test_page import one_iteration
from tests.synthesis.control_toys import PRIOR, controls

pytestmark = pytest.mark.browser


def test_a_fault_is_named_with_its_place(service: Service, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{service.url}/keys")
    page.evaluate(
        "document.querySelector('input[name=name]').closest('label').replaceWith("
        "Object.assign(document.createElement('input'), { id: 'bare' }))"
    )
    with pytest.raises(AssertionError, match=r"(?s)/keys:.*critical.*label.*#bare"):
        check_accessibility(page)


def test_no_page_has_a_grave_fault(service: Service, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{service.url}/")
    check_accessibility(page)
    page.goto("about:blank")  # the first page would load itself anew at the first run
    run = SeededRun(service.database)
    one_iteration(run)
    run.report(2, 18, controls([PRIOR]))
    page.goto(f"{service.url}/runs/{run.id}")
    expect(page.locator("#chart-progress canvas")).to_be_visible()
    page.evaluate("document.querySelectorAll('main details').forEach((each) => (each.open = true))")
    check_accessibility(page)
    page.locator(".tile.solved").first.click()
    expect(page.locator("#card .code").first).to_be_visible()
    check_accessibility(page)
    task = page.locator(".tile").first.get_attribute("href")
    for path in (task, "/keys"):
        page.goto(f"{service.url}{path}")
        check_accessibility(page)
    page.goto(f"{service.url}/docs")
    check_accessibility(page, beside="#reference")


def test_neither_has_a_page_that_says_what_went_wrong(
    service: Service, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{service.url}/runs/nothing", missing=True)
    check_accessibility(page)
