"""What holds for every page, and needs no browser: it answers, is well formed, has nothing inline in it, and
leads nowhere that isn't there. A page that is new is among them by its route.
"""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.dashboard.sections import SECTIONS
from app.db import Database
from benchmarks.dashboard.measuring import addresses, links, page_of, page_paths
from benchmarks.dashboard.seeding import SMALL, seed

_VOID = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"))
#: In SVG, elements may close themselves.
_LEFT_OPEN = frozenset(["path", "circle", "rect", "use", "line", "polyline", "polygon", "ellipse", "stop"])
#: Of the links to one kind of page, so many are followed.
_FOLLOWED = 3


#: Sign-in leads on where no key is needed; the other wants to know of which domain.
_ASKED = ("/sign-in", "/library/versions")


class _Checker(HTMLParser):
    """Notes what a page should not have."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, attrs)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, attrs)
        if tag not in _VOID | _LEFT_OPEN:
            self.problems.append(f"<{tag}/> doesn't close itself")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> where {self.open[-3:]} is open, at {self.getpos()}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        given = dict(attrs)
        if len(set(names)) < len(names):
            self.problems.append(f"<{tag}> has an attribute twice: {names}")
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.problems.append(f"an inline <{tag}> at {self.getpos()}")
        self.problems += [f"{name} on <{tag}>" for name in names if name == "style" or name.startswith("on")]
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if tag in ("a", "time") and tag in self.open:
            self.problems.append(f"<{tag}> within <{tag}> at {self.getpos()}")


def faults(page: str) -> list[str]:
    checker = _Checker()
    checker.feed(page)
    checker.close()
    twice = [f"the id {name!r} {times} times" for name, times in checker.ids.items() if times > 1]
    return [*checker.problems, *twice, *(f"<{tag}> is never closed" for tag in checker.open)]


def _check(client: TestClient, app: FastAPI, pages: list[str]) -> None:
    """Every page, and what they lead to."""
    wrong: dict[str, list[str]] = {}
    followed: dict[str, set[str]] = {}
    for path in pages:
        answer = client.get(path)
        if answer.status_code != 200:
            wrong[path] = [f"answers {answer.status_code}"]
            continue
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        if found := faults(answer.text):
            wrong[path] = found
        for address in links(answer.text):
            kind = page_of(app, address) or address
            followed.setdefault(kind, set()).add(address)
    assert not wrong
    for kind, found_at in followed.items():
        for address in sorted(found_at)[:_FOLLOWED]:
            if (answer := client.get(address, follow_redirects=False)).status_code >= 400:
                wrong[kind] = [address, f"answers {answer.status_code}"]
    assert not wrong


def test_the_checker_finds_what_is_wrong() -> None:
    assert faults('<p id="a">x</p><br><svg><path d="M0 0"/></svg>') == []
    for page in (
        "<p>",
        "<b><i></b></i>",
        "<script>1</script>",
        '<p style="x">y</p>',
        '<p id="a"></p><p id="a"></p>',
        '<a href="/"><a href="/">x</a></a>',
        '<button onclick="x">y</button>',
        "<div/>",
    ):
        assert faults(page), page


def test_every_page_of_an_empty_service(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    pages = [path for path in page_paths(app) if "{" not in path and path not in _ASKED]
    assert {"/", "/runs", "/runs/new", "/keys", "/docs"} <= set(pages)
    _check(client, app, pages)


def test_every_page_of_a_service_in_use(client: TestClient, database: Database) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    seeded = seed(database, SMALL)
    pages = addresses(app, client, seeded)
    missing = set(page_paths(app)) - set(pages)
    assert not missing, "the test knows no address for these: tell benchmarks/dashboard/measuring.py"
    _check(client, app, [path for path in pages.values() if path != "/sign-in"])


def test_every_section_of_the_navigation_is_there(client: TestClient) -> None:
    assert {section.path: client.get(section.path).status_code for section in SECTIONS} == {
        section.path: 200 for section in SECTIONS
    }
