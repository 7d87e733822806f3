"""The pages of tasks as the server makes them: their states, their forms, and who may do what."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.access import Scope
from app.db import Database
from app.db.repositories import (
    JobRepository,
    KeyRepository,
    RunRepository,
    TaskRepository,
)
from app.workflows.keeper import DatabaseKeeper
from library.domain import get_domain
from library.snapshot import Abstraction, Library
from synthesis.frontier import Entry, Frontier
from synthesis.report import Attempt, FailedSample, GuideReport, Sleep
from synthesis.task import load_tasks
from tests.app.conftest import RecordingLauncher
from tests.app.examples import DOUBLE, INCREMENT, TASKS

ADD_ONE = "(lambda (map (lambda (+ $0 1)) $0))"
LONGER = "(lambda (map (lambda (+ 1 $0)) $0))"


@pytest.fixture
def token(client: TestClient) -> str:
    return token_of(client.get("/tasks/new").text)


@pytest.fixture
def task(database: Database) -> str:
    """A stored task's id; nobody has tried it."""
    with database.write() as session:
        return TaskRepository(session).add(load_tasks([INCREMENT], "list"))[0][0].id


def token_of(page: str) -> str:
    return re.findall(r'name="form-token" content="(\w+)"', page)[0]


def solve(database: Database, task: str, *programs: str, failed: tuple[FailedSample, ...] = ()) -> str:
    """A run that has attempted the task, and found these programs; its id."""
    with database.write() as session:
        row = TaskRepository(session).get(task)
        run = RunRepository(session).add(
            "list", {"domain": "list", "iterations": 1, "seconds": 3.0}, [row], []
        )
        RunRepository(session).progress(run.id, 1, "wake", ("wake",))
    entries = tuple(Entry(text, -10.0 - rank, 0.0, "model", 1) for rank, text in enumerate(programs))
    prompt = {"form": "instructions", "version": "7", "inclusion": {"halve": 0.5}}
    guides = {"model": GuideReport(16, 12, 1, 400, 0.5, tokens=2345, unique=9, prompt=prompt)}
    by = "model" if entries else None
    attempt = Attempt(row.name, row.request, entries, 0.9, 0.8, 1234, guides, "found", by, failed)
    DatabaseKeeper(database, run.id).record_attempt(1, attempt)
    return run.id


def fields(token: str, **given: str) -> dict[str, str]:
    return {
        "token": token,
        "domain": "list",
        "name": "sum",
        "examples": "1 2\t3\n\t0",
        "action": "store",
        **given,
    }


def post(client: TestClient, path: str, form: dict[str, str], **headers: str) -> Any:
    return client.post(path, data=form, headers=headers, follow_redirects=False)


def test_a_pasted_table_becomes_a_task_that_is_solved_at_once(
    client: TestClient, token: str, launcher: RecordingLauncher, database: Database
) -> None:
    answer = post(client, "/tasks/new", fields(token, action="solve"))
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "sum" in page and "list(int) -&gt; int" in page and "waiting for a worker" in page
    assert 'hx-trigger="every 1s"' in page and '<meta http-equiv="refresh"' in page
    (job,) = launcher.enqueued
    task = client.get(f"/v1/jobs/{job}").json()["task"]
    assert client.get(f"/v1/tasks/{task}").json()["examples"] == [
        {"inputs": [[1, 2]], "output": 3},
        {"inputs": [[]], "output": 0},
    ]
    with database.write() as session:
        JobRepository(session).begin(job)
        found = Entry("(lambda (fold $0 0 (lambda (lambda (+ $0 $1)))))", -9.0, 0.0, "prior", 0)
        line = {"solved": True, "programs": 77, "cpu_seconds": 0.25, "name": "sum"}
        JobRepository(session).finish(job, line, [found])
    page = client.get(f"/tasks/{task}", headers={"HX-Request": "true"}).text
    assert "hx-trigger" not in page.split(">")[0] and "<html" not in page
    assert "right on all" in page and ">fold<" in page and "77" in page and "250 ms" in page


