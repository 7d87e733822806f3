"""`wakesleep bench` in miniature: every row is measured and says what it is; no figure is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import benchmarks.version_spaces as version_spaces
from app.cli import application
from app.commands.errors import InputError
from benchmarks.enumeration import LONG, ROWS
from benchmarks.recursive_compression import (
    FUNCTIONS,
    abstractions,
    check_programs,
    first_that_is,
    is_function,
)
from benchmarks.recursive_programs import MCCARTHY, PROGRAMS
from benchmarks.synthetic_corpus import LEAVES, corpus, leaves
from engine import Grammar, Term, Type
from library.domain import get_domain

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "enumeration.md"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A few shipped tasks, and golden rows of the list domain: one that is right and one that isn't."""
    folder = tmp_path_factory.mktemp("data")
    domain = get_domain("list")
    train, _ = domain.shipped_tasks()
    tasks = [task for task in train if task["request"] == "list(int) -> list(int)"][:4]
    (folder / "tasks.json").write_text(json.dumps(tasks))
    windows = Grammar.uniform(domain.language()).count_windows(Type.parse("list(int) -> int"), 9.0)
    row = {
        "request": "list(int) -> int",
        "primitives": [[primitive.name, primitive.type] for primitive in domain.primitives],
        "continuation": None,
        "windows": windows,
        "cpu_s": 1.0,
    }
    wrong = row | {"windows": [[upper, count + 1] for upper, count in windows]}
    (folder / "golden.json").write_text(json.dumps({"right": row, "wrong": wrong}))
    return {"tasks": folder / "tasks.json", "golden": folder / "golden.json"}


def bench(files: dict[str, Path], *options: str) -> dict[str, Any]:
    given = [
        "--tasks",
        str(files["tasks"]),
        "--golden",
        str(files["golden"]),
        "--nats",
        "12",
        "--build-nats",
        "9",
    ]
    small = ["--seconds", "0.3", "--repeats", "1"]
    done = CliRunner().invoke(application, ["bench", "enumeration", "--json", *given, *small, *options])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_measured(files: dict[str, Path], name: str) -> None:
    report = bench(files, "--rows", name)
    assert report["machine"]["cores"] >= 1
    assert report["rows"]
    for row in report["rows"]:
        assert {"name", "value", "unit", "dreamcoder", "floor", "limit", "aim", "detail"} == row.keys()
        assert row["value"] >= 0


def test_golden_rows_are_compared_window_by_window(files: dict[str, Path]) -> None:
    rows = {row["name"]: row["value"] for row in bench(files, "--rows", "golden")["rows"]}
    assert rows["golden, right, exact"] is True
    assert rows["golden, wrong, exact"] is False


