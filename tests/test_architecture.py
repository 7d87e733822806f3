"""What holds for the project as a whole: who imports whom, what is documented, what is pinned.

Documents are compared with the code they describe: a setting, a route, a command or a primitive without its
line fails here.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from library.domain import Domain
from library.domains import DOMAINS

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
ROOMS = ("app", "engine", "library", "prompts", "synthesis")
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]
HOMES = {
    "openai": {"synthesis/samplers/openai_sampler.py"},
    "peft": {"synthesis/samplers/local_sampler.py", "synthesis/tuning/trainer.py"},
    "ray": {"synthesis/ray_executor.py"},
    "torch": {
        *(
            f"synthesis/recognition/{name}.py"
            for name in (
                "example_encoder",
                "image_encoder",
                "network",
                "sampling",
                "slot_encoder",
                "training",
            )
        ),
        "synthesis/samplers/local_sampler.py",
        "synthesis/tuning/trainer.py",
    },
    "transformers": {"synthesis/samplers/local_sampler.py", "synthesis/tuning/trainer.py"},
    "xgrammar": {"synthesis/samplers/local_sampler.py"},
}
"""Heavy packages, and the files that may import them."""


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_imports_point_one_way() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_heavy_packages_are_imported_in_their_homes_only() -> None:
    importers: dict[str, set[str]] = {name: set() for name in HOMES}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for name in imported(path) & HOMES.keys():
                importers[name].add(path.relative_to(ROOT).as_posix())
    for name, files in importers.items():
        assert files <= HOMES[name], f"{name} is imported outside its home"


def test_the_service_starts_without_heavy_packages() -> None:
    modules = "app.cli, app.api.application, engine, library.compression, prompts, synthesis.loop, sys"
    code = f"import {modules}; print(*sorted({set(HOMES)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_dependency_is_pinned() -> None:
    pins = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "constraints.txt").read_text(), flags=re.M))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [
        project["project"]["dependencies"],
        project["build-system"]["requires"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    requirements = [item for list_ in lists for item in list_ if isinstance(item, str)]
    assert {re.split(r"[\[><=!~ ]", item)[0].lower() for item in requirements} <= pins


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{target} is missing"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_nothing_is_left_to_fill_in(page: Path) -> None:
    assert "FILL-IN" not in page.read_text()


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        assert f"({page.relative_to(ROOT).as_posix()})" in readme, page


def test_every_setting_is_documented() -> None:
    from app.settings import Settings

    page = (REFERENCE / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias or f"WAKESLEEP_{name.upper()}"
        assert f"| `{variable}` |" in page, variable


def test_every_route_is_documented(tmp_path: Path) -> None:
    from app.api import create_app
    from app.db import Database
    from app.settings import Settings

    class NoLauncher:
        def enqueue(self, work: str, /) -> None:
            raise AssertionError("nothing is started here")

    page = (REFERENCE / "http.md").read_text()
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    try:
        paths = create_app(Settings(data_dir=tmp_path), database, NoLauncher()).openapi()["paths"]
    finally:
        database.close()
    for path, methods in paths.items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in page, (method, path)


def test_every_command_is_documented() -> None:
    from typer.main import get_command

    from app.cli import application

    page = (REFERENCE / "command-line.md").read_text()
    for name, command in get_command(application).commands.items():  # type: ignore[attr-defined]
        section = re.search(rf"^## `wakesleep {name}\b.*$", page, flags=re.M)
        assert section, name
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or option in section[0], (name, option)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=lambda domain: domain.name)
def test_every_primitive_is_documented(domain: Domain) -> None:
    page = (REFERENCE / f"{domain.name}-domain.md").read_text()
    for primitive in domain.primitives:
        usage, _, meaning = primitive.doc.partition(": ")
        assert f"| `{primitive.name}` | `{primitive.type}` | `{usage}`: {meaning} |" in page


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=lambda domain: domain.name)
def test_every_equation_is_documented(domain: Domain) -> None:
    page = (REFERENCE / f"{domain.name}-domain.md").read_text()
    documented = re.findall(r"^\| `(.* = .*)` \|$", page, flags=re.M)
    assert tuple(documented) == domain.equations
