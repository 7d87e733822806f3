"""With a key, in a real browser: signed out there is one page, signed in there is what the scope allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.access import Scope
from app.db.repositories import KeyRepository
from tests.e2e.seeding import SeededRun
from tests.e2e.service import Service, prepare, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, str]) -> Iterator[Service]:
    data_dir: Path = tmp_path_factory.mktemp("keys")
    database = prepare(data_dir)
    with database.write() as session:
        keys |= {scope: KeyRepository(session).add(f"{scope}er", scope)[1].text for scope in Scope}
    with serving(data_dir, database) as service:
        yield service
    database.close()


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def test_in_by_key_live_and_out_again(
    service: Service, open_page: Callable[..., Page], keys: dict[str, str]
) -> None:
    run = SeededRun(service.database)
    page = open_page(f"{service.url}/sign-in")
    sign_in(page, keys["read"])
    page.locator(f'.running a[href="/runs/{run.id}"]').click()
    expect(page.locator("#solved")).to_have_text("0")
    expect(page.locator("#connection")).to_have_text("live")
    run.attempt(1, 0, "prior")
    expect(page.locator("#solved")).to_have_text("1")
    expect(page.get_by_role("link", name="Keys")).to_have_count(0)
    assert page.evaluate("document.cookie") == "", "no script can read the session"
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    expect(page.locator("main")).not_to_contain_text("solved")


def test_a_key_is_made_and_revoked_on_a_phone(
    service: Service, open_page: Callable[..., Page], keys: dict[str, str]
) -> None:
    page = open_page(f"{service.url}/sign-in", viewport={"width": 360, "height": 740})
    sign_in(page, keys["admin"])
    page.get_by_role("link", name="Keys").click()
    page.get_by_label("Name").fill("visitor")
    page.get_by_role("button", name="Make it").click()
    assert page.locator("#made").inner_text().startswith("ws_")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    row = page.get_by_role("row").filter(has_text="visitor").filter(has_text="Revoke")
    row.get_by_text("Revoke…").click()
    row.get_by_role("button", name="Revoke visitor").click()
    expect(page.get_by_role("row").filter(has_text="visitor").first).to_contain_text("revoked")
    expect(page.get_by_role("table").nth(1)).to_contain_text("key.revoked")
