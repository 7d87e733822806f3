"""One server for all tests that leave it as it was."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from tests.vllm.serving import ModelServer


@pytest.fixture(scope="session")
def ended_on_sigterm() -> Iterator[None]:
    """A test session that is told to end ends its servers too."""
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    yield
    signal.signal(signal.SIGTERM, previous)


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory, ended_on_sigterm: None) -> Iterator[str]:
    server = ModelServer(tmp_path_factory.mktemp("vllm") / "server.log")
    try:
        server.start()
        yield server.base_url
    finally:
        server.end()
