"""Names and docstrings from a model: what holds is kept, what doesn't is dropped, and a sleep never fails."""

from __future__ import annotations

import json
import keyword
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Term
from library.compression import CompressionResult, FrontierPrograms, compress
from library.snapshot import Abstraction, Library
from prompts import AbstractionDocs
from synthesis.abstraction_context import abstraction_context
from synthesis.documenting import (
    MAX_NAME,
    MAX_SENTENCE,
    checked,
    document_added,
    one_sentence,
    read_reply,
)
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import run_phase
from synthesis.prompt_context import CHARACTERS_PER_TOKEN, PromptBudget
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler
from tests.synthesis.documented import PROGRAMS, REQUEST, TASKS, after_a_wake, true_everywhere
from tests.synthesis.model_server import Answer, Endpoint, chat, error

Serve = Callable[[Answer], Endpoint]

ADD_ALL = Abstraction(
    "map_add",
    "#(lambda (lambda (map (lambda (+ $0 $2)) $0)))",
    "int -> list(int) -> list(int)",
    "composed.",
    ("add 1",),
)
LIBRARY = Library("list", (ADD_ALL,), (0.0,) * (len(Library.initial("list").weights) + 1))


@pytest.fixture(scope="module")
def slept() -> CompressionResult:
    """Adds `keep`, of functions and lists, and `constant_2`."""
    corpus = [FrontierPrograms(name, REQUEST, ((text, 0.0),)) for name, text in PROGRAMS.items()]
    result = compress(Library.initial("list"), corpus)
    assert [abstraction.name for abstraction in result.added] == ["keep", "constant_2"]
    return result


def docs(name: str, docstring: str, *examples: str) -> str:
    return json.dumps({"name": name, "docstring": docstring, "examples": examples})


REPLIES = {
    "keep": docs(
        "keep_where",
        "Keeps the elements for which the function is true.",
        "keep_where(lambda x: x > 3, [1, 5, 4]) == [5, 4]",
        "keep_where(lambda x: x > 3, [1, 5, 4]) == [4, 5]",
    ),
    "constant_2": docs("two", "The number two.", "two == 2"),
}


def asked(body: dict[str, Any]) -> str:
    return str(body["messages"][1]["content"])


def asked_about(body: dict[str, Any]) -> str:
    return asked(body).partition("for now called ")[2].partition(":")[0]


def sampler(url: str, **changes: Any) -> OpenAISampler:
    return OpenAISampler(ModelEndpoint(url, "m", **{"seconds": 5.0, "retries": 0, **changes}))


def test_a_good_reply_names_and_explains(serve: Serve, slept: CompressionResult) -> None:
    endpoint = serve(lambda body: chat(REPLIES[asked_about(body)]))
    result = document_added(slept, TASKS, sampler(endpoint.url))
    keep, two = result.added
    assert (keep.name, two.name) == ("keep_where", "two")
    assert keep.docstring.startswith(
        "Keeps the elements for which the function is true. "
        "keep_where(lambda x: x > 3, [1, 5, 4]) == [5, 4]. Learned from "
    )
    assert "[4, 5]" not in keep.docstring  # the wrong example
    assert two.docstring.startswith("The number two. two == 2. Learned from ")
    assert true_everywhere(result.library) == 2
    assert result.library.abstractions == result.added
    assert [(a.body, a.type, a.tasks) for a in result.added] == [
        (a.body, a.type, a.tasks) for a in slept.added
    ]
    assert result.uses == {"keep_where": slept.uses["keep"], "two": slept.uses["constant_2"]}
    assert result.gains == {"keep_where": slept.gains["keep"], "two": slept.gains["constant_2"]}
    assert result.frontiers == slept.frontiers
    assert Library.from_json(result.library.to_json()) == result.library
    first, second = endpoint.bodies
    assert first["response_format"]["json_schema"]["schema"]["required"] == ["name", "docstring", "examples"]
    assert "keep above 1 (says keep above 1): lambda xs: keep(lambda x: x > 1, xs)" in asked(first)
    assert "keep_where" in asked(second)  # by its new name


def test_docstrings_that_stay_composed_use_the_new_names(serve: Serve) -> None:
    increment = Abstraction("add", "#(lambda (+ $0 1))", "int -> int", "composed.")
    user = Abstraction(
        "map_add", "#(lambda (map #(lambda (+ $0 1)) $0))", REQUEST, "int: add. composed.", ("t",)
    )
    library = Library("list", (increment, user), (0.0,) * (len(Library.initial("list").weights) + 2))
    result = CompressionResult(library, (), library.abstractions, (), 2.0, 1.0)
    answers = iter([chat(docs("increment", "One more.", "increment(4) == 5")), chat("no")])
    new = document_added(result, [], sampler(serve(lambda body: next(answers)).url))
    assert [a.name for a in new.added] == ["increment", "map_add"]
    assert "lambda xs: map(increment, xs)" in new.added[1].docstring


