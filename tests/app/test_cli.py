"""The command line as people and programs use it: real processes, standard output, codes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

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


def test_solve_reads_a_folder_and_leaves_sygus_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    folder.mkdir()
    written(folder / "a.json", [HEAD])
    written(folder / "b.sl", "(set-logic SLIA)")
    result = lines(wakesleep(tmp_path, "solve", str(folder), "--domain", "list", "--json"))
    assert [(line["solved"], line.get("reason")) for line in result] == [(True, None), (False, "unsupported")]
    alone = lines(wakesleep(tmp_path, "solve", str(folder / "b.sl"), "--domain", "list", "--json"))
    assert [line["reason"] for line in alone] == ["unsupported"]


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


@pytest.mark.parametrize("name", BAD)
def test_bad_tasks_end_with_code_2(tmp_path: Path, name: str) -> None:
    content, said = BAD[name]
    source = written(tmp_path / "tasks.json", content)
    learned = wakesleep(
        tmp_path, "learn", source, "--domain", "list", "--iterations", "1", "--seconds", "1", "--json"
    )
    assert (learned.returncode, learned.stdout) == (2, "")
    assert said in learned.stderr and "Traceback" not in learned.stderr


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
def test_bad_options_end_with_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = wakesleep(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr and "Traceback" not in result.stderr


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
        "(lambda (length (map (lambda (range 1000000)) (range 1000000))))",
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


@pytest.mark.slow
def test_learn_prints_a_report_per_iteration_and_keeps_no_files(tmp_path: Path) -> None:
    source = written(tmp_path / "tasks.json", TASKS)
    options = [source, "--domain", "list", "--iterations", "1", "--seconds", "0.5", "--json"]
    (report,) = lines(wakesleep(tmp_path, "learn", *options))
    assert report["iteration"] == 1 and report["tasks"] == len(TASKS) and report["solved"] >= 4
    assert set(report["cpu_seconds"]) == {"wake", "abstraction", "dream"}
    assert {"abstractions", "description_length_before", "description_length_after", "share_by_guide"} <= set(
        report
    )
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.json"]