def test_the_same_again_leads_to_the_first_and_another_under_its_name_is_refused(
    client: TestClient, token: str
) -> None:
    first = post(client, "/tasks/new", fields(token)).headers["location"]
    again = post(client, "/tasks/new", fields(token)).headers["location"]
    assert first.split("?") == [again.split("?")[0], "was=new"] and again.endswith("?was=there")
    assert "was here already" in client.get(again).text
    other = post(client, "/tasks/new", fields(token, examples="1 2\t4\n1\t5"))
    assert other.status_code == 409 and 'id="wrong-name"' in other.text
    assert f'href="{first.split("?")[0]}"' in other.text and "1 2\t4\n1\t5" in other.text


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"examples": ""}, "examples", "no examples yet"),
        ({"examples": "1\t2\nx\t3"}, "examples", "input 1 in line 2"),
        ({"examples": "1\t2\n1\t3"}, "examples", "have the inputs 1 but the outputs 2 and 3"),
        ({"name": " "}, "name", "give it a name"),
        ({"name": "x" * 201}, "name", "shorten it to 200"),
        ({"domain": "nowhere"}, "domain", "unknown domain"),
        ({"request": "list(int) ->"}, "request", "has the part"),
        ({"request": "list(str) -> int"}, "examples", "which is no"),
        ({"request": "list(int) -> int -> int"}, "request", "it takes 2 inputs"),
        ({"description": "x" * 10_001}, "description", "shorten it to 10000"),
        ({"domain": "logo", "examples": "(lambda $0 $0)"}, "examples", "makes no example"),
        ({"domain": "tower", "examples": "a,b"}, "examples", "program that makes it"),
        ({"domain": "tower", "examples": "[[1, 2], [3, 4]]"}, "examples", "tower"),
        ({"domain": "list", "examples": "1,2\n" * 1001}, "examples", "more than 1000"),
    ],
)
def test_what_is_wrong_stands_next_to_its_field_and_what_was_typed_is_kept(
    client: TestClient, token: str, change: dict[str, str], field: str, says: str
) -> None:
    typed = fields(token, description="kept") | change
    answer = post(client, "/tasks/new", typed)
    assert answer.status_code == 422
    problem = re.search(rf'id="wrong-{field}" role="alert">([^<]*)', answer.text)
    assert problem and says.replace("'", "&#39;") in problem[1], answer.text
    assert f'aria-describedby="{"hint-examples " if field == "examples" else ""}wrong-{field}"' in answer.text
    assert typed["name"] in answer.text and typed["description"] in answer.text
    assert client.get("/v1/tasks").json()["items"] == [], "nothing was stored"


def test_a_form_without_its_token_or_too_large_does_nothing(client: TestClient, token: str) -> None:
    assert post(client, "/tasks/new", fields("")).status_code == 403
    assert post(client, "/tasks/new", fields(token, examples="1,2\n" * 200_000)).status_code == 413


def test_reading_says_the_type_and_stores_nothing(client: TestClient, token: str) -> None:
    answer = post(client, "/tasks/new", fields(token, name="", examples="[]\t[]"), **{"HX-Request": "true"})
    assert answer.status_code == 200 and "<form" not in answer.text
    assert "list(int) -&gt; list(int)" in answer.text and "inferred" in answer.text
    assert "empty everywhere" in answer.text
    checked = post(client, "/tasks/new", fields(token, action="check", request="list(int) -> int"))
    assert checked.status_code == 200 and "as you said" in checked.text
    drawn = fields(token, domain="logo", examples="[[0, 0, 1, 0]]", action="check")
    assert "<svg xmlns" in post(client, "/tasks/new", drawn).text
    assert client.get("/v1/tasks").json()["items"] == []


def test_every_domain_s_example_can_be_submitted_as_it_is(client: TestClient, token: str) -> None:
    for domain in client.get("/v1/domains").json()["items"]:
        page = client.get("/tasks/new", params={"domain": domain["name"], "example": "1"}).text
        name = re.findall(r'name="name"[^>]*? value="([^"]+)"', page)[0]
        examples = re.findall(r"<textarea name=\"examples\"[^>]*>([^<]*)", page)[0]
        form = fields(token, domain=domain["name"], name=unescaped(name), examples=unescaped(examples))
        answer = post(client, "/tasks/new", form)
        assert answer.status_code == 303, (domain["name"], answer.text)
        assert client.get(answer.headers["location"]).status_code == 200


def test_a_whole_task_in_json_brings_its_name_and_type(client: TestClient, token: str) -> None:
    document = json.dumps(DOUBLE | {"description": "twice each"})
    answer = post(client, "/tasks/new", fields(token, name="", examples=document))
    page = client.get(answer.headers["location"]).text
    assert '<h1 id="title">double each</h1>' in page and "twice each" in page