def test_two_threads_answer_as_one(files: dict[str, Path]) -> None:
    (row,) = bench(files, "--rows", "threads")["rows"]
    assert row["detail"]["same_answers"] and row["detail"]["same_programs"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "enumeration, load, newton, recognition"),
        (["enumeration", "--rows", "nothing"], "no row 'nothing'"),
        (["enumeration", "--rows", "golden", "--golden", "/nowhere.json"], "no such file: /nowhere.json"),
        (["enumeration", "--rows", "many", "--tasks", "/nowhere.json"], "no such file: /nowhere.json"),
    ],
)
def test_what_cannot_be_measured_is_said(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    import sys

    from app import cli

    before, sys.argv = sys.argv, ["wakesleep", "bench", *arguments]
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        sys.argv = before
    assert ended.value.code == 2
    assert said in capfd.readouterr().err


def test_every_row_has_its_command_on_the_page() -> None:
    page = PAGE.read_text()
    for name in ROWS:
        assert f"--rows {name}" in page, name
    assert all(name in ROWS for name in LONG)


def test_compression_measures_a_corpus(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.json"
    corpus.write_text(json.dumps(["(f (g a b) (g a b))", "(f (g a c) (g a c))", "(f (g a d) (g a d))"]))
    command = [sys.executable, "-m", "benchmarks.compression", "--only", "ours", "--corpus", str(corpus)]
    done = subprocess.run(
        command, cwd=Path(__file__).resolve().parents[1], check=True, stdout=subprocess.PIPE
    )
    measured = json.loads(done.stdout)
    assert measured["cpu_seconds"] > 0
    assert measured["peak_mib"] > 0
    assert measured["ratio"] == pytest.approx(706 / 201)  # (f (g a x) (g a x)), and (fn_0 x)


def test_compression_is_measured_at_several_sizes(tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    small = ["--sizes", "20", "60", "--shards", "1", "3", "--iterations", "1", "--plot", str(plot)]
    done = CliRunner().invoke(application, ["bench", "compression-scale", "--json", *small])
    assert done.exit_code == 0, done.output
    values = {row["name"]: row["value"] for row in json.loads(done.stdout)["rows"]}
    assert len(values) == 2 * 2 * 2 + 2 * 2
    assert all(value > 0 for name, value in values.items() if "growth" not in name)
    drawn = ElementTree.fromstring(plot.read_text())
    assert len(drawn.findall(".//{*}polyline")) == 4


def test_a_synthetic_corpus_is_distinct_and_starts_any_larger_one() -> None:
    programs = corpus(300, seed=3)
    assert len(set(programs)) == 300
    assert programs[:100] == corpus(100, seed=3) != corpus(100, seed=4)
    assert all(LEAVES[0] <= leaves(Term.parse(program)) <= LEAVES[1] for program in programs)


CORPUS = [Term.parse(program) for program in PROGRAMS.values()]


def step(at_the_end: str, otherwise: str) -> str:
    return f"(lambda (lambda (if (empty? $0) {at_the_end} {otherwise})))"


def test_every_recursive_program_is_typed_and_has_neither_map_nor_fold() -> None:
    assert len(PROGRAMS) == 20
    for program in PROGRAMS.values():
        MCCARTHY.infer(Term.parse(program))
        assert "fix1" in program


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_map_and_fold_come_out_of_recursive_programs(steps: int) -> None:
    found = abstractions(CORPUS, steps)
    for calls in FUNCTIONS.values():
        _, is_it = first_that_is(calls, found)
        assert is_it is not None and is_it.uses >= 4


@pytest.mark.parametrize(
    ("body", "is_map", "is_fold"),
    [
        (f"(lambda (lambda (fix1 $1 {step('empty', '(cons ($2 (car $0)) ($1 (cdr $0)))')})))", True, False),
        (f"(lambda (lambda (fix1 $0 {step('empty', '(cons ($3 (car $0)) ($1 (cdr $0)))')})))", True, False),
        (f"(lambda (lambda (fix1 $0 {step('empty', '(cons (+ 1 (car $0)) ($1 (cdr $0)))')})))", False, False),
        (f"(lambda (lambda (lambda (fix1 $2 {step('$2', '($3 (car $0) ($1 (cdr $0)))')}))))", False, True),
        (f"(lambda (lambda (lambda (fix1 $0 {step('$3', '($4 ($1 (cdr $0)) (car $0))')}))))", False, True),
        (f"(lambda (lambda (lambda (fix1 $0 {step('$3', '($4 (car $0) $3)')}))))", False, False),
    ],
)
def test_what_a_function_is_shows_in_what_it_does(body: str, is_map: bool, is_fold: bool) -> None:
    abstraction = Term.parse(f"#{body}")
    assert any(is_function(abstraction, calls) for calls in FUNCTIONS["map"]) is is_map
    assert any(is_function(abstraction, calls) for calls in FUNCTIONS["fold"]) is is_fold


def test_a_wrong_recursive_program_is_named() -> None:
    right = {"inputs": [[4, 4]], "output": 2}
    task = {"name": "length int", "request": "list(int) -> int", "examples": [right]}
    check_programs([task])
    with pytest.raises(InputError, match="'length int' gives 2"):
        check_programs([task | {"examples": [right | {"output": 3}]}])
    with pytest.raises(InputError, match="no program for 'length'"):
        check_programs([task | {"name": "length"}])


def test_version_spaces_stand_beside_what_dreamcoder_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In miniature: every problem is a corpus of three programs."""
    folder = tmp_path / "dreamcoder_compression"
    folder.mkdir()
    names = version_spaces.PROBLEMS
    programs = [f"(lam (map (lam (+ (* $0 $0) {n})) (cdr $0)))" for n in ("a", "b", "c")]
    for name in names:
        (folder / f"{name}.json").write_text(json.dumps(programs))
    recorded = {f"{name}.json": {"milliseconds_per_abstraction": 20_000.0} for name in names}
    (folder / "RECORDED.json").write_text(json.dumps(recorded))
    monkeypatch.setattr(version_spaces, "DATA", tmp_path)
    done = CliRunner().invoke(application, ["bench", "version-spaces", "--json"])
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    assert len(rows) == len(names) * len(version_spaces.STEPS) + len(version_spaces.CANDIDATES)
    for name in names:
        for steps in version_spaces.STEPS:
            row = rows[f"{name}: {steps} steps: CPU"]
            assert row["value"] > 0 and row["detail"]["steps"] == steps and row["detail"]["candidates"] > 0
            assert (row["dreamcoder"], row["aim"]) == ((20.0, 2.0) if steps == 3 else (None, None))
    for name, count in version_spaces.CANDIDATES.items():
        row = rows[f"{name}: 3 steps: candidates"]
        assert row["floor"] == row["aim"] == row["dreamcoder"] == count
        assert row["value"] == rows[f"{name}: 3 steps: CPU"]["detail"]["candidates"]


def test_version_spaces_need_the_recorded_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_spaces, "DATA", tmp_path)
    with pytest.raises(InputError, match="WAKESLEEP_DATA"):
        version_spaces.main([])


def test_sygus_measures_a_folder_of_problems(tmp_path: Path) -> None:
    def problem(name: str, examples: dict[str, str], grammar: str = '(x (str.substr S I I) "y")') -> None:
        constraints = "".join(f'(constraint (= (f "{x}") "{y}"))' for x, y in examples.items())
        rules = f"((S String {grammar}) (I Int (0 1 (str.len S))))"
        text = f"(synth-fun f ((x String)) String {rules}) {constraints} (check-synth)"
        (tmp_path / f"{name}.sl").write_text(text)

    problem("cut_short", {"ab": "b", "cd": "d"})
    problem("cut-long", {"ab": "b", "cd": "d", "e": "", "fgh": "g"})
    problem("heart", {"ab": "y"})
    problem("heart-long", {"ab": "y", "cd": "z"}, '(x "y")')
    given = ["--problems", str(tmp_path), "--seconds", "1", "--without-cvc5"]
    done = CliRunner().invoke(application, ["bench", "sygus", "--json", *given])
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    assert rows["cut_short: solved"]["value"] == rows["heart: solved"]["value"] == 1
    assert rows["heart-long: solved"]["value"] == 0
    assert (rows["solved by ours"]["value"], rows["solved by ours"]["aim"]) == (3, 4)
    held = rows["short forms whose program holds for the long, ours"]
    assert held["unit"] == "of 2" and "heart" in held["detail"]["fails"]
