"""Pictures for the README, taken from the page of the run that `make run` does (about five minutes).

    python -m tests.e2e.screenshots

Writes docs/images/dashboard.png, its dark look, and a phone's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from app.settings import Settings
from app.workflows.shipped import shipped_run
from tests.e2e.service import ROOT, launch, prepare, serving

IMAGES = ROOT / "docs" / "images"
LOOKS = {
    "dashboard.png": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "dashboard-dark.png": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "dashboard-phone.png": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
MINUTES = 15


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = prepare(Path(folder))
        shipped_run(Settings(data_dir=Path(folder), database_url=""), database)
        with serving(Path(folder), database) as service:
            browser = launch(playwright)
            page = browser.new_page()
            page.goto(service.url)
            page.locator("[data-state=finished]").wait_for(timeout=MINUTES * 60_000)
            for name, look in LOOKS.items():
                page = browser.new_context(**look).new_page()
                page.goto(service.url)
                page.locator("#chart-training canvas").wait_for()
                page.wait_for_timeout(1000)  # the charts' opening movement
                page.screenshot(path=IMAGES / name, full_page="phone" not in name)
            browser.close()
        database.close()


if __name__ == "__main__":
    main()
