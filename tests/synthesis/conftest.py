"""Fixtures that several files of this folder use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.synthesis.model_server import Answer, Endpoint


@pytest.fixture
def serve() -> Iterator[Callable[..., Endpoint]]:
    started: list[Endpoint] = []

    def start(answer: Answer, *, cut: int | None = None) -> Endpoint:
        started.append(Endpoint(answer, cut=cut))
        return started[-1]

    yield start
    for endpoint in started:
        endpoint.server.shutdown()
        endpoint.server.server_close()
