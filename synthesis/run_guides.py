"""What a run needs of the network and of the language model, where they can be had: each is imported here
when a run wants it, and what is missing leaves the run with less, and a reason why.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from library.compression import CompressionResult
from library.snapshot import Library
from synthesis.guide import Guide, MissingGuide
from synthesis.keeper import RunConfig
from synthesis.report import Dream
from synthesis.task import Task

if TYPE_CHECKING:
    from synthesis.samplers import Sampler

_log = logging.getLogger(__name__)


def network_guide(dream: Dream, library: Library, seed: int = 0) -> Guide:
    """The trained network as a guide for `library`, or a stand-in that says why there is none."""
    if dream.network is None:
        return MissingGuide("network", str(dream.metrics.get("unavailable", "no network was trained")))
    if not dream.promoted:
        return MissingGuide("network", "the network was no better than the prior on held-out dreams")
    if dream.library_hash != library.content_hash:
        return MissingGuide("network", "the network was trained for another version of the library")
    try:
        from synthesis.recognition.guide import NetworkGuide

        return NetworkGuide(library, dream.network, seed=seed)
    except ImportError as error:
        return MissingGuide("network", f"the network can't be run here: {error}")


def model_guide(config: RunConfig, key: str, library: Library, solved: Sequence[tuple[Task, str]]) -> Guide:
    """The language model as a guide for `library`. `solved`: tasks with the text of a program."""
    try:
        from synthesis.model_guide import ModelGuide, Sampling

        sampling = Sampling(samples=config.model_samples, seed=config.seed)
        return ModelGuide(_sampler(config, key), library, sampling, solved)
    except ImportError as error:
        return MissingGuide("model", f"the client isn't installed: {error}")


def documented_by_model(
    result: CompressionResult, tasks: Sequence[Task], config: RunConfig, key: str
) -> CompressionResult:
    """The result with names and docstrings from the run's language model, where it gives usable ones."""
    try:
        from synthesis.documenting import document_added

        sampler = _sampler(config, key)
    except ImportError as error:
        _log.warning("new abstractions keep their composed names: the client isn't installed: %s", error)
        return result
    return document_added(result, tasks, sampler)


def _sampler(config: RunConfig, key: str) -> Sampler:
    """Raises ImportError."""
    from synthesis.samplers.circuit_breaker import CircuitBreaker
    from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler

    return CircuitBreaker(OpenAISampler(ModelEndpoint(config.model_url or "", config.model_name or "", key)))
