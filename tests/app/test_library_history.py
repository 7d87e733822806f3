"""The library of a run over the service: versions, uses, gains and a retirement, in the database and over
HTTP; and solutions that use what was retired still evaluate.

The run has slept once when the service starts: its library then has an abstraction that doesn't pay. Another
run, long finished, has the same library and a solution with that abstraction.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.db.migrate import upgrade
from app.db.repositories import RunRepository, TaskRepository
from app.settings import Settings
from app.workflows.keeper import DatabaseKeeper
from engine import Term, Type
from engine.python_form import from_python
from library.snapshot import Abstraction, Library
from synthesis.frontier import Entry, Frontier
from synthesis.keeper import RunConfig
from synthesis.prior import fit_prior
from synthesis.report import Attempt, Dream, Sleep
from synthesis.task import load_tasks
from tests.app.examples import task
from tests.app.serving import ROOT, Service, command, database, environment, serving

WASTEFUL = "#(lambda (* (* $0 $0) (* $0 $0)))"
"""The fourth power: one task uses it, which doesn't pay for its length."""
PROGRAM = f"(lambda (map (lambda ({WASTEFUL} $0)) $0))"
REQUEST = "list(int) -> list(int)"
INPUTS = ([1, 2, 3], [], [4], [0, 7, 2, 5], [9, 9], [6, 1, 8])


def mapping(name: str, function: Callable[[int], int]) -> dict[str, Any]:
    return task(name, REQUEST, *(([xs], [function(x) for x in xs]) for xs in INPUTS))


OLD = mapping("fourth powers, long ago", lambda x: x**4)
TASKS = [
    mapping("fourth powers", lambda x: x**4),
    *(mapping(f"plus {n}", lambda x, n=n: x + n) for n in range(1, 8)),
    *(mapping(f"{n} times", lambda x, n=n: n * x) for n in range(2, 6)),
    mapping("double plus 1", lambda x: 2 * x + 1),
]


def wasteful_library() -> Library:
    abstraction = Abstraction("wasteful", WASTEFUL, "int -> int", "Its fourth power.", ("fourth powers",))
    return Library("list", (abstraction,), (*Library.initial("list").weights, 0.0))


def slept_once(stored: Database, documents: list[dict[str, Any]]) -> DatabaseKeeper:
    """A run whose first iteration solved its first task alone, with the wasteful abstraction."""
    config = RunConfig("list", iterations=2, seconds=0.5, guides=("prior",), dream_seconds=0.5)
    tasks = load_tasks(documents, "list")
    with stored.write() as session:
        rows = [row for row, _ in TaskRepository(session).add(tasks)]
        run = RunRepository(session).add("list", config.to_json(), rows)
    keeper = DatabaseKeeper(stored, run.id)
    frontiers = {one.name: Frontier(one.name, one.request) for one in tasks}
    solution = Entry(PROGRAM, -9.0, 0.0, "prior", 1)
    frontiers[tasks[0].name] = Frontier(tasks[0].name, REQUEST, (solution,))
    library = wasteful_library()
    keeper.record_dream(0, dream_of(Library.initial("list"), {}))
    for name, frontier in frontiers.items():
        solved_by = "prior" if frontier.solved else None
        attempt = Attempt(name, frontier.request, frontier.entries, 0.1, 0.1, 9, {}, "seconds", solved_by)
        keeper.record_attempt(1, attempt)
    keeper.record_sleep(1, Sleep(library, frontiers, ("wasteful",), 30.0, 29.0, 0.1, {"wasteful": 1.0}))
    keeper.record_dream(1, dream_of(library, frontiers))
    keeper.record_report(1, {"iteration": 1, "share_by_guide": {}, "abstractions": []})
    return keeper


def dream_of(library: Library, frontiers: dict[str, Frontier]) -> Dream:
    weights = fit_prior(library, frontiers.values(), []).tolist()
    return Dream(tuple(map(tuple, weights)), None, False, library.content_hash)


@pytest.mark.slow
def test_a_run_shows_versions_uses_gains_and_a_retirement(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="").prepare()
    stored = Database(settings.database)
    upgrade(stored)
    long_ago = slept_once(stored, [OLD])
    with stored.write() as session:
        RunRepository(session).settle(long_ago.run_id, "finished")
    run_id = slept_once(stored, TASKS).run_id
    stored.close()
    with serving(tmp_path) as service:
        run = service.settled(run_id)
        assert run["state"] == "finished", run
        current = service.get("/v1/library")["current"]
        check_version(service, current, run_id)
        check_retirement(service, current, run_id)
        check_old_solutions(tmp_path, service, current["id"])
        assert service.stop() == 0
    check_database(tmp_path, run_id)


