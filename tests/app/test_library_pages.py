"""The library's pages, by what they answer: states, search, cursors, bad addresses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.dashboard.library.docstrings import Docstring, read
from app.dashboard.library.graph import depths_of
from app.dashboard.library.routes import PAGE
from app.workflows.keeper import DatabaseKeeper
from library.domain import get_domain
from library.snapshot import Abstraction, Library
from synthesis.frontier import Entry, Frontier
from synthesis.report import Sleep
from tests.app.examples import HEAD, INCREMENT
from tests.app.test_keeper import BODY, keeper, sleep

__all__ = ["keeper"]  # the fixture

OUTER = f"#(lambda ({BODY} ({BODY} $0)))"
TYPE = "int -> int"


def slept(keeper: DatabaseKeeper, iteration: int, *known: Abstraction, gain: float = 1.0) -> None:
    """A sleep that knows these; the first task's best program uses the first of them."""
    weights = (0.0,) * (len(get_domain("list").primitives) + len(known) + 1)
    program = f"(lambda (map {known[0].body} $0))" if known else "(lambda (map (lambda (+ $0 1)) $0))"
    entry = Entry(program, -4.0, 0.0, "prior", 1)
    frontiers = {
        INCREMENT["name"]: Frontier(INCREMENT["name"], INCREMENT["request"], (entry,)),
        HEAD["name"]: Frontier(HEAD["name"], HEAD["request"]),
    }
    gains = {one.name: gain + place for place, one in enumerate(known)}
    library = Library("list", known, weights)
    added = tuple(one.name for one in known)
    keeper.record_sleep(
        iteration, Sleep(library, frontiers, added, 30.0, 20.0, 0.1, gains, {"increment": -2.5})
    )


def increment(name: str = "increment") -> Abstraction:
    return Abstraction(name, BODY, TYPE, "Adds one to <any> number.", (INCREMENT["name"],))


def twice() -> Abstraction:
    return Abstraction("twice", OUTER, TYPE, f"{TYPE}: lambda n: n. twice(3) == 5. Learned from 'x'.", ())


def many(count: int) -> list[Abstraction]:
    """Different functions, each adding one more."""
    bodies = ["$0"]
    for _ in range(count):
        bodies.append(f"(+ 1 {bodies[-1]})")
    return [
        Abstraction(f"add_{n}", f"#(lambda {body})", TYPE, "", ())
        for n, body in enumerate(bodies[1:], start=1)
    ]


def names(page: str) -> list[str]:
    return re.findall(r'<h3><a class="name" href="/library/abstractions/\w+">(\w+)</a>', page)


def address(page: str, name: str) -> str:
    return re.findall(rf'href="(/library/abstractions/\w+)">{name}<', page)[0]


def get(client: TestClient, path: str, status: int = 200, **options: Any) -> str:
    answer = client.get(path, **options)
    assert answer.status_code == status, answer.text
    return answer.text


def test_nothing_learned_yet(client: TestClient) -> None:
    page = get(client, "/library")
    assert "No library function has been learned yet" in page and "graph.js" not in page
    assert "No abstraction sleep has made a version yet" in get(client, "/library/versions?domain=list")


def test_search_by_name_docstring_type_and_state(client: TestClient, keeper: DatabaseKeeper) -> None:
    slept(keeper, 1, increment(), twice())
    slept(keeper, 2, twice())
    page = get(client, "/library")
    assert names(page) == ["twice"] and "holds 1 abstraction" in page and "graph.js" in page
    assert names(get(client, "/library?state=retired")) == ["increment"]
    assert names(get(client, "/library?state=all&sort=oldest")) == ["increment", "twice"]
    assert names(get(client, "/library?state=all&sort=gain")) == ["twice", "increment"]
    assert names(get(client, "/library?state=all&q=ADDS+any")) == ["increment"]
    assert names(get(client, "/library?state=all&q=100%25")) == [], "a percent sign is no wildcard"
    assert names(get(client, "/library?type=int->int")) == ["twice"]
    assert "No abstraction is like that" in get(client, "/library?type=list")
    assert names(get(client, "/library?domain=")) == ["twice"]
    assert names(get(client, "/library?domain=text")) == []
    fragment = get(client, "/library?domain=list", headers={"HX-Request": "true"})
    assert fragment.startswith('<div id="results"') and names(fragment) == ["twice"]


@pytest.mark.parametrize("sort", ["newest", "oldest", "gain", "name"])
def test_pages_have_each_once(client: TestClient, keeper: DatabaseKeeper, sort: str) -> None:
    known = many(2 * PAGE + 3)
    slept(keeper, 1, *known, gain=0.5)
    found: list[str] = []
    path = f"/library?domain=list&sort={sort}"
    for _ in range(3):
        page = get(client, path)
        found += names(page)
        following = re.findall(r'rel="next" href="([^"]+)"', page)
        path = following[0].replace("&amp;", "&") if following else ""
    assert path == "" and len(found) == len(known) and set(found) == {one.name for one in known}
    version = re.findall(r'href="(/library/versions/\w+)"', get(client, "/library"))[0]
    first = names(get(client, version))
    rest = names(get(client, f"{version}?after={PAGE - 1}"))
    assert first + rest == [one.name for one in known[: 2 * PAGE]]


