"""`wakesleep export`, `import` and `diff`: what is refused, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from library.exports.forms import write_library
from library.snapshot import Abstraction, Library
from tests.app.test_cli import refused

ADD = Abstraction("increment", "#(lambda (+ $0 1))", "int -> int", "Adds one.")
LIBRARY = Library("list", (ADD,), (*Library.initial("list").weights, 0.0))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_library(LIBRARY, "json", tmp_path / "library.json")
    return tmp_path / "library.json"


def test_an_unknown_format_is_refused(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    said = refused(capsys, "export", str(source), "--format", "xml", "--output", str(source.parent / "o"))
    assert "xml" in said and "python, json, stitch, dreamcoder" in said


def test_nothing_is_overwritten(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    before = source.read_bytes()
    said = refused(capsys, "export", str(source), "--format", "json", "--output", str(source))
    assert "is there already" in said and source.read_bytes() == before


def test_an_output_that_cannot_be_written(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    said = refused(capsys, "export", str(source), "--format", "python", "--output", str(source / "inside"))
    assert "can't be written" in said


def test_a_malformed_package_is_refused_by_file_and_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_library(LIBRARY, "python", tmp_path / "learned")
    functions = tmp_path / "learned" / "learned" / "functions.py"
    text = functions.read_text() + "\nprint(1)\n"
    functions.write_text(text)
    output = tmp_path / "back.json"
    said = refused(capsys, "import", str(tmp_path / "learned"), "--domain", "list", "--output", str(output))
    assert f"functions.py, line {len(text.splitlines())}" in said.replace("\n", " ")
    assert not output.exists()


def test_what_was_added_and_back(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    from app.commands.exchange import compare

    write_library(Library.initial("list"), "json", source.parent / "initial.json")
    initial = str(source.parent / "initial.json")
    compare(initial, str(source), True)
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["added"]] == ["increment"] and found["retired"] == []
    compare(str(source), initial, False)
    assert capsys.readouterr().out.startswith("- increment : int -> int")
