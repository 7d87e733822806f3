"""The client of a language model, at any endpoint that speaks the OpenAI protocol (vLLM, llama.cpp, a hosted
one).

It sends messages and gives texts back; what they mean is its callers' matter. Whatever goes wrong on the way
ends as GuideUnavailable, with what to do about it. Nothing else in the project imports `openai`, and nothing
should import this file before a run wants it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import openai

from prompts import Message
from synthesis.guide import GuideUnavailable


@dataclass(frozen=True)
class ModelEndpoint:
    """Where the model is. `style`: "chat" for chat completions, "completion" for plain ones (base models).

    `seconds`: the longest that one request may take; it is tried again `retries` times, with growing pauses,
    where the server is busy, broken or out of reach.
    """

    base_url: str
    model: str
    api_key: str = "none"
    style: Literal["chat", "completion"] = "chat"
    seconds: float = 120.0
    retries: int = 2

    def __str__(self) -> str:
        return f"model {self.model!r} at {self.base_url}"


@dataclass(frozen=True)
class Reply:
    """One reply. `log_probability` of its tokens in nats, None where the server doesn't tell."""

    text: str
    log_probability: float | None


class RequestRefused(GuideUnavailable):
    """The server is there, and calls the request itself wrong: too long, or asking for what it lacks."""


class ModelClient:
    """May be called from several threads at once."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        self.endpoint = endpoint

    def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float,
        count: int = 1,
        schema: Mapping[str, Any] | None = None,
        stop: str | None = None,
    ) -> list[Reply]:
        """One request; its replies, at least one, at most `count` of them where the server keeps to it.

        `schema`: the JSON schema that the server is asked to hold a chat's replies to; not all can. `stop`:
        where a plain completion ends. Raises GuideUnavailable.
        """
        where = self.endpoint
        common: dict[str, Any] = {
            "model": where.model,
            "n": count,
            "temperature": temperature,
            "max_tokens": max_tokens,
            # No "seed": a vLLM without a GPU dies of it, and no server promises the same samples twice.
        }
        try:
            if where.style == "chat":
                if schema is not None:
                    format_ = {"name": "reply", "schema": dict(schema)}
                    common["response_format"] = {"type": "json_schema", "json_schema": format_}
                answer = self._client.chat.completions.create(
                    messages=list[Any](messages), logprobs=True, **common
                )
                replies = [_chat_reply(choice) for choice in answer.choices]
            else:
                prompt = "\n\n".join(message["content"] for message in messages)
                answer = self._client.completions.create(prompt=prompt, logprobs=0, stop=stop, **common)
                replies = [_completion_reply(choice) for choice in answer.choices]
        except openai.APITimeoutError as error:
            raise GuideUnavailable(f"{where} gave no answer within {where.seconds:g} s") from error
        except openai.APIConnectionError as error:
            raise GuideUnavailable(f"{where} is out of reach: {_cause(error)}") from error
        except openai.AuthenticationError as error:
            raise GuideUnavailable(f"{where} refuses the API key") from error
        except openai.NotFoundError as error:
            raise GuideUnavailable(f"{where} does not exist: {error.message}") from error
        except openai.APIStatusError as error:
            says = f"{where} answered {error.status_code}: {error.message}"
            if error.status_code in (400, 422):
                raise RequestRefused(says) from error
            raise GuideUnavailable(says) from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            # The client hands over whatever JSON or text arrives, in the shape it arrives in.
            raise GuideUnavailable(f"{where} answered with what is no completion: {error}") from error
        if not replies:
            raise GuideUnavailable(f"{where} answered without a single choice")
        if not all(isinstance(reply.text, str) for reply in replies):
            raise GuideUnavailable(f"{where} answered with what is no completion: choices without text")
        return replies

    @cached_property
    def _client(self) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=self.endpoint.base_url,
            api_key=self.endpoint.api_key,
            timeout=self.endpoint.seconds,
            max_retries=self.endpoint.retries,
        )


def _chat_reply(choice: Any) -> Reply:
    tokens = choice.logprobs.content if choice.logprobs else None
    return Reply(choice.message.content or "", _total([token.logprob for token in tokens or ()]))


def _completion_reply(choice: Any) -> Reply:
    values = choice.logprobs.token_logprobs if choice.logprobs else None
    return Reply(choice.text or "", _total(values or ()))


def _total(log_probabilities: Sequence[float]) -> float | None:
    """The sum; None where there are none, or one of them isn't finite."""
    total = math.fsum(log_probabilities)
    return total if log_probabilities and math.isfinite(total) else None


def _cause(error: BaseException) -> str:
    return str(error.__cause__ or error) or type(error).__name__
