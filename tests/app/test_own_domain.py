"""The tutorial on one's own domain: its code runs, and its package works once pip has installed it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "tutorial" / "your-own-domain.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def python(*arguments: str, folder: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """Python, with the package's folder beside the project on its path."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(path), str(ROOT)))}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tutorial's files."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "times_domain.py").write_text(blocks("python")[0], "utf-8")
    (folder / "pyproject.toml").write_text(blocks("toml")[0], "utf-8")
    return folder


@pytest.fixture(scope="module")
def installed(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip put it."""
    target = tmp_path_factory.mktemp("site")
    offline = ("--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check")
    done = python(
        "-m", "pip", "install", *offline, "--target", str(target), str(package), folder=target, path=target
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_the_code_of_the_tutorial_runs(package: Path) -> None:
    assert len(blocks("python")) == 2
    done = python("-c", blocks("python")[1], folder=package, path=package)
    assert done.returncode == 0, done.stderr


LEARN = """
import json
from pathlib import Path
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import learn
from synthesis.task import load_tasks

tasks, tests = (load_tasks(Path(name), "times") for name in ("learn.json", "try.json"))
config = RunConfig("times", 1, 1.0, dream_seconds=2.0, training_seconds=2.0, control_tasks=1)
for report in learn(tasks, config, MemoryKeeper(), tests):
    print(json.dumps(report))
"""
"""What `wakesleep learn` does, with less sleep."""


@pytest.mark.slow
def test_the_installed_domain_learns_and_solves(installed: Path, tmp_path: Path) -> None:
    (write,) = re.findall(r"^\.venv/bin/python -c '(.*)'$", PAGE, flags=re.MULTILINE)
    assert python("-c", write, folder=tmp_path, path=installed).returncode == 0

    solve = ("-m", "app.cli", "solve", "try.json", "--domain", "times", "--seconds", "5", "--json")
    done = python(*solve, folder=tmp_path, path=installed)
    assert done.returncode == 0, done.stderr
    (line,) = map(json.loads, done.stdout.splitlines())
    assert line["solved"] and line["name"] == "three hours later"
    assert line["python"] == "lambda n: later(n, hour + hour + hour)"

    done = python("-c", LEARN, folder=tmp_path, path=installed)
    assert done.returncode == 0, done.stderr
    (report,) = map(json.loads, done.stdout.splitlines())
    assert report["solved"] == report["tasks"] == 4 and report["solved_tests"] == 1


def test_a_program_that_raises_prints_its_error(installed: Path, tmp_path: Path) -> None:
    program = ("--program", "lambda n: at(n, 0)", "--inputs", "[[12], [25]]")
    done = python("-m", "app.cli", "evaluate", "--domain", "times", *program, folder=tmp_path, path=installed)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["720", "error: raised"])


def test_without_the_package_the_domain_is_unknown(tmp_path: Path) -> None:
    arguments = ("--program", "lambda n: n", "--inputs", "[[1]]")
    done = python(
        "-m", "app.cli", "evaluate", "--domain", "times", *arguments, folder=tmp_path, path=tmp_path
    )
    assert done.returncode == 2 and "unknown domain 'times'; the domains are: list" in done.stderr
