"""One browser, one service a module, and for each test pages that are held to the rules of all pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.service import Service, launch, prepare, serving

# What is waited for comes at once on an idle machine; a busy one is no failure.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with nothing to carry; tests seed what they show."""
    data_dir: Path = tmp_path_factory.mktemp("data")
    database = prepare(data_dir)
    with serving(data_dir, database) as service:
        yield service
    database.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages (`open_page(url, **context options)`). At the end none of them may have an error on its
    console or have asked another host for anything. `missing`: the address is of nothing, which Chromium says
    on the console too.
    """
    problems: list[str] = []
    contexts = []

    def open_page(url: str, *, missing: bool = False, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        origin = "/".join(url.split("/")[:3])
        page.on(
            "console",
            lambda message: (
                message.type == "error"
                and not (missing and message.location["url"] == url)
                and problems.append(message.text)
            ),
        )
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((f"{origin}/", "data:", "blob:")) or problems.append(request.url)
            ),
        )
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
