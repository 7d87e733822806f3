"""Pictures for the README, taken from the pages after the run that `make run` does (about five minutes).

    python -m tests.e2e.screenshots

Writes into docs/images: the run's page, its dark look and a phone's; the overview, the library, a task.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from app.settings import Settings
from app.workflows.shipped import shipped_run
from tests.e2e.service import ROOT, launch, prepare, serving

IMAGES = ROOT / "docs" / "images"
DESK = {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"}
LOOKS = {
    "dashboard.png": DESK,
    "dashboard-dark.png": DESK | {"color_scheme": "dark"},
    "dashboard-phone.png": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
PAGES = {
    "overview.png": ("/", "[data-chart=solved] canvas"),
    "library.png": ("/library?domain=list", "#graph canvas"),
}
"""Of other pages: where, and what to wait for."""
MINUTES = 15


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = prepare(Path(folder))
        run = shipped_run(Settings(data_dir=Path(folder), database_url=""), database)
        with serving(Path(folder), database) as service:
            address = f"{service.url}/runs/{run}"
            browser = launch(playwright)
            page = browser.new_page()
            page.goto(address)
            page.locator("[data-state=finished]").wait_for(timeout=MINUTES * 60_000)
            for name, look in LOOKS.items():
                take(browser.new_context(**look).new_page(), address, "#chart-training canvas", name)
            for name, (path, ready) in PAGES.items():
                take(browser.new_context(**DESK).new_page(), service.url + path, ready, name)
            page.goto(f"{service.url}/library?domain=list")
            page.locator(".knowns .name").first.click()  # what gains most
            page.locator("#used-by .names a").first.click()
            take(browser.new_context(**DESK).new_page(), page.url, "#try", "task.png")
            browser.close()
        database.close()


def take(page: Page, address: str, ready: str, name: str) -> None:
    """The picture of a page once what `ready` selects is there; the whole of it, but for a phone's."""
    page.goto(address)
    page.locator(ready).first.wait_for()
    page.wait_for_timeout(1000)  # the charts' opening movement
    page.screenshot(path=IMAGES / name, full_page="phone" not in name)


if __name__ == "__main__":
    main()