def test_known_abstractions_keep_what_they_have(serve: Serve, slept: CompressionResult) -> None:
    endpoint = serve(lambda body: chat(REPLIES[asked_about(body)]))
    result = document_added(replace(slept, added=slept.added[1:]), TASKS, sampler(endpoint.url))
    assert result.library.abstractions[0] == slept.library.abstractions[0]
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "null",
        "{not json",
        '{"name": 1, "docstring": 2, "examples": 3}',
        '{"name": "x", "docstring": "y"}',
        "{" * 50_000,
        '{"name":' + "[" * 19_000,
        docs("wrong", "Says what is not so.", "wrong(1) == 1", "wrong == 7", "1 + 1 == 2"),
        docs("silent", "", "silent == 2", "silent(lambda x: x > 3, [4]) == [4]"),
        docs("same", "It is itself.", "same == same"),
        docs("bare", "No examples."),
        " " * 30_000 + docs("late", "Two.", "late == 2"),
    ],
)
def test_what_can_not_be_used_leaves_the_composed_docs(
    serve: Serve, slept: CompressionResult, reply: str, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = serve(lambda body: chat(reply))
    with caplog.at_level(logging.WARNING):
        assert document_added(slept, TASKS, sampler(endpoint.url)) == slept
    assert len(endpoint.bodies) == len(slept.added)
    said = [record.getMessage() for record in caplog.records if record.name == "synthesis.documenting"]
    assert [message.split()[0] for message in said] == ["keep", "constant_2"]


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_server_in_trouble_is_asked_once(
    serve: Serve, slept: CompressionResult, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = serve(lambda body: error(status, "trouble"))
    assert document_added(slept, TASKS, sampler(endpoint.url)) == slept
    assert len(endpoint.bodies) == 1 and len(caplog.records) == 1
    assert endpoint.url in caplog.text


def test_a_server_that_is_slow_or_away(serve: Serve, slept: CompressionResult) -> None:
    released = threading.Event()

    def answer(body: dict[str, Any]) -> tuple[int, str]:
        released.wait(10)
        return chat(REPLIES["keep"])

    assert document_added(slept, TASKS, sampler(serve(answer).url, seconds=0.3)) == slept
    released.set()
    assert document_added(slept, TASKS, sampler("http://127.0.0.1:1/v1")) == slept


def test_a_server_without_schemas_is_asked_without(serve: Serve, slept: CompressionResult) -> None:
    def answer(body: dict[str, Any]) -> tuple[int, str]:
        if "response_format" in body:
            return error(400, "response_format is not supported")
        return chat(f"Here you are:\n```json\n{REPLIES[asked_about(body)]}\n```\nIt {{keeps}} them.")

    endpoint = serve(answer)
    result = document_added(slept, TASKS, sampler(endpoint.url))
    assert [a.name for a in result.added] == ["keep_where", "two"]
    assert ["response_format" in body for body in endpoint.bodies] == [True, False, False]


def test_examples_know_nothing_that_came_later(serve: Serve, slept: CompressionResult) -> None:
    """The later function's name may still change."""
    example = "keep_where(lambda x: x > {}, [1, 5]) == [5]"
    reply = docs("keep_where", "Keeps some.", example.format("constant_2"), example.format(2))
    answers = iter([chat(reply), chat(REPLIES["constant_2"])])
    result = document_added(slept, TASKS, sampler(serve(lambda body: next(answers)).url))
    assert "constant_2" not in result.added[0].docstring and true_everywhere(result.library) == 2


def test_two_of_one_name_are_numbered(serve: Serve, slept: CompressionResult) -> None:
    replies = {name: reply.replace("two", "keep_where") for name, reply in REPLIES.items()}
    result = document_added(slept, TASKS, sampler(serve(lambda b: chat(replies[asked_about(b)])).url))
    assert [a.name for a in result.added] == ["keep_where", "keep_where_v2"]
    assert "keep_where_v2 == 2" in result.added[1].docstring


def proposed(name: str, *examples: str, docstring: str = "Adds n to each element.") -> Abstraction | None:
    return checked(
        AbstractionDocs(name=name, docstring=docstring, examples=list(examples)), ADD_ALL, LIBRARY, {"gone"}
    )


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("add_to_each", "add_to_each"),
        ("addToEach", "add_to_each"),
        (" Add-to each ", "add_to_each"),
        ("lambda", "lambda_v2"),
        ("None", "none"),
        ("map", "map_v2"),
        ("is_prime", "is_prime_v2"),
        ("len", "len_v2"),
        ("sum", "sum_v2"),
        ("str", "str_v2"),
        ("gone", "gone_v2"),
        ("map_add", "map_add"),
        ("", "map_add"),
        ("__", "map_add"),
        ("3d", "map_add"),
        ("f", "map_add"),
        ("λ", "map_add"),
        ("a'); import os; ('", "a_import_os"),
        ("x" * 100_000, "x" * MAX_NAME),
    ],
)
def test_names_become_free_identifiers(name: str, becomes: str) -> None:
    new = proposed(name, f"{name}(3, [1, 2]) == [4, 5]", "map_add(3, [1]) == [4]")
    assert new is not None and new.name == becomes
    assert f"{becomes}(3, [1" in new.docstring
    assert becomes.isidentifier() and not keyword.iskeyword(becomes)
    Library.from_json(replace(LIBRARY, abstractions=(new,)).to_json())


