"""A stand-in for a language model's server, on a local socket, that answers as each test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], tuple[int, str]]
"""Request body -> (status, body)."""


class Endpoint:
    """A server with one route, and the bodies it was sent."""

    def __init__(self, answer: Answer) -> None:
        self.bodies: list[dict[str, Any]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.bodies.append({**body, "path": self.path})
                status, text = answer(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that gave up waiting

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def chat(*texts: str, log_probability: float | None = -1.5) -> tuple[int, str]:
    """A chat completion with these replies, each of two tokens of that log-probability."""

    def logprobs() -> Any:
        token = {"token": "x", "bytes": None, "logprob": log_probability, "top_logprobs": []}
        return None if log_probability is None else {"content": [token, token]}

    messages = [{"role": "assistant", "content": text} for text in texts]
    choices = [
        {"index": i, "finish_reason": "stop", "logprobs": logprobs(), "message": message}
        for i, message in enumerate(messages)
    ]
    completion = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
    return 200, json.dumps(completion)


def error(status: int, message: str) -> tuple[int, str]:
    return status, json.dumps({"error": {"message": message, "type": "error", "code": status}})