def test_a_solution_with_its_frontier_and_origin(client: TestClient, database: Database, task: str) -> None:
    run = solve(database, task, ADD_ONE, LONGER, failed=(FailedSample("model", "(lambda $0)", -3.0),))
    page = client.get(f"/tasks/{task}").text
    assert "right on all" in page and "All programs kept" in page
    assert "73 %" in page and "27 %" in page, "shares of the posterior"
    assert "1,234" in page and "3 s of CPU" in page and f'href="/runs/{run}"' in page
    assert "2,345" in page and "version 7" in page and "<code>halve</code> 50 %" in page
    assert "1 sample that didn&#39;t fit" in page or "1 sample that didn't fit" in page
    assert "uses no learned function" in page


def test_a_learned_function_leads_to_its_page_and_is_written_out(
    client: TestClient, database: Database, task: str
) -> None:
    body = "#(map (lambda (+ $0 1)))"
    program = f"(lambda ({body} $0))"
    run = solve(database, task, program)
    learned = Abstraction("bump", body, INCREMENT["request"], "Adds one.", ())
    library = Library("list", (learned,), (0.0,) * (len(get_domain("list").primitives) + 2))
    kept = Frontier(INCREMENT["name"], INCREMENT["request"], (Entry(program, -8.0, 0.0, "model", 1),))
    sleep = Sleep(library, {INCREMENT["name"]: kept}, ("bump",), 20.0, 18.0, 0.1)
    DatabaseKeeper(database, run).record_sleep(1, sleep)
    page = client.get(f"/tasks/{task}").text
    address = re.findall(r'class="c-learned" href="(/library/abstractions/\w+)">bump</a>\(xs\)', page)[0]
    assert client.get(address).status_code == 200
    assert "Adds one." in page and "Written out" in page
    assert re.search(r"\(bump <span class=\"c-variable\">\$0", re.sub(r"</?a[^>]*>", "", page)), (
        "by its name in λ too"
    )


def test_the_nearest_misses_of_what_is_unsolved(client: TestClient, database: Database, task: str) -> None:
    assert "Nobody has tried it yet" in client.get(f"/tasks/{task}").text
    solve(database, task)
    assert "No near miss is stored" in client.get(f"/tasks/{task}").text
    failed = (
        FailedSample("network", "(lambda (cdr $0))", -1.0),
        FailedSample("network", "(lambda $0)", -2.0),
    )
    solve(database, task, failed=failed)
    page = client.get(f"/tasks/{task}").text
    assert page.index("right on 1 of 3") < page.index("right on 0 of 3")
    assert "wrong on examples 1, 3" in page and "Example 1: it gives <code>[1, 2, 3]</code>" in page


def test_trying_a_program(client: TestClient, database: Database, task: str, token: str) -> None:
    assert post(client, f"/tasks/{task}/try", {"token": token, "input-0": "[1]"}).status_code == 409
    solve(database, task, ADD_ONE, "(lambda (cdr $0))")
    given = post(client, f"/tasks/{task}/try", {"token": token, "input-0": "5 6"}, **{"HX-Request": "true"})
    assert "<code>[6, 7]</code>" in given.text and "<html" not in given.text
    whole = post(client, f"/tasks/{task}/try", {"token": token, "input-0": "[9]", "program": "2"})
    assert (
        whole.status_code == 200 and "It gives</span> <code>[]</code>" in whole.text and "<html" in whole.text
    )
    nothing = post(client, f"/tasks/{task}/try", {"token": token, "input-0": "", "program": "2"})
    assert nothing.status_code == 200 and "It gives nothing for that: empty list" in nothing.text
    for form in ({"input-0": "[1, x]"}, {"input-0": "true"}, {"input-0": "[1]", "program": "9"}):
        wrong = post(client, f"/tasks/{task}/try", {"token": token} | form)
        assert wrong.status_code == 422 and 'class="wrong"' in wrong.text
        assert form["input-0"] in wrong.text