@pytest.mark.parametrize(
    ("example", "kept"),
    [
        ("inc(3, [1, 2]) == [4, 5]", "inc(3, [1, 2]) == [4, 5]"),
        ("inc( 3,[1,2])==[4,5]", "inc(3, [1, 2]) == [4, 5]"),
        ("map_add(3, [1]) == [4]", "inc(3, [1]) == [4]"),
        ("inc(-3, [1, -1]) == [-2, -4]", "inc(-3, [1, -1]) == [-2, -4]"),
        ("inc(1, []) == []", "inc(1, []) == []"),
        ("inc(1, inc(1, [1])) == [3]", "inc(1, inc(1, [1])) == [3]"),
        ("inc(3, [1, 2]) == [4, 6]", None),
        ("inc(3, [1]) == 4", None),
        ("inc(3, [1]) == inc(3, [1])", None),
        ("inc(3, [1])", None),
        ("inc(3) == inc(3)", None),
        ("[4, 5] == inc(3, [1, 2])", None),
        ("car(inc(3, [1])) == 4", None),
        ("inc(True, [1]) == [2]", None),
        ("inc(car([]), [1]) == [2]", None),
        ("inc(3, unfold(0, lambda x: x > x, lambda x: x, lambda x: x)) == []", None),
        ("inc(3, [1, 2]) == __import__('os').system('true')", None),
        ("inc(__import__('os').system('touch /tmp/x'), [1]) == [1]", None),
        ("inc(3, os.system('true')) == []", None),
        ("inc(" + "(" * 10_000 + "3" + ")" * 10_000 + ", [1]) == [4]", None),
        ("inc(" + "(" * 80 + "3" + ")" * 80 + ", [1]) == [4]", "inc(3, [1]) == [4]"),
        ("inc(3, [1])" + " " * 300 + "== [4]", None),
        ("inc(3, [1]) == [4]\nimport os", None),
        ("inc(3, [1]) == [4] == [4]", None),
        ("inc(3, [1]) == [9" + "9" * 5000 + "]", None),
        ("\x00 == \x00", None),
        ("", None),
        ("==", None),
    ],
)
def test_examples_are_read_run_and_kept_where_true(example: str, kept: str | None) -> None:
    new = proposed("inc", example)
    assert (None if new is None else new.docstring) == (
        kept and f"Adds n to each element. {kept}. Learned from 'add 1'."
    )


def test_only_the_first_true_examples_are_kept() -> None:
    new = proposed("inc", *(f"inc({n}, [1]) == [{n + 1 + n % 2}]" for n in range(50)))
    assert new is not None
    assert "inc(0, [1]) == [1]. inc(2, [1]) == [3]. Learned from" in new.docstring


def test_nothing_in_a_reply_is_ever_executed(tmp_path: Any) -> None:
    trap = tmp_path / "trap"
    code = f"open({str(trap)!r}, 'w')"
    example, closed = f"inc(3, [{code}]) == [4]", f"inc(3, [1]) == {code}"
    new = proposed(code, example, closed, code, "map_add(3, [1]) == [4]", docstring=f">>> {code}")
    assert new is None and not trap.exists()
    new = proposed(f"inc({code})", f"inc({code})(3, [1]) == [4]", "map_add(3, [1]) == [4]", docstring="Adds.")
    assert new is not None and "map_add" not in new.docstring and not trap.exists()


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("Adds n to each element", "Adds n to each element."),
        ("Adds n\n\n  to\teach.\r\n", "Adds n to each."),
        ("Adds <b>n</b> <script>alert(1)</script>to each.", "Adds n alert(1) to each."),
        ("Keeps x < 3 and y > 2.", "Keeps x < 3 and y > 2."),
        ("Adds\x00 n\x1b[31m to\u202e each.", "Adds n [31m to each."),
        ("Adds n, e.g. inc(3, [1]) == [5].", "Adds n."),
        ("Adds n. For example: inc(3, [1]) gives [5]", "Adds n."),
        ("Adds n.\n>>> inc(3, [1])\n[5]", "Adds n."),
        ("inc(n, xs) adds n to each.", "inc(n, xs) adds n to each."),
        ("inc(3, [1]) == [5]", ""),
        ("...", ""),
        ("12", ""),
    ],
)
def test_docstrings_become_one_line_of_plain_text(text: str, becomes: str) -> None:
    assert one_sentence(text, ("inc", "map_add")) == becomes


