"""A vLLM that is killed in the middle of a wake, and versions that it can't use: the run goes on, and its
attempts say why they went without."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from library.domain import get_domain
from library.snapshot import Library
from synthesis.adapter_files import files_hash
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import run_phase
from synthesis.report import Adapter, Attempt, Dream
from synthesis.samplers.adapters import AdapterServer
from synthesis.samplers.openai_sampler import ModelEndpoint
from synthesis.task import Task, load_tasks
from tests.vllm.serving import MODEL, ModelServer

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]


@pytest.fixture
def server(tmp_path: Path, ended_on_sigterm: None) -> Iterator[ModelServer]:
    """One to be killed."""
    server = ModelServer(tmp_path / "server.log")
    try:
        server.start()
        yield server
    finally:
        server.end()


def filters(count: int) -> list[Task]:
    """Tasks that the search misses at first, so that the model is asked."""
    tasks = load_tasks(get_domain("list").shipped_tasks()[0], "list")
    return [task for task in tasks if task.name.startswith(("keep", "drop multiples", "drop elements"))][
        :count
    ]


def config(base_url: str, **changes: Any) -> RunConfig:
    plain = RunConfig(
        "list",
        iterations=1,
        seconds=1.0,
        guides=("prior", "model"),
        dream_seconds=1.0,
        model_url=base_url,
        model_name=MODEL.name,
        model_samples=4,
    )
    return replace(plain, **changes)


def searched_all_the_same(attempts: list[Attempt]) -> bool:
    return all(attempt.guides["prior"].programs > 0 for attempt in attempts)


def test_a_wake_goes_on_when_the_server_is_killed(server: ModelServer) -> None:
    answered: list[str] = []

    def listen(event: dict[str, Any]) -> None:
        if event["type"] == "task":
            if not answered:
                server.end(signal.SIGKILL)
            answered.append(event["task"])

    tasks, keeper = filters(9), MemoryKeeper(listen)
    run_phase("wake", 1, tasks, config(server.base_url), keeper)
    attempts = keeper.attempts(1)
    assert attempts.keys() == {task.name for task in tasks}
    reports = [attempts[name].guides["model"] for name in answered if "model" in attempts[name].guides]
    errors = [report.error for report in reports]
    assert errors[0] == ""  # and perhaps the task beside it had its answer by then
    failed = errors[2:]
    assert failed and all(failed)
    assert "out of reach, or broke off" in failed[0]
    assert "the model is left alone" in failed[-1]  # it isn't asked for each task
    assert searched_all_the_same(list(attempts.values()))


def other_rank(folder: Path) -> Path:
    """An adapter in whose rank vLLM has no room for it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.bfloat16)
    get_peft_model(model, LoraConfig(r=32, target_modules=["q_proj"])).save_pretrained(str(folder))
    return folder


def truncated(folder: Path) -> Path:
    """An adapter whose weights weren't written to their end."""
    weights = other_rank(folder) / "adapter_model.safetensors"
    settings = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(settings | {"r": 8}))
    weights.write_bytes(weights.read_bytes()[:1000])
    return folder


def gone(folder: Path) -> Path:
    """None at all."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.mark.parametrize("make", [other_rank, truncated, gone])
def test_a_version_that_does_not_fit_is_reported(base_url: str, tmp_path: Path, make: Any) -> None:
    folder = make(tmp_path / "version")
    sha256 = files_hash(folder) if folder.exists() else "0"  # what was tuned is what is there
    version = Adapter(f"misfit-{make.__name__}", str(folder), "lora", MODEL.name, sha256, "0", None, {})
    library = Library.initial("list")
    weights = tuple(tuple(row) for row in library.grammar.weights.tolist())
    keeper, tasks = MemoryKeeper(), filters(2)
    keeper.record_dream(
        0, Dream(weights, None, False, library.content_hash, {}, 0.0, adapter=version, adapter_promoted=True)
    )
    run_phase("wake", 1, tasks, config(base_url), keeper)
    attempts = list(keeper.attempts(1).values())
    assert len(attempts) == len(tasks) and searched_all_the_same(attempts)
    for attempt in attempts:
        error = attempt.guides["model"].error
        assert error.startswith("GuideUnavailable: ") and (version.name in error or str(folder) in error)
    assert version.name not in AdapterServer(ModelEndpoint(base_url, MODEL.name)).loaded()
