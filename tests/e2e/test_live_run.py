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

#: Notes what the page has shown: a busy machine may show less of it, and later, but never in another order.
_NOTE = """() => {
  window.shown = { headings: [], solved: [] };
  const note = () => {
    const [heading, solved] = ["phase-sentence", "solved"].map((id) => document.getElementById(id).innerText);
    const now = { headings: heading, solved: Number(solved) };
    for (const [name, value] of Object.entries(now)) {
      if (window.shown[name].at(-1) !== value) window.shown[name].push(value);
    }
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  note();
}"""
#: Two kinds of tasks: some that any search finds, and some that a second is too short for.
_EASY, _HARD = 6, 4


def test_a_tiny_run_is_followed_live(tmp_path: Path, open_page: Callable[..., Page]) -> None:
    train, test = get_domain("list").shipped_tasks()
    config = RunConfig("list", 1, 0.7, workers=1, dream_seconds=0.5, training_seconds=1.0, control_tasks=1)
    database = prepare(tmp_path)
    run = queue_run(database, [*train[-_HARD:], *train[:_EASY]], test[:2], config.to_json(), label="tiny")
    with serving(tmp_path, database) as service:
        page = open_page(f"{service.url}/runs/{run}")
        page.evaluate(_NOTE)
        expect(page.locator("[data-state=finished]")).to_be_visible(timeout=180_000)
        expect(page.locator("h1")).to_contain_text("Finished")
        shown = page.evaluate("window.shown")  # lost where the page was loaded anew
        assert any("Awake" in heading for heading in shown["headings"]), shown
        assert len(shown["solved"]) > 1 and shown["solved"] == sorted(shown["solved"]), shown
        expect(page.locator("#panel-shares .bars")).not_to_have_count(0)
        expect(page.locator("#panel-training .versions li").first).to_be_visible()
        expect(page.locator("#panel-controls tbody tr").first).to_contain_text("of 1")
        # A solution is the engine's own, in both forms.
        page.locator(".tile.solved").first.click()
        expect(page.locator("#card .code").first).to_contain_text("lambda")
        page.close()  # before the service goes: a page that loses it says so on its console
    database.close()