@given(st.text(max_size=3000), st.sampled_from(["", "inc(3)", ">>> ", "inc([", "<b>", "e.g. "]))
def test_any_docstring_is_bounded_and_printable(text: str, inserted: str) -> None:
    sentence = one_sentence(text[:50] + inserted + text[50:], ("inc",))
    assert sentence.isprintable() and len(sentence) <= MAX_SENTENCE + 5
    assert one_sentence(sentence, ("inc",)) == sentence or len(sentence) > MAX_SENTENCE


@given(st.text(max_size=200), st.text(max_size=500), st.lists(st.text(max_size=50), max_size=4))
def test_any_reply_gives_a_library_that_loads(name: str, docstring: str, examples: list[str]) -> None:
    said = AbstractionDocs(
        name=name, docstring=docstring, examples=[*examples, "map_add(3, [1, 2]) == [4, 5]"]
    )
    new = checked(said, ADD_ALL, LIBRARY)
    if new is not None:
        library = replace(LIBRARY, abstractions=(new,))
        assert Library.from_json(library.to_json()).abstractions == (new,)
        assert new.docstring.isprintable() and true_everywhere(library) == 1


@given(st.text())
def test_any_text_is_a_reply_or_none(text: str) -> None:
    assert read_reply(text) is None or "{" in text


def test_the_prompt_keeps_to_its_budget() -> None:
    body = "$0"
    for _ in range(200):
        body = f"(+ {body} (* $0 $0))"
    long = Abstraction("long", f"#(lambda {body})", "int -> int", "", tuple(t.name for t in TASKS))
    library = Library("list", (long,), LIBRARY.weights)
    tasks = {task.name: replace(task, description="word " * 2000) for task in TASKS}
    budget = PromptBudget(library_tokens=100, solved_tokens=200)
    context = abstraction_context(long, library, tasks, PROGRAMS, budget)
    assert context.functions == () and context.body.endswith(" ...")
    assert len(context.body) <= 100 * CHARACTERS_PER_TOKEN + len(" ...")
    assert (
        len(context.uses) >= 1
        and sum(len(f"{use.task}{use.description}{use.program}") for use in context.uses)
        <= 200 * CHARACTERS_PER_TOKEN
    )
    assert all(Term.parse(PROGRAMS[use.task]) for use in context.uses)


def test_a_run_with_a_model_records_its_names_once(serve: Serve) -> None:
    endpoint = serve(lambda body: chat(REPLIES[asked_about(body)]))
    config = RunConfig("list", 1, 1.0, guides=("prior", "model"), model_url=endpoint.url, model_name="m")
    events: list[dict[str, Any]] = []
    keeper = after_a_wake(MemoryKeeper(events.append))
    run_phase("abstraction", 1, TASKS, config, keeper)
    sleep = keeper.sleep(1)
    assert sleep is not None and sleep.added == ("keep_where", "two")
    assert [a.name for a in sleep.library.abstractions] == list(sleep.added)
    told = [event for event in events if event["type"] == "abstraction"]
    assert [(event["name"], event["uses"]) for event in told] == [("keep_where", 5), ("two", 3)]
    assert "keep_where" not in told[0]["python"]
    run_phase("abstraction", 1, TASKS, config, keeper)
    assert len(endpoint.bodies) == 2 and keeper.sleep(1) == sleep


def test_a_run_without_a_model_composes(serve: Serve, slept: CompressionResult) -> None:
    endpoint = serve(lambda body: chat(REPLIES[asked_about(body)]))
    config = RunConfig("list", 1, 1.0, guides=("prior",), model_url=endpoint.url, model_name="m")
    keeper = after_a_wake(MemoryKeeper())
    run_phase("abstraction", 1, TASKS, config, keeper)
    sleep = keeper.sleep(1)
    assert sleep is not None and sleep.library.abstractions == slept.library.abstractions
    assert endpoint.bodies == []
