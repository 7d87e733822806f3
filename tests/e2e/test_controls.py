"""The panel that says what each part of a run is worth: with controls, before them, and without any."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.seeding import SeededRun
from tests.e2e.service import Service
from tests.synthesis.control_toys import PRIOR, SQUARED, Draws, controls

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_the_page_says_what_the_model_is_worth_at_equal_cost(
    service: Service, open_page: Callable[..., Page]
) -> None:
    run = SeededRun(service.database)
    page = open_page(f"{service.url}/runs/{run.id}")
    panel = page.locator("#panel-controls")
    expect(panel).to_contain_text("Measured after the last iteration")
    run.report(1, 16, controls([PRIOR, Draws(SQUARED, name="model")]))
    expect(panel.locator("[data-without='language model']")).to_have_text(
        "With the language model 2 of 3, without it 1 of 3, at 20 CPU-s a task:"
        " 1 only with it, 0 only without (p = 1.00)."
    )
    expect(panel.locator("#learning-worth")).to_contain_text("before its first wake 1 of 3")
    expect(panel.locator("header")).to_contain_text("3 held-out tasks")
    rows = panel.locator("tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.nth(0)).to_contain_text("2 of 3")
    expect(panel.locator("[data-arm=samples]")).to_contain_text("50 %")  # every other sample is valid
    expect(panel.locator("[data-arm=enumeration] td").nth(1)).to_have_text("1 · 0")


def test_a_run_without_a_model_has_no_sentence_about_it_and_fits_a_phone(
    service: Service, open_page: Callable[..., Page]
) -> None:
    run = SeededRun(service.database)
    run.report(1, 16, controls([PRIOR]))
    page = open_page(f"{service.url}/runs/{run.id}", **PHONE)
    expect(page.locator("#panel-controls tbody tr")).to_have_count(2)
    expect(page.locator("[data-without]")).to_have_count(0)
    assert page.evaluate(SIDEWAYS) == 0


def test_a_settled_run_of_before_there_were_controls_has_no_panel(
    service: Service, open_page: Callable[..., Page]
) -> None:
    run = SeededRun(service.database)
    run.report(1, 16)
    run.settle("finished")
    page = open_page(f"{service.url}/runs/{run.id}")
    expect(page.locator("#panel-shares")).to_be_visible()
    expect(page.locator("#panel-controls")).to_be_hidden()