def test_one_abstraction(client: TestClient, keeper: DatabaseKeeper) -> None:
    slept(keeper, 1, increment(), twice())
    listed = get(client, "/library?sort=oldest")
    page = get(client, address(listed, "increment"))
    assert "Adds one to &lt;any&gt; number." in page and "lambda n: n + 1" in re.sub("<[^>]+>", "", page)
    assert "gain" in page.lower() and ">1.0<" in page and "in use" in page
    assert re.search(rf'<a href="/tasks/\w+">{INCREMENT["name"]}</a>', page), "the task is linked"
    assert address(page, "twice"), "what is built on it"
    other = get(client, address(listed, "twice"))
    assert (
        address(other, "increment") and "twice(3) == 5" in other and "Learned from &#39;x&#39;" not in other
    )
    slept(keeper, 2)
    page = get(client, address(listed, "increment"))
    assert "retired" in page and "all would have been 2.5 nats shorter with it" in page
    assert "There is no such thing" in get(client, "/library/abstractions/abstraction_none", 404)


def test_what_only_stands_inside_of_others(client: TestClient, keeper: DatabaseKeeper) -> None:
    slept(keeper, 1, twice())
    page = get(client, "/library?state=all")
    assert names(page) == ["twice"], "no version lists the other"
    inner = re.findall(r'href="(/library/abstractions/\w+)">unlisted_', page)[0]
    assert "part of others" in get(client, inner)


def test_versions_and_what_changed(client: TestClient, keeper: DatabaseKeeper) -> None:
    slept(keeper, 1, increment("plus"))
    slept(keeper, 2, increment(), twice())
    page = get(client, "/library/versions?domain=list")
    (change,) = set(re.findall(r'href="(/library/versions/\w+/diff\?to=\w+)">from before', page))
    changed = get(client, change)
    assert address(changed, "twice") and "<h2>Added</h2>" in changed and "is now" in changed
    back = re.findall(r'href="(/library/versions/\w+/diff\?to=\w+)">The other way round', changed)[0]
    assert "<h2>Retired</h2>" in get(client, back)
    version = re.findall(r"to=(\w+)", change)[0]
    assert "Nothing: they say the same" in get(client, f"/library/versions/{version}/diff?to={version}")
    get(client, f"/library/versions/{version}/diff?to=library_none", 404)
    get(client, f"/library/versions/{version}/diff", 422)
    graph = client.get(f"/library/versions/{version}/graph").json()
    assert [node[1:4] for node in graph["nodes"]] == [["increment", 0, 0], ["twice", 1, 1]]
    assert graph["edges"] == [[1, 0]] and graph["ages"] == 2 and graph["types"] == [TYPE]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/library?state=none", 422),
        ("/library?sort=none", 422),
        ("/library?q=%00", 422),
        ("/library?domain=%00", 422),
        (f"/library?q={'x' * 201}", 422),
        ("/library?after=%00", 422),
        ("/library?after=abstraction_none", 200),
        ("/library?domain=none", 200),
        ("/library/versions", 422),
        ("/library/versions?domain=none", 404),
        ("/library/versions/%00", 422),
        ("/library/versions/none", 404),
        ("/library/versions/none/graph", 404),
        ("/library/versions/none?after=x", 422),
        ("/library/abstractions/%00", 422),
        ("/library/abstractions/none", 404),
    ],
)
def test_a_bad_address(client: TestClient, keeper: DatabaseKeeper, path: str, status: int) -> None:
    keeper.record_sleep(1, sleep())
    assert "<h1>" in get(client, path, status)


def test_depths_are_the_longest_ways_down() -> None:
    assert depths_of(5, [(1, 0), (2, 1), (2, 0), (3, 2), (3, 0)]) == [0, 1, 2, 3, 0]
    assert depths_of(0, []) == []


@pytest.mark.parametrize(
    ("text", "sentence", "examples"),
    [
        ("", "", ()),
        ("Adds one.", "Adds one.", ()),
        ("int -> int: lambda n: n + 1. f(3) == 4. Learned from 'a' and 2 more.", "", ("f(3) == 4",)),
        ("Halves it. f(3.0) == 1.5. f(1.0) == 0.5.", "Halves it.", ("f(3.0) == 1.5", "f(1.0) == 0.5")),
        ("A constant. f == [1, 2].", "A constant.", ("f == [1, 2]",)),
        ("Unlike g(1) == 2. It is f.", "Unlike g(1) == 2. It is f.", ()),
    ],
)
def test_a_docstring_s_parts(text: str, sentence: str, examples: tuple[str, ...]) -> None:
    assert read(text, "f", "int -> int", "lambda n: n + 1") == Docstring(sentence, examples)
