"""The page's states and its looks, on seeded runs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.seeding import SeededRun, law_run
from tests.e2e.service import Service

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def one_iteration(run: SeededRun) -> None:
    for number in range(run.size):
        run.attempt(1, number, ("prior", "network", None)[number % 3])
    run.phase(1, "abstraction")
    run.sleep(1)
    run.phase(1, "dream")
    for _ in run.dream(1):
        pass
    run.report(1, 16)


def test_the_empty_page_says_how_to_start_and_finds_the_first_run(
    service: Service, open_page: Callable[..., Page]
) -> None:
    page = open_page(service.url)
    expect(page.locator("h1")).to_have_text("Nothing has been learned yet")
    expect(page.locator("main")).to_contain_text("make run")
    run = SeededRun(service.database)
    expect(page.locator(f'.running a[href="/runs/{run.id}"]')).to_be_visible()


def test_abstractions_and_training_appear_as_they_are_made(
    service: Service, open_page: Callable[..., Page]
) -> None:
    run = SeededRun(service.database)
    page = open_page(f"{service.url}/runs/{run.id}")
    page.evaluate("window.sameDocument = true")
    for number in range(4):
        run.attempt(1, number, "prior")
    expect(page.locator("#solved")).to_have_text("4")
    expect(page.locator(".tile.solved.g-prior")).to_have_count(4)
    run.phase(1, "abstraction")
    run.sleep(1)
    expect(page.locator(".abstraction .name")).to_have_text("add_one_to_each")
    expect(page.locator(".abstraction .code").first).to_contain_text("map(lambda x: x + 1")
    run.phase(1, "dream")
    expect(page.locator(".phases .current .label")).to_have_text("dream")
    steps = run.dream(1)
    next(steps)
    expect(page.locator("#panel-training canvas")).to_be_visible()
    last = max(steps)
    expect(page.locator("#panel-training header")).to_contain_text(f"{last:,} steps")
    expect(page.locator("#panel-training")).to_contain_text("promoted")
    assert page.evaluate("window.sameDocument") is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_each_have_their_paper(
    service: Service, open_page: Callable[..., Page], scheme: str
) -> None:
    run = SeededRun(service.database)
    page = open_page(f"{service.url}/runs/{run.id}", color_scheme=scheme)
    paper = (
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b)"
    )
    assert (page.evaluate(paper) < 150) == (scheme == "dark")
    page.locator("[data-theme-toggle]").click()
    assert (page.evaluate(paper) < 150) == (scheme == "light")


def test_a_phone_never_scrolls_sideways(service: Service, open_page: Callable[..., Page]) -> None:
    run = SeededRun(service.database)
    one_iteration(run)
    page = open_page(f"{service.url}/runs/{run.id}", **PHONE)
    expect(page.locator("#chart-progress canvas")).to_be_visible()
    assert page.evaluate(SIDEWAYS) == 0
    page.locator(".tile.solved").first.tap()
    expect(page.locator("#card.sheet .code").first).to_be_visible()
    assert page.evaluate(SIDEWAYS) == 0


def test_a_task_s_card_by_pointer_and_by_keyboard(service: Service, open_page: Callable[..., Page]) -> None:
    run = SeededRun(service.database)
    one_iteration(run)
    page = open_page(f"{service.url}/runs/{run.id}")
    first, second = page.locator(".tile").nth(0), page.locator(".tile").nth(1)
    card = page.locator("#card")
    first.hover()
    expect(card.locator(".code").first).to_contain_text("add_one_to_each(")
    card.locator(".lambda summary").click()
    expect(card.locator(".lambda .code")).to_contain_text("(lambda (")
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.locator("h2")).to_have_text(run.tasks[1])
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(second).to_be_focused()


def test_a_law_s_card_has_its_formula(service: Service, open_page: Callable[..., Page]) -> None:
    program = "(lambda (lambda (/. $1 (fold $0 0. (lambda (lambda (+. (*. $1 $1) $0)))))))"
    example = {"inputs": [6.0, [1.0, 0.0, 1.0]], "output": 3.0}
    run = law_run(service.database, program, "real -> list(real) -> real", example)
    page = open_page(f"{service.url}/runs/{run}")
    page.locator(".tile.solved.g-deduction").hover()
    expect(page.locator("#card .formula")).to_contain_text("x/sum(y**2)")


def test_a_failed_run_says_why(service: Service, open_page: Callable[..., Page]) -> None:
    run = SeededRun(service.database)
    run.settle("failed", "MemoryError: <the version space> grew beyond its bound")
    page = open_page(f"{service.url}/runs/{run.id}")
    expect(page.get_by_role("alert")).to_have_text("MemoryError: <the version space> grew beyond its bound")
    expect(page.locator("#connection")).to_be_empty()


def test_the_page_is_whole_without_javascript(service: Service, open_page: Callable[..., Page]) -> None:
    run = SeededRun(service.database)
    one_iteration(run)
    page = open_page(f"{service.url}/runs/{run.id}", java_script_enabled=False)
    expect(page.locator("#solved")).to_have_text("16")
    page.locator("#panel-progress summary").click()
    expect(page.locator("#panel-progress table")).to_contain_text("16 of 24")
    page.locator(".tile.solved").first.click()
    expect(page.locator(".task-page h2")).to_have_text(run.tasks[0])


def test_the_chart_changes_its_axis(service: Service, open_page: Callable[..., Page]) -> None:
    run = SeededRun(service.database)
    one_iteration(run)
    page = open_page(f"{service.url}/runs/{run.id}")
    canvas = page.locator("#chart-progress canvas")
    expect(canvas).to_be_visible()
    page.get_by_role("button", name="Iteration").click()
    expect(page.get_by_role("button", name="Iteration")).to_have_attribute("aria-pressed", "true")
    expect(canvas).to_be_visible()


def test_the_api_reference_loads_from_this_host(service: Service, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{service.url}/docs")
    expect(page.locator("#reference .opblock").first).to_be_visible(timeout=15_000)


def test_every_page_forbids_what_is_inline_or_foreign(
    service: Service, open_page: Callable[..., Page]
) -> None:
    run = SeededRun(service.database)
    page = open_page(f"{service.url}/runs/{run.id}")
    task = page.locator(".tile").first.get_attribute("href")
    for path, number in zip(("/", f"/runs/{run.id}", task, "/docs", "/runs/nothing"), count()):
        response = page.request.get(f"{service.url}{path}")
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert response.status == (404 if number == 4 else 200)
        assert "<style" not in response.text() and "style=" not in response.text()
