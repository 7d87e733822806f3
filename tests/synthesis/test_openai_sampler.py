"""Samplers behind the OpenAI protocol, and their adapters, against a real HTTP server on a local socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import Message
from synthesis.guide import GuideUnavailable
from synthesis.samplers import Draw, Prompt, Reply, RequestRefused
from synthesis.samplers.adapters import AdapterServer
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler, _echoed
from tests.synthesis.model_server import Endpoint, chat, completion, echo, error, models

Serve = Callable[..., Endpoint]

CHAT: list[Message] = [{"role": "user", "content": "Say something."}]
GRAMMAR = 'root ::= "a" | "b"'


def endpoint(url: str, **changes: Any) -> ModelEndpoint:
    return ModelEndpoint(url, "m", **{"seconds": 5.0, "retries": 0, **changes})


def sampler(url: str, **changes: Any) -> OpenAISampler:
    return OpenAISampler(endpoint(url, **changes))


def nowhere() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


def test_messages_are_a_chat_and_texts_are_continued(serve: Serve) -> None:
    server = serve(lambda body: chat("hi", "ho") if "chat" in body["path"] else completion("hi", "ho"))
    asked = sampler(server.url)
    draw = Draw(count=2, max_tokens=7, temperature=0.5, stop="\n")
    expected = [Reply("hi", -3.0, 2), Reply("ho", -3.0, 2)]
    assert asked.sample(CHAT, draw) == asked.sample("Say:", draw) == expected
    by_chat, by_text = server.bodies
    common = {"model": "m", "n": 2, "max_tokens": 7, "temperature": 0.5, "stop": "\n"}
    assert by_chat == {"path": "/v1/chat/completions", "messages": CHAT, "logprobs": True, **common}
    assert by_text == {"path": "/v1/completions", "prompt": "Say:", "logprobs": 0, **common}  # and no seed


@pytest.mark.parametrize("prompt", [CHAT, "Say:"])
def test_grammars_are_sent_as_vllm_takes_them(serve: Serve, prompt: Prompt) -> None:
    server = serve(lambda body: chat("a") if "chat" in body["path"] else completion("a"))
    sampler(server.url).sample(prompt, Draw(1, 4, grammar=GRAMMAR))
    assert server.bodies[0]["structured_outputs"] == {"grammar": GRAMMAR}


@pytest.mark.parametrize("status", [400, 422])
def test_a_grammar_that_the_server_refuses_can_be_left_out(serve: Serve, status: int) -> None:
    def answer(body: dict[str, Any]) -> tuple[int, str]:
        return error(status, "no grammars here") if "structured_outputs" in body else completion("a")

    asked = sampler(serve(answer).url, retries=2)
    with pytest.raises(RequestRefused, match="no grammars here"):
        asked.sample("Say:", Draw(1, 4, grammar=GRAMMAR))
    assert asked.sample("Say:", Draw(1, 4))[0].text == "a"


@pytest.mark.parametrize(("prompt", "answer"), [(CHAT, chat), ("Say:", completion)])
def test_replies_that_were_cut_off_are_replies(serve: Serve, prompt: Prompt, answer: Any) -> None:
    server = serve(lambda body: answer("lambda xs: so", ending="length"))
    assert sampler(server.url).sample(prompt, Draw(1, 2)) == [Reply("lambda xs: so", -3.0, 2)]


@pytest.mark.parametrize(("prompt", "answer"), [(CHAT, chat), ("Say:", completion)])
def test_what_a_server_does_not_tell_is_not_known(serve: Serve, prompt: Prompt, answer: Any) -> None:
    texts, draw = ("a", "b", "c"), Draw(3, 2)
    told = sampler(serve(lambda body: answer(*texts, log_probability=None)).url).sample(prompt, draw)
    assert told == [Reply(text, None, 2) for text in texts]  # of the tokens used its share

    def without_usage(body: dict[str, Any]) -> tuple[int, str]:
        document = json.loads(answer(*texts, log_probability=None)[1])
        return 200, json.dumps({key: value for key, value in document.items() if key != "usage"})

    told = sampler(serve(without_usage).url).sample(prompt, draw)
    assert told == [Reply(text, None, 0) for text in texts]


def test_texts_are_scored_by_their_own_tokens(serve: Serve) -> None:
    prompt = [("<s>", None), ("f", -5.0), (" =", -6.0)]
    server = serve(
        lambda body: echo(
            [*prompt, (" x", -1.0), ("s", -0.5)],
            [*prompt, (" sort", -2.0)],
            [prompt[0], prompt[1], (" ==", -4.0)],  # across the boundary
            prompt,
        )
    )
    scores = sampler(server.url).score("f =", [" xs", " sort", "=", ""])
    assert scores == [-1.5, -2.0, -4.0, 0.0]
    [body] = server.bodies
    assert body["prompt"] == ["f = xs", "f = sort", "f ==", "f ="]
    assert (body["path"], body["echo"], body["max_tokens"]) == ("/v1/completions", True, 0)


@given(
    tokens=st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=8),
    place=st.integers(0, 8),
    front=st.booleans(),
)
def test_a_text_that_begins_with_a_token_has_all_from_there_on(
    tokens: list[str], place: int, front: bool
) -> None:
    values = [-(2.0**index) for index in range(len(tokens))]
    logprobs = SimpleNamespace(tokens=["<s>"] * front + tokens, token_logprobs=[None] * front + values)
    score = _echoed(SimpleNamespace(logprobs=logprobs), "".join(tokens[place:]))
    assert score == sum(values[place:])


def test_many_texts_are_scored_in_several_requests(serve: Serve) -> None:
    def answer(body: dict[str, Any]) -> tuple[int, str]:
        return echo(*[[(">", None), (text[1:], -float(text[1:]))] for text in body["prompt"]])

    server = serve(answer)
    assert sampler(server.url).score(">", [str(n) for n in range(70)]) == [-float(n) for n in range(70)]
    assert [len(body["prompt"]) for body in server.bodies] == [32, 32, 6]
    assert sampler(server.url).score(">", []) == [] and len(server.bodies) == 3


@pytest.mark.parametrize(
    "answer",
    [
        completion(" something else"),  # echo is ignored
        completion("f = xs", log_probability=None),
        echo([("f", None), (" =", -1.0), (" xs", None)]),
        echo([("f", None), (" =", -1.0), (" xs", float("nan"))]),
        echo(),
        echo([("f = xs", -1.0)], [("f = xs", -1.0)]),
        (200, "{}"),
    ],
)
def test_what_is_no_echo_is_no_score(serve: Serve, answer: tuple[int, str]) -> None:
    server = serve(lambda body: answer)
    with pytest.raises(GuideUnavailable, match="no completion: "):
        sampler(server.url).score("f =", [" xs"])


def test_a_busy_server_is_tried_again(serve: Serve) -> None:
    answers = iter([error(503, "busy"), error(429, "slow down"), chat("hi")])
    server = serve(lambda body: next(answers))
    assert sampler(server.url, retries=2).sample(CHAT, Draw(1, 2))[0].text == "hi"
    assert len(server.bodies) == 3


@pytest.mark.parametrize("prompt", [CHAT, "Say:"])
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (error(404, "The model `m` does not exist."), "does not exist: .*The model `m` does not exist"),
        (error(401, "no"), "refuses the API key"),
        (error(500, "out of memory"), "answered 500: .*out of memory"),
        (error(400, "prompt too long"), "answered 400: .*prompt too long"),
        ((200, "{not json"), "no completion"),
        ((200, chat("hi")[1][:-30]), "no completion"),
        ((200, '"a string"'), "no completion"),
        ((200, "[]"), "no completion"),
        ((200, "{}"), "no completion"),
        ((200, '{"choices": [{"message": null, "text": 7}]}'), "no completion"),
        ((200, '{"choices": [{"message": {"content": 7}, "text": ["a"]}]}'), "no completion"),
        ((200, "null"), "no completion"),
        (chat(), "without a single choice"),
    ],
)
def test_bad_answers_are_errors_that_say_which_server(
    serve: Serve, prompt: Prompt, answer: tuple[int, str], says: str
) -> None:
    server = serve(lambda body: answer)
    with pytest.raises(GuideUnavailable, match=says) as caught:
        sampler(server.url).sample(prompt, Draw(2, 4))
    assert server.url in str(caught.value)


def test_a_server_that_is_down() -> None:
    with pytest.raises(GuideUnavailable, match="out of reach"):
        sampler(nowhere()).sample(CHAT, Draw(1, 2))
    with pytest.raises(GuideUnavailable, match="out of reach"):
        sampler(nowhere()).score("a", ["b"])


def test_a_server_that_breaks_off(serve: Serve) -> None:
    with pytest.raises(GuideUnavailable, match="broke off"):
        sampler(serve(lambda body: chat("hi"), cut=40).url).sample(CHAT, Draw(1, 2))


def test_a_server_that_is_slow(serve: Serve) -> None:
    released = threading.Event()

    def answer(body: dict[str, Any]) -> tuple[int, str]:
        released.wait(30)
        return chat("hi")

    with pytest.raises(GuideUnavailable, match=r"no answer within 0\.3 s"):
        sampler(serve(answer).url, seconds=0.3).sample(CHAT, Draw(1, 2))
    released.set()


class Adapters:
    """Answers as vLLM does, with adapters that can be loaded and unloaded."""

    def __init__(self, *names: str, runtime: bool = True) -> None:
        self.names = list(names)
        self.runtime = runtime

    def __call__(self, body: dict[str, Any]) -> tuple[int, str]:
        if body["path"] == "/v1/models":
            return models("m", *self.names)
        if not self.runtime:
            return 404, '{"detail": "Not Found"}'
        name = body["lora_name"]
        if body["path"] == "/v1/load_lora_adapter":
            if "wrong" in body["lora_path"]:
                return error(500, "Call to add_lora method failed: rank 64 is greater than max_lora_rank 16.")
            if name in self.names:
                return error(400, f"The lora adapter '{name}' has already been loaded.")
            self.names.append(name)
        else:
            assert body["path"] == "/v1/unload_lora_adapter"
            if name not in self.names:
                return error(404, f"The lora adapter '{name}' cannot be found.")
            self.names.remove(name)
        return 200, "Success"


def test_adapters_come_and_go(serve: Serve, tmp_path: Path) -> None:
    server = serve(Adapters("old"))
    adapters = AdapterServer(endpoint(server.url))
    assert adapters.loaded() == ("old",)
    adapters.load("v1", tmp_path)
    adapters.load("v1", tmp_path)
    assert adapters.loaded() == ("old", "v1")
    adapters.unload("old")
    adapters.unload("old")
    assert adapters.loaded() == ("v1",)
    changes = [body for body in server.bodies if body["path"] != "/v1/models"]
    assert changes == [
        {"path": "/v1/load_lora_adapter", "lora_name": "v1", "lora_path": str(tmp_path)},
        {"path": "/v1/unload_lora_adapter", "lora_name": "old"},
    ]


def test_who_is_second_to_load_or_unload_an_adapter_has_what_it_wants(serve: Serve, tmp_path: Path) -> None:
    """Another process does the same between the look and the change."""
    server = Adapters("v1")
    lists = iter([models("m"), models("m", "v1"), models("m", "v1"), models("m")])

    def answer(body: dict[str, Any]) -> tuple[int, str]:
        if body["path"] == "/v1/models":
            return next(lists)
        if body["path"] == "/v1/unload_lora_adapter":
            server.names.clear()
        return server(body)

    adapters = AdapterServer(endpoint(serve(answer).url))
    adapters.load("v1", tmp_path)
    adapters.unload("v1")
    assert next(lists, None) is None


def test_an_adapter_that_does_not_fit(serve: Serve, tmp_path: Path) -> None:
    server = serve(Adapters())
    with pytest.raises(GuideUnavailable, match=r"'v1' can't be loaded from .*rank 64.*max-lora-rank"):
        AdapterServer(endpoint(server.url, retries=2)).load("v1", tmp_path / "wrong")
    assert sum(body["path"] == "/v1/load_lora_adapter" for body in server.bodies) == 1  # it won't fit later


def test_a_server_that_changes_no_adapters(serve: Serve, tmp_path: Path) -> None:
    adapters = AdapterServer(endpoint(serve(Adapters("old", runtime=False)).url))
    with pytest.raises(GuideUnavailable, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING"):
        adapters.load("v1", tmp_path)
    with pytest.raises(GuideUnavailable, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING"):
        adapters.unload("old")


@pytest.mark.parametrize(
    "answer",
    [(200, "{}"), (200, "[]"), (200, "junk"), (200, '{"data": [{"parent": "m"}]}'), error(500, "no")],
)
def test_lists_of_models_that_are_none(serve: Serve, answer: tuple[int, str]) -> None:
    server = serve(lambda body: answer)
    with pytest.raises(GuideUnavailable):
        AdapterServer(endpoint(server.url)).loaded()


def test_adapters_of_a_server_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(GuideUnavailable, match="out of reach"):
        AdapterServer(endpoint(nowhere())).load("v1", tmp_path)
