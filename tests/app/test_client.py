"""The Python client against a served process, and the how-to page whose code it is."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from rich.console import Console

from app.client import ApiError, Client
from tests.app.examples import CONTRADICTORY, HEAD, NOISE, TASKS, task
from tests.app.serving import ROOT, Service, serving

PAGE = (ROOT / "docs" / "how-to" / "solve-many-tasks.md").read_text("utf-8")
NOISY = task("noise", "list(int) -> int", *NOISE)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("client")) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(service.address) as client:
        yield client


def test_the_code_of_the_page_runs(service: Service) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.M | re.S)
    assert len(blocks) == 2
    code = "\n".join(blocks).replace("http://127.0.0.1:8000", service.address)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["0", "1", "2", "3"]
    assert len(lines) == 5 and all("lambda" in line for line in lines)


def test_one_task(client: Client) -> None:
    solution = client.solve("list", HEAD, seconds=5)
    assert solution.solved and solution.name == HEAD["name"] and "lambda" in str(solution.python)
    (stored,) = client.submit("list", [HEAD])
    assert client.submit("list", [HEAD]) == [stored]
    assert list(client.tasks(domain="list", solved=False)) == [stored]
    job = client.solve_task(stored.id, seconds=5)
    assert job.state == "finished" and job.result is not None and job.result.solved
    assert list(client.tasks(name="FIRST", solved=True)) == [stored]


def test_jobs(client: Client) -> None:
    (stored,) = client.submit("list", [NOISY])
    job = client.wait_job(client.solve_task(stored.id, seconds=0.1, background=True), seconds=60)
    assert job.state == "finished" and job.result is not None and job.result.reason == "budget"
    endless = client.solve_task(stored.id, seconds=3000)
    with pytest.raises(TimeoutError):
        client.wait_job(endless, seconds=0.0)
    assert client.cancel_job(endless.id).state == client.wait_job(endless).state == "cancelled"


def test_a_batch_from_a_generator(client: Client) -> None:
    told = Console(file=io.StringIO(), force_terminal=True)
    named = [{"custom_id": "bad", **CONTRADICTORY}, *TASKS]
    batch = client.batch(({"domain": "list", **each} for each in named), metadata={"a": "b"})
    batch = client.wait(batch, seconds=120, console=told)
    assert (batch.status, batch.total, batch.completed, batch.failed) == ("completed", 7, 6, 1)
    results = {result.custom_id: result for result in client.results(batch)}
    assert list(results) == ["1", "2", "3", "4", "5", "6", "bad"]
    assert "examples 1 and 3" in str(results["bad"].error) and results["bad"].solution is None
    assert all(result.solution and result.solution.solved for result in list(results.values())[:-1])
    assert "7/7" in told.file.getvalue()  # type: ignore[attr-defined]


def test_what_goes_wrong_is_said(client: Client) -> None:
    with pytest.raises(ApiError, match=r"422: .*nowhere") as caught:
        client.solve("nowhere", HEAD)
    assert caught.value.status == 422 and caught.value.problem["type"].endswith("invalid-task")
    twice = client.wait(client.batch([{"custom_id": "a", **HEAD}] * 2), console=Console(file=io.StringIO()))
    assert twice.status == "failed"
    with pytest.raises(ApiError, match=r"line 2 of the file is not in order: custom_id 'a'"):
        list(client.results(twice))
    with Client("http://127.0.0.1:1") as nobody, pytest.raises(ApiError, match="can't reach"):
        nobody.get_job("job_none")


def test_the_client_is_light() -> None:
    code = (
        "import app.client, sys; print(*{'engine', 'fastapi', 'sqlalchemy', 'openai'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