def test_solving_and_cancelling(
    client: TestClient, task: str, token: str, launcher: RecordingLauncher
) -> None:
    assert post(client, f"/tasks/{task}/solve", {"token": token, "seconds": "7"}).status_code == 422
    for _ in range(2):
        assert post(client, f"/tasks/{task}/solve", {"token": token, "seconds": "60"}).status_code == 303
    assert len(set(launcher.enqueued)) == 1, "while one is at it, none is begun"
    cancel = f"/tasks/{task}/jobs/{launcher.enqueued[0]}/cancel"
    for _ in range(2):
        assert post(client, cancel, {"token": token}).status_code == 303
    assert "was cancelled" in client.get(f"/tasks/{task}").text
    assert post(client, "/tasks/task_none/solve", {"token": token, "seconds": "60"}).status_code == 404


def test_deleting_is_offered_until_a_run_has_the_task(
    client: TestClient, database: Database, task: str, token: str
) -> None:
    assert f'action="/tasks/{task}/delete"' in client.get(f"/tasks/{task}").text
    solve(database, task)
    assert "/delete" not in client.get(f"/tasks/{task}").text
    assert post(client, f"/tasks/{task}/delete", {"token": token}).status_code == 409


def test_the_list_is_filtered_and_paged(client: TestClient, database: Database) -> None:
    assert "There are no tasks yet" in client.get("/tasks").text
    many = [INCREMENT | {"name": f"number {number}"} for number in range(60)]
    with database.write() as session:
        rows = [row for row, _ in TaskRepository(session).add(load_tasks([*TASKS, *many], "list"))]
    run = solve(database, rows[0].id, ADD_ONE)

    def names(**query: str) -> list[str]:
        return re.findall(
            r'<th scope="row"><a href="/tasks/\w+">([^<]+)', client.get("/tasks", params=query).text
        )

    newest = client.get("/tasks").text
    assert names()[0] == "number 59" and len(names()) == 50
    following = re.findall(r'href="(/tasks\?[^"]+)" rel="next"', newest)[0]
    assert "number 9<" in client.get(unescaped(following)).text
    assert names(state="solved") == names(run=run) == [INCREMENT["name"]]
    assert names(name="OUR", state="", domain="") == [] and len(names(name="number 1")) == 11
    assert len(names(state="unsolved", name="number 1", domain="list")) == 11
    assert names(domain="text") == [] and "No task is like that" in client.get("/tasks?domain=text").text
    assert names(run=run, state="unsolved") == []


@pytest.mark.parametrize(
    "address",
    [
        "/tasks?state=x", "/tasks?after=%00", "/tasks?run=a.b", "/tasks?name=%00", "/tasks/new?domain=no",
        "/tasks/a.b", "/dreams?source=x", "/dreams?iteration=x", "/dreams?run=%27", "/batches?after=%20x%20y",
    ],
)  # fmt: skip
def test_an_address_that_none_can_be_is_a_page_that_says_so(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 422 and "<h1>" in answer.text


def test_long_texts_and_many_examples_stay_small(client: TestClient, token: str) -> None:
    rows = "\n".join(f"[{', '.join(str(number + k) for k in range(150))}]\t{number}" for number in range(300))
    answer = post(client, "/tasks/new", fields(token, name="n" * 200, examples=rows))
    page = client.get(answer.headers["location"])
    assert len(page.content) < 300_000 and "300 examples" in page.text and "1 to 12 of 300" in page.text
    last = client.get(answer.headers["location"].split("?")[0] + "?example=9999").text
    assert "289 to 300 of 300" in last


def test_scopes_hide_what_can_t_be_done_and_the_server_refuses_it(
    client: TestClient, database: Database, task: str
) -> None:
    solve(database, task, ADD_ONE)
    with database.write() as session:
        key = KeyRepository(session).add("reader", Scope.READ)[1].text
    form = {"token": token_of(client.get("/sign-in").text), "key": key, "next": "/"}
    client.post("/sign-in", data=form)
    page = client.get(f"/tasks/{task}").text
    assert "Solution" in page and "/solve" not in page and "Try it" not in page and "/delete" not in page
    assert "Submit a task" not in client.get("/tasks").text and client.get("/tasks/new").status_code == 403
    assert "Upload" not in client.get("/batches").text
    token = token_of(page)
    for path in (
        "/tasks/new",
        f"/tasks/{task}/solve",
        f"/tasks/{task}/try",
        f"/tasks/{task}/delete",
        "/batches",
    ):
        assert post(client, path, {"token": token}).status_code == 403


def unescaped(text: str) -> str:
    return html.unescape(text)
