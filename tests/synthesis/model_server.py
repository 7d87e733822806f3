"""A stand-in for a language model's server, on a local socket, that answers as each test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], tuple[int, str]]
"""Request body, with the `path` that it was sent to -> (status, body). A GET's body is empty."""


class Endpoint:
    """A server, and the bodies it was sent, each with its `path`."""

    def __init__(self, answer: Answer, *, cut: int | None = None) -> None:
        """`cut`: of each answer's body only so many bytes are sent before the connection ends."""
        self.bodies: list[dict[str, Any]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def do_GET(self) -> None:
                self.answer({})

            def answer(self, body: dict[str, Any]) -> None:
                endpoint.bodies.append({**body, "path": self.path})
                status, text = answer(endpoint.bodies[-1])
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode()[:cut])

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that gave up waiting

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def chat(*texts: str, log_probability: float | None = -1.5, ending: str = "stop") -> tuple[int, str]:
    """A chat completion with these replies, each of two tokens of that log-probability."""

    def logprobs() -> Any:
        token = {"token": "x", "bytes": None, "logprob": log_probability, "top_logprobs": []}
        return None if log_probability is None else {"content": [token, token]}

    messages = [{"role": "assistant", "content": text} for text in texts]
    choices = [
        {"index": i, "finish_reason": ending, "logprobs": logprobs(), "message": message}
        for i, message in enumerate(messages)
    ]
    return 200, json.dumps(_answer("chat.completion", choices, 2 * len(texts)))


def completion(*texts: str, log_probability: float | None = -1.5, ending: str = "stop") -> tuple[int, str]:
    """A plain completion with these replies, each of two tokens of that log-probability."""
    choices = [
        {
            "index": index,
            "text": text,
            "finish_reason": ending,
            "logprobs": None if log_probability is None else _logprobs([text, ""], [log_probability] * 2),
        }
        for index, text in enumerate(texts)
    ]
    return 200, json.dumps(_answer("text_completion", choices, 2 * len(texts)))


def echo(*echoes: Sequence[tuple[str, float | None]]) -> tuple[int, str]:
    """An echo of prompts, each as its tokens with their log-probabilities; no token generated."""
    choices = [
        {
            "index": index,
            "text": "".join(token for token, _ in tokens if token != "<s>"),  # vLLM's echo is without, too
            "finish_reason": "length",
            "logprobs": _logprobs([token for token, _ in tokens], [value for _, value in tokens]),
        }
        for index, tokens in enumerate(echoes)
    ]
    return 200, json.dumps(_answer("text_completion", choices, 0))


def models(base: str, *adapters: str) -> tuple[int, str]:
    """vLLM's list of models: the base, and the adapters as its children."""
    card = {"object": "model", "created": 1, "owned_by": "vllm"}
    cards = [{"id": base, "root": "/models/base", "parent": None, **card}]
    cards += [{"id": name, "root": f"/adapters/{name}", "parent": base, **card} for name in adapters]
    return 200, json.dumps({"object": "list", "data": cards})


def error(status: int, message: str) -> tuple[int, str]:
    return status, json.dumps({"error": {"message": message, "type": "error", "code": status}})


def _answer(kind: str, choices: list[dict[str, Any]], tokens: int) -> dict[str, Any]:
    usage = {"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": 5 + tokens}
    return {"id": "1", "object": kind, "created": 1, "model": "m", "choices": choices, "usage": usage}


def _logprobs(tokens: list[str], values: Sequence[float | None]) -> dict[str, Any]:
    offsets = [sum(map(len, tokens[:place])) for place in range(len(tokens))]
    return {"tokens": tokens, "token_logprobs": values, "text_offset": offsets, "top_logprobs": None}
