"""Samplers: whatever draws texts from a language model, and says how probable given ones are.

One protocol, two implementations: `openai_sampler` asks a server that speaks the OpenAI protocol (vLLM,
llama.cpp, a hosted one), `local_sampler` runs a model in this process. They know prompts and texts; what a
text means is their callers' matter. Whatever goes wrong ends as GuideUnavailable, with what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prompts import Message
from synthesis.guide import GuideUnavailable

Prompt = str | Sequence[Message]
"""A text to be continued, or the messages of a chat."""


@dataclass(frozen=True)
class Draw:
    """How replies are drawn. `count` of them, each of `max_tokens` at most; `stop`: a text that ends one, and
    isn't part of it.

    `grammar`: an EBNF grammar (`root ::= …`, as xgrammar and vLLM read it) that every reply derives from.
    `schema`: a JSON schema that a chat's replies are held to. At most one of the two.
    """

    count: int
    max_tokens: int
    temperature: float = 1.0
    grammar: str | None = None
    schema: Mapping[str, Any] | None = None
    stop: str | None = None


@dataclass(frozen=True)
class Reply:
    """One reply. `log_probability` of its tokens in nats, None where it isn't known; `tokens`: how many they
    are, its end included, 0 where that isn't known."""

    text: str
    log_probability: float | None
    tokens: int = 0


class RequestRefused(GuideUnavailable):
    """The model is there, and the request itself is wrong: too long, or asking for what it can't do."""


class Sampler(Protocol):
    """May be called from several threads at once. `in_process`: it computes in the thread that calls it, so
    that its cost is that thread's CPU time and not the time that it was waited for."""

    @property
    def in_process(self) -> bool: ...

    def sample(self, prompt: Prompt, draw: Draw) -> list[Reply]:
        """At least one reply, at most `draw.count`. Raises GuideUnavailable."""
        ...

    def score(self, prompt: str, texts: Sequence[str]) -> list[float]:
        """log P(text | prompt) of each text as the prompt's continuation, in nats. Raises
        GuideUnavailable."""
        ...
