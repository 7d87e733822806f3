"""The page of a real run, carried by a real service: what happens shows without a reload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from library.domain import get_domain
from synthesis.loop import RunConfig
from tests.e2e.service import prepare, queue_run, serving

pytestmark = pytest.mark.browser

#: Two kinds of tasks: some that any search finds, and some that a second is too short for.
_EASY, _HARD = 6, 4


def test_a_tiny_run_is_followed_live(tmp_path: Path, open_page: Callable[..., Page]) -> None:
    train, test = get_domain("list").shipped_tasks()
    config = RunConfig("list", 1, 0.7, workers=1, dream_seconds=0.5, training_seconds=1.0, control_tasks=1)
    database = prepare(tmp_path)
    queue_run(database, [*train[-_HARD:], *train[:_EASY]], test[:2], config.to_json(), label="tiny")
    with serving(tmp_path, database) as service:
        page = open_page(service.url)
        page.evaluate("window.sameDocument = true")
        expect(page.locator("#connection")).to_have_text("live")
        expect(page.locator("h1")).to_contain_text("Awake", timeout=30_000)  # after a first dream
        expect(page.locator(".phases .current .label")).to_have_text("wake")
        before = int(page.locator("#solved").inner_text())
        page.wait_for_function(
            "before => Number(document.getElementById('solved').textContent) > before",
            arg=before,
            timeout=20_000,
        )
        expect(page.locator(".tile.solved").first).to_be_visible()
        expect(page.locator("[data-state=finished]")).to_be_visible(timeout=40_000)
        expect(page.locator("h1")).to_contain_text("Finished")
        expect(page.locator("#panel-shares .bars")).not_to_have_count(0)
        expect(page.locator("#panel-training .versions li").first).to_be_visible()
        expect(page.locator("#panel-controls tbody tr").first).to_contain_text("of 1")
        assert page.evaluate("window.sameDocument") is True
        # A solution is the engine's own, in both forms.
        page.locator(".tile.solved").first.click()
        expect(page.locator("#card .code").first).to_contain_text("lambda")
        page.close()  # before the service goes: a page that loses it says so on its console
    database.close()
