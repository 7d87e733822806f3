"""A tuning in a process of its own: what it tells, how it is stopped, what a run makes of its troubles."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synthesis.adapter_files import check_fits, check_intact
from synthesis.dream_sleep import Cancelled, dream_sleep
from synthesis.frontier import Frontier
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.report import Dream, DreamRecord
from synthesis.run_guides import model_guide
from synthesis.tuning.config import TuningConfig, TuningProgress
from synthesis.tuning.job import TuningCancelled, TuningFailed, TuningJob, run_job
from tests.synthesis.tiny_model import save_model
from tests.synthesis.tuned_toys import FRONTIERS, LIBRARY, TASKS, toy_lessons

pytestmark = pytest.mark.slow

CONFIG = TuningConfig(cpu_seconds=5.0, learning_rate=1e-2, rank=8)
LONG = replace(CONFIG, cpu_seconds=600.0)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("job-base")
    return save_model(folder, max_position_embeddings=512, initializer_range=0.2)


def processes_of(folder: Path) -> list[int]:
    """Ids of processes that were started with this folder as an argument."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile
            continue
        if str(folder).encode() in arguments:
            found.append(int(path.parent.name))
    return found


def test_a_child_process_tunes_and_leaves_an_adapter(base: Path, tmp_path: Path) -> None:
    told: list[tuple[TuningProgress, int]] = []

    def on_progress(progress: TuningProgress) -> None:
        told.append((progress, threading.get_ident()))

    metrics = run_job(tmp_path, TuningJob(base, CONFIG), toy_lessons(), on_progress)
    assert metrics.better and metrics.held_out.keys() == {"fantasy", "replay"}
    check_fits(tmp_path / "adapter", base)
    assert told and {thread for _, thread in told} == {threading.get_ident()}  # keepers want one thread
    assert [one.step for one, _ in told] == sorted(one.step for one, _ in told)
    assert told[-1][0].step <= metrics.steps
    assert processes_of(tmp_path) == []


def test_a_job_that_is_cancelled_leaves_nothing_running(base: Path, tmp_path: Path) -> None:
    seen: list[int] = []

    def cancelled() -> bool:
        seen.extend(processes_of(tmp_path))
        return bool(seen)

    with pytest.raises(TuningCancelled):
        run_job(tmp_path, TuningJob(base, LONG), toy_lessons(), cancelled=cancelled)
    assert seen and processes_of(tmp_path) == []
    assert not (tmp_path / "metrics.json").exists()


def test_whatever_ends_the_wait_ends_the_process(base: Path, tmp_path: Path) -> None:
    def cancelled() -> bool:
        if processes_of(tmp_path):
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        run_job(tmp_path, TuningJob(base, LONG), toy_lessons(), cancelled=cancelled)
    assert processes_of(tmp_path) == []


def test_a_process_that_is_killed_has_failed(base: Path, tmp_path: Path) -> None:
    def cancelled() -> bool:
        for process in processes_of(tmp_path):
            os.kill(process, 9)
        return False

    with pytest.raises(TuningFailed, match="ended by signal 9"):
        run_job(tmp_path, TuningJob(base, LONG), toy_lessons(), cancelled=cancelled)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "gone": (shutil.rmtree, r"there is no checkpoint in .*copy: it has no config\.json"),
    "weights": (lambda base: truncate(base / "model.safetensors"), r"checkpoint in .*copy can't be read: "),
    "config": (lambda base: (base / "config.json").write_text("{"), r"in .*copy can't be read: "),
    "tokenizer": (lambda base: (base / "tokenizer.json").write_text("{}"), r"tokenizer in .* can't be read"),
}


@pytest.fixture
def broken(base: Path, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, str]:
    damage, says = DAMAGES[request.param]
    shutil.copytree(base, tmp_path / "copy")
    damage(tmp_path / "copy")
    return tmp_path / "copy", says