def check_version(service: Service, current: dict[str, Any], run_id: str) -> None:
    """What the run learned pays, is used by several tasks, and is in the graph."""
    assert (current["run"], current["iteration"]) == (run_id, 2)
    assert current["abstractions"], "this run learns something"
    graph = service.get(f"/v1/library/{current['id']}/graph")
    assert [node["id"] for node in graph["nodes"]] == [one["id"] for one in current["abstractions"]]
    for one in current["abstractions"]:
        assert one["gain"] > 0 and one["weight"] < 0 and one["uses"] >= 2
        assert one["first_seen"]["library"] == current["id"] and one["first_seen"]["run"] == run_id
        detail = service.get(f"/v1/abstractions/{one['id']}")
        assert detail["body"] == one["body"] and len(detail["used_by"]) == one["uses"]
        (version,) = detail["versions"]
        assert (version["library"], version["gain"]) == (current["id"], one["gain"])
        parts = {edge["part"] for edge in graph["edges"] if edge["abstraction"] == one["id"]}
        assert parts == {part["id"] for part in detail["built_from"]}


def check_retirement(service: Service, current: dict[str, Any], run_id: str) -> None:
    """The wasteful one went in iteration 2, which saved nats; the version that had it still does."""
    (retired,) = current["retired"]
    assert retired["abstraction"]["name"] == "wasteful"
    assert (retired["run"], retired["iteration"], retired["library"]) == (run_id, 2, current["id"])
    assert retired["saving"] > 0 and retired["successor"] is None
    history = service.get(f"/v1/abstractions/{retired['abstraction']['id']}")
    assert history["retirements"] == [retired]
    assert [version["library"] for version in history["versions"]] == [current["parent"]]
    parent = service.get(f"/v1/library/{current['parent']}")
    assert [(one["name"], one["gain"]) for one in parent["abstractions"]] == [("wasteful", 1.0)]
    assert parent["content_hash"] == wasteful_library().content_hash


def check_old_solutions(data_dir: Path, service: Service, library_id: str) -> None:
    """Every program that is kept gives the examples' outputs under the newest library, the old one too."""
    library = Library.from_json(stored_snapshot(data_dir, library_id))
    kept: dict[str, list[str]] = {}
    for item in service.get("/v1/tasks?limit=500")["items"]:
        request = Type.parse(item["request"])
        inputs = [tuple(example["inputs"]) for example in item["examples"]]
        outputs = [example["output"] for example in item["examples"]]
        frontier = service.get(f"/v1/tasks/{item['id']}")["frontier"]
        for entry in frontier:
            # the Python form too: it spells out what the library doesn't have
            for term in (Term.parse(entry["program"]), from_python(entry["python"], library.surface)):
                assert library.language.evaluate(term, request, inputs) == outputs, entry
        kept[item["name"]] = [entry["program"] for entry in frontier]
        if item["name"] == OLD["name"]:
            assert evaluate(data_dir, library_id, PROGRAM, inputs) == outputs
    assert kept[OLD["name"]] == [PROGRAM]
    assert all(WASTEFUL not in program for one in TASKS for program in kept[one["name"]])
    assert sum(bool(programs) for programs in kept.values()) >= 5


def stored_snapshot(data_dir: Path, library_id: str) -> Any:
    connection = database(data_dir)
    try:
        query = "SELECT snapshot FROM library_versions WHERE id = ?"
        (snapshot,) = connection.execute(query, (library_id,)).fetchone()
        return json.loads(snapshot)
    finally:
        connection.close()


def evaluate(data_dir: Path, library_id: str, program: str, inputs: list[Any]) -> list[Any]:
    """What `wakesleep evaluate` prints."""
    done = subprocess.run(
        command(
            *("evaluate", "--domain", "list", "--library", library_id, "--json"),
            *("--program", program, "--inputs", json.dumps(inputs)),
        ),
        cwd=ROOT,
        env=environment(data_dir),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_database(data_dir: Path, run_id: str) -> None:
    """The same in SQL: uses are those of the programs that the run keeps."""
    connection = database(data_dir)
    try:
        kept = connection.execute(
            "SELECT f.task_id, f.program FROM frontier_entries f WHERE f.run_id = ? AND f.rank = 0", (run_id,)
        ).fetchall()
        bodies = connection.execute(
            "SELECT a.id, a.body, m.gain FROM sleeps s JOIN library_members m ON m.library_id = s.library_id"
            " JOIN abstractions a ON a.id = m.abstraction_id WHERE s.run_id = ? AND s.iteration = 2",
            (run_id,),
        ).fetchall()
        uses = connection.execute(
            "SELECT abstraction_id, task_id FROM abstraction_uses WHERE run_id = ? AND iteration = 2",
            (run_id,),
        ).fetchall()
        assert set(uses) == {(id, task) for id, body, _ in bodies for task, text in kept if body in text}
        assert uses and all(gain > 0 for _, _, gain in bodies)
        retired = connection.execute(
            "SELECT r.iteration, a.body FROM retirements r JOIN abstractions a ON a.id = r.abstraction_id"
        ).fetchall()
        assert retired == [(2, WASTEFUL)]
    finally:
        connection.close()
