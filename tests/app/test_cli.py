"""The command line as people and programs use it: real processes, standard output, codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.commands import learn
from app.db import Database
from app.db.repositories import TaskRepository, WorkerRepository
from app.settings import get_settings
from app.workflows.config import run_config
from library.snapshot import Library
from synthesis.keeper import RunConfig
from synthesis.task import load_tasks
from tests.app.examples import CONTRADICTORY, HEAD, ILL_TYPED, INCREMENT, LENGTH, RAGGED, TASKS
from tests.app.serving import ROOT, command, environment


def wakesleep(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(data_dir),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def lines(result: subprocess.CompletedProcess[str]) -> list[Any]:
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def written(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_solve_prints_a_line_per_task_in_order(tmp_path: Path) -> None:
    source = written(tmp_path / "tasks.json", [INCREMENT, HEAD, LENGTH])
    result = lines(wakesleep(tmp_path, "solve", source, "--domain", "list", "--seconds", "2", "--json"))
    assert [line["name"] for line in result] == [task["name"] for task in (INCREMENT, HEAD, LENGTH)]
    for line in result:
        assert line["solved"] and line["log_posterior"] < 0 and line["programs"] > 0
        assert line["python"].startswith("lambda") and line["program"].startswith("(lambda")


SYGUS = """(set-logic SLIA)
(synth-fun f ((x String)) String ((S String (x "-" (str.at S I) (str.++ S S))) (I Int (0 (str.len S)))))
(constraint (= (f "ab") "a-a"))
{more}
(check-synth)"""


def test_solve_reads_sygus_problems(tmp_path: Path) -> None:
    folder = tmp_path / "problems"
    folder.mkdir()
    (folder / "first.sl").write_text(SYGUS.format(more='(constraint (= (f "c") "c-c"))'))
    (folder / "second.sl").write_text(SYGUS.format(more='(constraint (= (f "ab") "b-b"))'))
    done = wakesleep(tmp_path, "solve", str(folder), "--domain", "strings", "--json")
    assert done.returncode == 2 and "examples 1 and 2 (lines 3 and 4)" in done.stderr
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["solved"] and first["sygus"].startswith("(define-fun f ((x String)) String (str.++ ")
    assert first["python"].startswith("lambda s: concat(") and first["log_posterior"] < 0
    assert (second["name"], second["solved"], second["reason"]) == ("second", False, "contradictory")
    # Elsewhere they are their examples.
    [text] = lines(wakesleep(tmp_path, "solve", str(folder / "first.sl"), "--domain", "text", "--json"))
    assert text["name"] == "first" and "sygus" not in text
    [numbers] = lines(wakesleep(tmp_path, "solve", str(folder / "first.sl"), "--domain", "list", "--json"))
    assert numbers["reason"] == "unsupported"


def test_solve_says_where_a_sygus_problem_is_malformed(tmp_path: Path) -> None:
    (tmp_path / "cut.sl").write_text(SYGUS.format(more="(constraint"))
    done = wakesleep(tmp_path, "solve", str(tmp_path / "cut.sl"), "--domain", "strings")
    assert done.returncode == 2 and "cut.sl, line 4" in done.stderr and "Traceback" not in done.stderr


def test_solve_says_which_task_contradicts_itself_and_solves_the_others(tmp_path: Path) -> None:
    source = written(tmp_path / "tasks.json", [CONTRADICTORY, HEAD])
    result = wakesleep(tmp_path, "solve", source, "--domain", "list", "--json")
    assert result.returncode == 2
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert first["reason"] == "contradictory" and first["detail"] and second["solved"]
    assert CONTRADICTORY["name"] in result.stderr and "example" in result.stderr


BAD: dict[str, tuple[Any, str]] = {
    "not JSON": ("[{", "not JSON"),
    "ragged": ([HEAD, RAGGED], RAGGED["name"]),
    "mixed": ([ILL_TYPED], ILL_TYPED["name"]),
    "no tasks": ([], "no tasks"),
    "no object": ([17], "number 1"),
    "contradictory": ([CONTRADICTORY], CONTRADICTORY["name"]),
}


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says that ends with code 2 and prints nothing; in this process, to be quick."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["wakesleep", *arguments])
        main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    return said.err


@pytest.mark.parametrize("name", BAD)
def test_bad_tasks_end_with_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    content, said = BAD[name]
    source = written(tmp_path / "tasks.json", content)
    options = ["--domain", "list", "--iterations", "1", "--seconds", "1", "--json"]
    assert said in refused(capsys, "learn", source, *options)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["solve", "nowhere.json", "--domain", "list"], "nowhere.json"),
        (["solve", "pyproject.toml", "--domain", "list"], "not JSON"),
        (["solve", "LICENSE", "--domain", "nowhere"], "unknown domain 'nowhere'"),
        (["solve", "LICENSE", "--domain", "list", "--library", "none"], "no such file"),
        (["solve", "LICENSE", "--domain", "list", "--library", "package.json"], "package.json"),
        (["solve", "LICENSE", "--domain", "list", "--seconds", "-1"], "--seconds"),
        (["evaluate", "--domain", "list", "--program", "(lambda (car", "--inputs", "[]"], "column"),
        (["evaluate", "--domain", "list", "--program", "(lambda (nope $0))", "--inputs", "[]"], "nope"),
        (["evaluate", "--domain", "list", "--program", "(car 1)", "--inputs", "[]"], "wakesleep:"),
        (
            ["evaluate", "--domain", "list", "--program", "(lambda (car $0))", "--inputs", "[[1, 2]]"],
            "case 1",
        ),
        (["evaluate", "--domain", "list", "--program", "(lambda (car $0))", "--inputs", "{"], "not JSON"),
        (["enumerate", "--request", "int -> int", "--max-nats", "5"], "--domain"),
        (["enumerate", "--domain", "list", "--request", "int -> ", "--max-nats", "5"], "column"),
        (["frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else None,
)
def test_bad_options_end_with_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setenv("WAKESLEEP_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    assert said in refused(capsys, *arguments)


def test_a_bad_task_file_is_refused_without_a_traceback(tmp_path: Path) -> None:
    source = written(tmp_path / "tasks.json", [HEAD, RAGGED])
    result = wakesleep(tmp_path, "solve", source, "--domain", "list", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].startswith("wakesleep: task 'ragged', example 2:")


def test_evaluate_prints_an_output_a_line_or_its_error(tmp_path: Path) -> None:
    program, inputs = "(lambda (car (cdr $0)))", "[[[1, 2]], [[3]], [[[true], [false]]]]"
    options = ["evaluate", "--domain", "list", "--program", program, "--inputs", inputs]
    assert lines(wakesleep(tmp_path, *options, "--json")) == [2, {"error": "empty list"}, [False]]
    assert wakesleep(tmp_path, *options).stdout.splitlines() == ["2", "error: empty list", "[false]"]


@pytest.mark.parametrize(
    "program",
    [
        "(lambda (unfold $0 (lambda (eq? 0 1)) (lambda $0) (lambda (+ $0 1))))",
        "(lambda (fold (range (* $0 $0)) $0 (lambda (lambda (* $0 $0)))))",
        "(lambda (length (map (lambda (range $1)) (range $0))))",
    ],
)
def test_a_program_that_explodes_ends_as_an_error(tmp_path: Path, program: str) -> None:
    result = wakesleep(
        tmp_path, "evaluate", "--domain", "list", "--program", program, "--inputs", "[[99999]]", "--json"
    )
    (line,) = lines(result)
    assert set(line) == {"error"}


def test_evaluate_takes_the_python_form(tmp_path: Path) -> None:
    options = [
        "--domain",
        "list",
        "--program",
        "lambda xs: map(lambda x: x + 1, xs)",
        "--inputs",
        "[[[1, 2]]]",
    ]
    assert lines(wakesleep(tmp_path, "evaluate", *options)) == [[2, 3]]


def test_enumerate_counts_as_dreamcoder_does(tmp_path: Path) -> None:
    golden = [[1.5, 0], [3.0, 2], [4.5, 0], [6.0, 5], [7.5, 23], [9.0, 4], [10.5, 121], [12.0, 517]]
    options = ["--domain", "list", "--request", "list(int) -> list(int)", "--max-nats", "12", "--json"]
    (result,) = lines(wakesleep(tmp_path, "enumerate", *options))
    assert result["windows"] == golden and result["programs"] == 672
    grammar = written(
        tmp_path / "grammar.json",
        {"primitives": [["0", "int"], ["+", "int -> int -> int"]], "continuation": None},
    )
    (own,) = lines(
        wakesleep(
            tmp_path, "enumerate", "--grammar", grammar, "--request", "int", "--max-nats", "3", "--json"
        )
    )
    assert own["windows"] == [[1.5, 1], [3.0, 1]]


def test_migrate_makes_the_database(tmp_path: Path) -> None:
    assert wakesleep(tmp_path, "migrate").returncode == 0
    assert (tmp_path / "wakesleep.db").exists()
    assert wakesleep(tmp_path, "migrate").returncode == 0


def test_learn_prints_a_report_per_iteration_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def brief(*arguments: Any) -> RunConfig:
        return run_config(*arguments, {"guides": ["prior"], "dream_seconds": 0.5})

    monkeypatch.setattr(learn, "run_config", brief)
    source = written(tmp_path / "tasks.json", TASKS[1:])
    test = written(tmp_path / "test.json", TASKS[:1])
    learn.run(source, "list", 2, 0.3, test, tmp_path / "learned.json", True)
    said = capsys.readouterr()
    learned = Library.from_json(json.loads((tmp_path / "learned.json").read_bytes()))
    assert learned.domain == "list"
    reports = [json.loads(line) for line in said.out.splitlines()]
    assert [report["iteration"] for report in reports] == [1, 2]
    for report in reports:
        assert report["tasks"] == 5 and report["solved"] >= 3 and report["solved_tests"] == 1
        assert set(report["cpu_seconds"]) == {"wake", "abstraction", "dream"}
        assert {"description_length_before", "description_length_after", "share_by_guide"} <= set(report)
    assert "iteration 2" in said.err


@pytest.mark.parametrize("place", ["there.json", "nowhere/library.json"])
def test_learn_overwrites_no_library(tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str) -> None:
    written(tmp_path / "there.json", {})
    source = written(tmp_path / "tasks.json", TASKS)
    options = ["--domain", "list", "--iterations", "1", "--seconds", "1"]
    assert "--save-library" in refused(
        capsys, "learn", source, *options, "--save-library", str(tmp_path / place)
    )


def test_learn_and_test_tasks_must_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = written(tmp_path / "tasks.json", TASKS)
    options = ["--domain", "list", "--iterations", "1", "--seconds", "1", "--test", source]
    assert TASKS[0]["name"] in refused(capsys, "learn", source, *options)


def test_compress_finds_what_programs_share(tmp_path: Path) -> None:
    corpus = written(
        tmp_path / "corpus.json",
        [f"(lam (map (lam (+ (* $0 $0) {n})) (cdr $0)))" for n in ("a", "b", "c", "d")],
    )
    (result,) = lines(wakesleep(tmp_path, "compress", corpus, "--iterations", "2", "--json"))
    assert result["abstractions"][0]["name"] == "fn_0" and result["abstractions"][0]["arity"] == 1
    assert result["abstractions"][0]["uses"] == 4 and result["ratio"] > 2
    assert len(result["rewritten"]) == 4 and all("fn_0" in text for text in result["rewritten"])
    assert result["cpu_seconds"] > 0 and result["peak_bytes"] > 0
    assert result["complete"] is True


TYPED = {
    "DSL": {
        "productions": [
            {"expression": name, "logProbability": 0.0}
            for name in ("map", "+", "*", "0", "1", "cdr", "range")
        ]
    },
    "frontiers": [
        {
            "request": {
                "constructor": "->",
                "arguments": [{"constructor": "list", "arguments": [{"constructor": "int", "arguments": []}]}]
                * 2,
            },
            "programs": [
                {"program": f"(lambda (map (lambda (+ (* $0 $0) {n})) (cdr $0)))", "logLikelihood": 0.0}
            ],
        }
        for n in ("0", "1", "(+ 1 1)", "(* $0 1)")
    ],
}


def test_compress_lowers_nats_where_the_corpus_has_types(tmp_path: Path) -> None:
    corpus = written(tmp_path / "corpus.json", TYPED)
    by_default, by_size, exactly = (
        lines(wakesleep(tmp_path, "compress", corpus, "--inversion-steps", "1", "--json", *options))[0]
        for options in ([], ["--objective", "size"], ["--method", "version-space"])
    )
    assert by_default["objective"] == "likelihood" and by_default["nats_after"] < by_default["nats_before"]
    assert by_size["objective"] == exactly["objective"] == "size" and exactly["notes"] == []
    for result in (by_default, by_size, exactly):
        assert result["abstractions"] and len(result["rewritten"]) == 4 and result["complete"]
    (plain,) = lines(wakesleep(tmp_path, "compress", corpus, "--json"))
    assert plain["objective"] == "size" and "nats_before" not in plain


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--objective", "likelihood"], "needs types"),
        (["--objective", "beauty"], "size or likelihood"),
        (["--method", "guess"], "search or version-space"),
        (["--method", "version-space", "--shards", "2"], "--shards"),
        (["--method", "version-space", "--seconds", "1"], "--seconds"),
        (["--method", "version-space", "--objective", "likelihood"], "counts nodes"),
        (["--objective", "likelihood", "--workers", "2"], "--workers"),
    ],
)
def test_compress_refuses_what_there_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    corpus = written(tmp_path / "corpus.json", ["(lam (f $0))", "(lam (f (f $0)))"])
    assert said in refused(capsys, "compress", corpus, *options)


def test_compress_in_shards_says_what_it_says_in_one_piece(tmp_path: Path) -> None:
    programs = [f"(lam (map (lam (+ (* $0 $0) {n})) (cdr $0)))" for n in "abcdefgh"]
    corpus = written(tmp_path / "corpus.json", programs)
    figures = ("cpu_seconds", "peak_bytes")
    results = [
        lines(wakesleep(tmp_path, "compress", corpus, "--json", *options))[0]
        for options in ([], ["--shards", "2"], ["--shards", "2", "--workers", "2"])
    ]
    first, *others = [{key: result[key] for key in result if key not in figures} for result in results]
    assert first["abstractions"]
    assert all(other == first for other in others)


def test_compress_says_when_its_budget_ended_it(tmp_path: Path) -> None:
    programs = [f"(lam (map (lam ({f} (* $0 $0) {n})) (cdr $0)))" for f in "+-%" for n in "abcdefgh"]
    corpus = written(tmp_path / "corpus.json", programs * 400)
    (result,) = lines(wakesleep(tmp_path, "compress", corpus, "--seconds", "0.01", "--json"))
    assert result["complete"] is False
    assert len(result["rewritten"]) == len(programs) * 400 and result["ratio"] >= 1


def test_workers_of_their_own_need_a_database_that_can_be_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settled(monkeypatch, tmp_path)
    for arguments in (["worker"], ["serve", "--no-worker", "--port", "0"]):
        assert ended(monkeypatch, *arguments) == 2
        assert "PostgreSQL" in capsys.readouterr().err


def test_the_workers_that_are_alive(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database: Database,
) -> None:
    settled(monkeypatch, tmp_path, DATABASE_URL=database.url.render_as_string(hide_password=False))
    assert ended(monkeypatch, "workers") == 1
    with database.write() as session:
        WorkerRepository(session).register("worker_1", "elsewhere", 7)
    assert ended(monkeypatch, "workers", "--here") == 1
    assert capsys.readouterr().out == ""
    assert ended(monkeypatch, "workers", "--json") == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["id"], line["host"], line["pid"]) == ("worker_1", "elsewhere", 7)


def test_backup_and_restore(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database: Database,
) -> None:
    with database.write() as session:
        TaskRepository(session).add(load_tasks([HEAD, LENGTH], "list"))
    settled(monkeypatch, tmp_path, DATABASE_URL=database.url.render_as_string(hide_password=False))
    path = str(tmp_path / "all.tar")
    assert ended(monkeypatch, "backup", path) == 0
    assert "2 tasks" in capsys.readouterr().err
    assert ended(monkeypatch, "restore", path) == 2
    assert "isn't empty" in capsys.readouterr().err
    settled(monkeypatch, tmp_path / "new")
    assert ended(monkeypatch, "restore", path) == 0
    assert "restored 2 tasks" in capsys.readouterr().err
    assert ended(monkeypatch, "restore", str(tmp_path / "none.tar")) == 2


def settled(monkeypatch: pytest.MonkeyPatch, data_dir: Path, **variables: str) -> None:
    """The settings that the next commands of this process find."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("WAKESLEEP_DATA_DIR", str(data_dir))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The code that the command line ends with, in this process."""
    monkeypatch.setattr(sys, "argv", ["wakesleep", *arguments])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)