@pytest.mark.parametrize("broken", DAMAGES, indirect=True)
def test_a_base_that_is_broken_is_named(broken: tuple[Path, str], tmp_path: Path) -> None:
    base, says = broken
    with pytest.raises(TuningFailed, match=says):
        run_job(tmp_path / "job", TuningJob(base, CONFIG), toy_lessons())
    assert processes_of(tmp_path / "job") == []


class Listening(MemoryKeeper):
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        super().__init__(self.events.append)

    @property
    def records(self) -> list[DreamRecord]:
        return [record for of_sleep in self._dream_records.values() for record in of_sleep.values()]


def run_config(base: Path, store: Path, seconds: float) -> RunConfig:
    return RunConfig(
        "list",
        1,
        1.0,
        guides=("prior", "model"),
        dream_seconds=1.0,
        model_path=str(base),
        tuning_seconds=seconds,
        adapters_dir=str(store),
    )


def slept(config: RunConfig, keeper: Listening, iteration: int = 1) -> Dream:
    frontiers: dict[str, Frontier] = {frontier.task: frontier for frontier in FRONTIERS}
    dream = dream_sleep(iteration, LIBRARY, frontiers, TASKS, [], config, keeper)
    keeper.record_dream(iteration, dream)
    return Dream.from_json(dream.to_json(), dream.network)


@pytest.mark.parametrize("broken", ["gone", "weights"], indirect=True)
def test_a_run_goes_on_without_a_model_that_is_broken(broken: tuple[Path, str], tmp_path: Path) -> None:
    base, says = broken
    keeper = Listening()
    dream = slept(run_config(base, tmp_path / "store", 2.0), keeper)
    assert dream.adapter is None and not dream.adapter_promoted and keeper.adapter(2) is None
    assert dream.prior_weights and dream.metrics["dreams"]["fantasies"] > 0
    reason = dream.metrics["tuning"]["unavailable"]
    [event] = [event for event in keeper.events if "promoted" in event]
    assert event["detail"] == reason and event["promoted"] is False
    assert re.search(says, reason)
    assert list((tmp_path / "store").iterdir()) == []


def test_a_sleep_leaves_a_version_and_the_next_has_to_beat_it(base: Path, tmp_path: Path) -> None:
    config, keeper = run_config(base, tmp_path / "store", 5.0), Listening()
    dream = slept(config, keeper)
    made = dream.adapter
    assert made is not None and dream.adapter_promoted and keeper.adapter(2) == made
    assert made.name == f"recognition-{made.sha256[:12]}" and made.base == base.name and made.parent is None
    check_intact(made)
    check_fits(Path(made.path), base)
    assert [path.name for path in (tmp_path / "store").iterdir()] == [made.name]  # no job's folder is left
    assert dream.metrics["tuning"]["held_out"].keys() == {"fantasy", "replay"}

    guidance = model_guide(config, "", LIBRARY, [], made).guide(TASKS[0])
    assert guidance.requested == config.model_samples and guidance.prompt["form"] == "continuation"

    # Which one is better after so short a time, a busy machine decides; the rule holds either way.
    again = slept(replace(config, tuning_seconds=1.0), keeper, 2)
    assert again.adapter is not None and again.adapter.parent == made.name
    measured = again.metrics["tuning"]
    new, used = (
        sum(measured[of][source] for source in ("fantasy", "replay"))
        for of in ("held_out", "held_out_in_use")
    )
    better = new < used
    assert again.adapter_promoted == better
    assert keeper.adapter(3) == (again.adapter if better else made)

    held_out = [record for record in keeper.records if record.held_out]
    assert {"replay"} < {record.source for record in held_out} and len(held_out) < len(keeper.records) / 5


def test_a_sleep_that_is_cancelled_while_it_tunes_leaves_nothing(base: Path, tmp_path: Path) -> None:
    class Stopping(Listening):
        def cancelled(self) -> bool:
            return any((tmp_path / "store").glob("job-*"))

    with pytest.raises(Cancelled):
        slept(run_config(base, tmp_path / "store", 600.0), Stopping())
    assert list((tmp_path / "store").iterdir()) == []
