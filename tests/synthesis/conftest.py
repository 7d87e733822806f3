"""Fixtures that several files of this folder use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny language model. Not to be written to."""
    from tests.synthesis.tiny_model import save_model  # torch and transformers, for the few that want them

    return save_model(tmp_path_factory.mktemp("model"))
