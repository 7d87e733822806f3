"""Ask the application for each of its pages and take the time; add up what a first visit transfers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from urllib.parse import urljoin, urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from app.api import create_app
from app.dashboard.routes import PageRoute
from app.db import Database
from app.settings import Settings
from benchmarks.dashboard.seeding import DOMAIN, Seeded

MILLISECONDS = 200.0
KILOBYTES = 300.0
#: Libraries that aren't counted with a page.
_ASIDE = re.compile(r"/vendor/(echarts|cytoscape|swagger)")
_LINKED = re.compile(r'<(?:link|script)\b[^>]*?(?:href|src)="(/static/[^"]+)"')
_PARAMETER = re.compile(r"{(\w+)}")
_FONT = re.compile(r'url\("([^"]+)"\)')
_ADDRESS = re.compile(r'\b(?:href|hx-get)="(/[^"#]*)')


class _Nobody:
    """No run is carried while pages are measured."""

    def enqueue(self, work: str, /) -> None: ...


@dataclass(frozen=True)
class Measured:
    """A page, in milliseconds and bytes. `page_bytes`: of the page alone; `asset_bytes`: of what it loads."""

    address: str
    route: str
    median: float
    worst: float
    cpu: float
    worst_cpu: float
    page_bytes: int
    asset_bytes: int
    aside_bytes: int

    @property
    def kilobytes(self) -> float:
        return (self.page_bytes + self.asset_bytes) / 1000

    @property
    def fits(self) -> bool:
        return self.median < MILLISECONDS and self.kilobytes < KILOBYTES


def measure(settings: Settings, database: Database, seeded: Seeded, repeats: int) -> Iterator[Measured]:
    """Every page once to warm up, and `repeats` times more. Raises RuntimeError for one that isn't there."""
    # Debug logging is no part of a page, and limits on a caller's rate are for others.
    app = create_app(settings.model_copy(update={"rate_limit": 0.0}), database, _Nobody())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assets = _Assets(client)
        for route, address in addresses(app, client, seeded).items():
            yield _measure(client, assets, route, address, repeats)


def addresses(app: FastAPI, client: TestClient, seeded: Seeded) -> Mapping[str, str]:
    """By route, an address of each page: of the largest run, task, version …; and of what these pages link
    to, where a route needs something else.
    """
    known = {
        "run_id": seeded.large_run,
        "task_id": seeded.tasks[0],
        "library_id": seeded.libraries[-1],
        "abstraction_id": seeded.abstractions[-1],
        "batch_id": seeded.batches[-1],
    }
    paths = page_paths(app)
    found = {path: path.format(**known) for path in paths if set(_PARAMETER.findall(path)) <= set(known)}
    found["/library/versions"] = f"/library/versions?domain={DOMAIN}"
    diff = "/library/versions/{library_id}/diff"
    found[diff] = diff.format(library_id=seeded.libraries[0]) + f"?to={seeded.libraries[-1]}"
    small, other = seeded.runs[:2]
    found["/runs/{run_id}/compare?with"] = f"/runs/{seeded.large_run}/compare?with={small}"
    found["/runs/{run_id}?tasks"] = f"/runs/{seeded.large_run}?tasks=unsolved"
    found["/runs/{run_id}, small"] = f"/runs/{other}"
    missing = set(paths) - set(found)
    for page in list(found.values()):
        if not missing:
            break
        for address in links(client.get(page, headers={"Accept": "text/html"}).text):
            path = page_of(app, address)
            if path in missing:
                found[path] = address
                missing.discard(path)
    return found


def links(page: str) -> list[str]:
    """Addresses of ours that a page's markup names, without their fragments."""
    return [address.replace("&amp;", "&") for address in _ADDRESS.findall(page)]


def page_paths(app: FastAPI) -> list[str]:
    """The paths of all routes that are pages."""
    return [
        context.path
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, PageRoute)
        and "GET" in (context.original_route.methods or ())
        and context.path
    ]


def page_of(app: FastAPI, address: str) -> str | None:
    """Of these paths, the one that an address is of: those without parameters come first."""
    path = urlsplit(address).path
    patterns = sorted(page_paths(app), key=lambda pattern: pattern.count("{"))
    return next((each for each in patterns if re.fullmatch(_PARAMETER.sub("[^/]+", each), path)), None)


def _measure(client: TestClient, assets: _Assets, route: str, address: str, repeats: int) -> Measured:
    page, text = _size(client, address), client.get(address).text
    wall: list[float] = []
    cpu: list[float] = []
    for _ in range(repeats):
        started, worked = time.perf_counter(), time.process_time()
        _size(client, address)
        wall.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - worked))
    own, aside = assets.of(text)
    return Measured(address, route, median(wall), max(wall), median(cpu), max(cpu), page, own, aside)


def _size(client: TestClient, address: str) -> int:
    """The bytes that are transferred."""
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = sum(len(chunk) for chunk in answer.iter_raw())
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    return raw


class _Assets:
    """What the pages load, each file asked for once."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.sizes: dict[str, int] = {}

    def of(self, page: str) -> tuple[int, int]:
        """Bytes of the page's own files with their fonts, and of those that are told apart."""
        linked = set(_LINKED.findall(page))
        for sheet in [address for address in linked if ".css" in address]:
            linked |= {urljoin(sheet, font) for font in _FONT.findall(self.client.get(sheet).text)}
        # a preloaded font is the sheet's
        own = {address for address in linked if not _ASIDE.search(address)}
        return sum(map(self._size, own)), sum(map(self._size, linked - own))

    def _size(self, address: str) -> int:
        if address not in self.sizes:
            self.sizes[address] = _size(self.client, address)
        return self.sizes[address]
