"""A sampler behind any endpoint that speaks the OpenAI protocol: vLLM, llama.cpp, a hosted one.

It sends prompts and gives texts back; what they mean is its callers' matter. A text is continued as a plain
completion, messages are answered as a chat. Whatever goes wrong on the way ends as GuideUnavailable, with
what to do. Nothing else in the project imports `openai`, and nothing should import this file before a run
wants it.

Log-probabilities are the server's own. vLLM's are those at temperature 1; under a grammar they are
renormalised over the tokens that the grammar allows, so that `score` gives the same text a lower one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import openai

from synthesis.guide import GuideUnavailable
from synthesis.samplers import Draw, Prompt, Reply, RequestRefused

_TEXTS_IN_A_REQUEST = 32
"""Texts scored at once: the prompt comes back with each, a token at a time."""


@dataclass(frozen=True)
class ModelEndpoint:
    """Where the model is.

    `seconds`: the longest that one request may take; it is tried again `retries` times, with growing pauses,
    where the server is busy, broken or out of reach.
    """

    base_url: str
    model: str
    api_key: str = "none"
    seconds: float = 120.0
    retries: int = 2

    def __str__(self) -> str:
        return f"model {self.model!r} at {self.base_url}"


class OpenAISampler:
    """See Sampler. One connection pool, for any number of threads."""

    in_process = False

    def __init__(self, endpoint: ModelEndpoint) -> None:
        self.endpoint = endpoint

    def sample(self, prompt: Prompt, draw: Draw) -> list[Reply]:
        """One request, its replies. Those that `max_tokens` cut off are among them.

        Where the server tells the tokens of all replies together and not of each, they are shared out evenly.
        Raises GuideUnavailable; RequestRefused where the server knows no grammars or schemas, says so, and
        may be asked without.
        """
        asked: dict[str, Any] = {
            "model": self.endpoint.model,
            "n": draw.count,
            "temperature": draw.temperature,
            "max_tokens": draw.max_tokens,
            # No "seed": a vLLM without a GPU dies of it, and no server promises the same samples twice.
        }
        if draw.stop is not None:
            asked["stop"] = draw.stop
        if draw.grammar is not None:
            asked["extra_body"] = {"structured_outputs": {"grammar": draw.grammar}}
        if draw.schema is not None:
            format_ = {"name": "reply", "schema": dict(draw.schema)}
            asked["response_format"] = {"type": "json_schema", "json_schema": format_}
        with speaking_with(self.endpoint):
            if isinstance(prompt, str):
                answer = self._client.completions.create(prompt=prompt, logprobs=0, **asked)
                read = _completion_reply
            else:
                answer = self._client.chat.completions.create(
                    messages=list[Any](prompt), logprobs=True, **asked
                )
                read = _chat_reply
            replies = [read(choice) for choice in answer.choices]
            replies = _with_tokens(replies, answer.usage)
        if not replies:
            raise GuideUnavailable(f"{self.endpoint} answered without a single choice")
        return replies

    def score(self, prompt: str, texts: Sequence[str]) -> list[float]:
        """log P(text | prompt) of each text, in nats, its end not included. Nothing is generated: the server
        echoes prompt and text with the log-probabilities of their tokens.

        Raises GuideUnavailable, where the server can't do this too.
        """
        found: list[float] = []
        for first in range(0, len(texts), _TEXTS_IN_A_REQUEST):
            found += self._score(prompt, texts[first : first + _TEXTS_IN_A_REQUEST])
        return found

    def _score(self, prompt: str, texts: Sequence[str]) -> list[float]:
        with speaking_with(self.endpoint):
            answer = self._client.completions.create(
                model=self.endpoint.model,
                prompt=[prompt + text for text in texts],
                echo=True,
                max_tokens=0,
                logprobs=0,
                temperature=1.0,
            )
            choices = {choice.index: choice for choice in answer.choices}
            if sorted(choices) != list(range(len(texts))):
                raise ValueError(f"{len(answer.choices)} choices for {len(texts)} texts")
            return [_echoed(choices[index], text) for index, text in enumerate(texts)]

    @cached_property
    def _client(self) -> openai.OpenAI:
        return connected(self.endpoint)


def connected(where: ModelEndpoint) -> openai.OpenAI:
    """A client for any number of threads. No connection is made yet."""
    return openai.OpenAI(
        base_url=where.base_url,
        api_key=where.api_key or "none",  # the client wants one
        timeout=where.seconds,
        max_retries=where.retries,
    )


@contextmanager
def speaking_with(where: ModelEndpoint) -> Iterator[None]:
    """Whatever the client raises within becomes GuideUnavailable, in a sentence that says which server.

    So do the errors of reading an answer: the client hands over whatever JSON or text arrives, in the shape
    it arrives in.
    """
    try:
        yield
    except openai.APITimeoutError as error:
        raise GuideUnavailable(f"{where} gave no answer within {where.seconds:g} s") from error
    except openai.APIConnectionError as error:
        raise GuideUnavailable(f"{where} is out of reach, or broke off: {_cause(error)}") from error
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
        raise GuideUnavailable(f"{where} answered with what is no completion: {error}") from error


def _chat_reply(choice: Any) -> Reply:
    tokens = choice.logprobs.content if choice.logprobs else None
    return _reply(choice.message.content or "", [token.logprob for token in tokens or ()])


def _completion_reply(choice: Any) -> Reply:
    return _reply(choice.text or "", choice.logprobs.token_logprobs if choice.logprobs else ())


def _reply(text: Any, log_probabilities: Sequence[float]) -> Reply:
    """The log-probability is None where there are none, or one of them isn't finite."""
    if not isinstance(text, str):
        raise ValueError("choices without text")
    total = math.fsum(log_probabilities)
    known = bool(log_probabilities) and math.isfinite(total)
    return Reply(text, total if known else None, len(log_probabilities))


def _with_tokens(replies: list[Reply], usage: Any) -> list[Reply]:
    """The replies, with their share of the tokens used where their own aren't known."""
    if usage is None or all(reply.tokens for reply in replies):
        return replies
    share, rest = divmod(usage.completion_tokens, max(1, len(replies)))
    return [
        Reply(reply.text, reply.log_probability, share + (place < rest))
        for place, reply in enumerate(replies)
    ]


def _echoed(choice: Any, text: str) -> float:
    """The log-probability of the text at the end of an echo.

    Which tokens are the text's is counted from the end, not from `text_offset`: that is shifted where the
    server puts a token of its own before the prompt. A token across the boundary counts whole, since the
    model writes the text's beginning with no other; where prompts end with a token there is none.
    """
    echo = choice.logprobs
    if echo is None or not "".join(echo.tokens).endswith(text):
        raise ValueError("no echo of the text, token by token, which scoring needs")
    missing, total = len(text), 0.0
    for token, log_probability in zip(reversed(echo.tokens), reversed(echo.token_logprobs), strict=True):
        if missing <= 0:
            break
        missing -= len(token)
        total += log_probability  # None, a TypeError, where it isn't known
    if not math.isfinite(total):
        raise ValueError("log-probabilities that aren't finite")
    return total


def _cause(error: BaseException) -> str:
    return str(error.__cause__ or error) or type(error).__name__
