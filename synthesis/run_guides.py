"""What a run needs of the network and of the language model, where they can be had: each is imported here
when a run wants it, and what is missing leaves the run with less, and a reason why.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from library.compression import CompressionResult
from library.snapshot import Library
from library.weights import Weights
from synthesis.adapter_files import check_fits, check_intact
from synthesis.guide import Guide, GuideUnavailable, MissingGuide
from synthesis.keeper import RunConfig
from synthesis.report import Adapter, Dream
from synthesis.task import Task

if TYPE_CHECKING:
    from synthesis.samplers import Sampler
    from synthesis.samplers.openai_sampler import ModelEndpoint

_log = logging.getLogger(__name__)


def network_guide(dream: Dream, library: Library, seed: int = 0) -> Guide:
    """The trained network as a guide for `library`, or a stand-in that says why there is none."""
    if dream.network is None:
        return MissingGuide("network", str(dream.metrics.get("unavailable", "no network was trained")))
    if not dream.promoted:
        return MissingGuide("network", "the network was no better than the prior on held-out dreams")
    if dream.library_hash != library.content_hash:
        return MissingGuide("network", "the network was trained for another version of the library")
    return stored_network_guide(library, dream.network, seed)


def stored_network_guide(library: Library, network: bytes, seed: int = 0) -> Guide:
    """A network that is in use as a guide for `library`, or a stand-in that says why it can't be run here."""
    try:
        from synthesis.recognition.guide import NetworkGuide

        return NetworkGuide(library, network, seed=seed)
    except ImportError as error:
        return MissingGuide("network", f"the network can't be run here: {error}")


def model_guide(
    config: RunConfig,
    key: str,
    library: Library,
    solved: Sequence[tuple[Task, str]],
    adapter: Adapter | None = None,
    prior: Weights | None = None,
) -> Guide:
    """The language model as a guide for `library`, or a stand-in that says why there is none.

    `solved`: tasks with the text of a program. `adapter`: the tuned version to ask; without one, the base
    model is told all that it needs.
    """
    try:
        from synthesis.model_guide import TUNED_TEMPERATURE, ModelGuide, Sampling
        from synthesis.program_prompts import Continuations, Instructions

        if adapter is None:
            prompts, sampler = Instructions(library, solved, seed=config.seed), _sampler(config, key)
            sampling = Sampling(config.model_samples)
        else:
            prompts, sampler = Continuations(seed=config.seed), _sampler(config, key, adapter)
            sampling = Sampling(config.model_samples, TUNED_TEMPERATURE)
        return ModelGuide(sampler, library, prompts, sampling, prior)
    except ImportError as error:
        return MissingGuide("model", f"the client isn't installed: {error}")
    except GuideUnavailable as error:
        return MissingGuide("model", str(error))


def documented_by_model(
    result: CompressionResult, tasks: Sequence[Task], config: RunConfig, key: str
) -> CompressionResult:
    """The result with names and docstrings from the run's language model, where it gives usable ones."""
    try:
        from synthesis.documenting import document_added

        sampler = _sampler(config, key)
    except (ImportError, GuideUnavailable) as error:
        _log.warning("new abstractions keep their composed names: no model: %s", error)
        return result
    return document_added(result, tasks, sampler)


def _sampler(config: RunConfig, key: str, adapter: Adapter | None = None) -> Sampler:
    """Of the server where there is one, else of the weights in this process. Raises ImportError and
    GuideUnavailable."""
    from synthesis.samplers.circuit_breaker import CircuitBreaker

    if adapter is not None:
        check_intact(adapter)
    if config.model_url is None or config.model_name is None:
        from synthesis.samplers.local_sampler import LocalSampler

        base, tuned = Path(config.model_path or ""), None if adapter is None else Path(adapter.path)
        if adapter is not None and adapter.kind == "full":
            return LocalSampler(Path(adapter.path))
        return LocalSampler(base, tuned)
    from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler

    endpoint = ModelEndpoint(config.model_url, config.model_name, key)
    if adapter is not None:
        endpoint = _served(endpoint, adapter, config.model_path)
    return CircuitBreaker(OpenAISampler(endpoint))


def _served(endpoint: ModelEndpoint, adapter: Adapter, base: str | None) -> ModelEndpoint:
    """The adapter on the server: checked, since servers don't; loaded; and only then the one before it
    unloaded. `base`: folder of the model it was tuned from, where that is known."""
    from synthesis.samplers.adapters import AdapterServer

    if adapter.kind == "full":
        raise GuideUnavailable(f"a server takes a whole model at its start only: serve {adapter.path}")
    if base is not None:
        check_fits(Path(adapter.path), Path(base))
    server = AdapterServer(endpoint)
    server.load(adapter.name, Path(adapter.path))
    if adapter.parent is not None:
        server.unload(adapter.parent)
    return replace(endpoint, model=adapter.name)
