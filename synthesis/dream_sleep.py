"""Dream sleep: dreams of the library as it is now, and what is learned from them for the next wake.

The prior is fitted, the network trained from scratch, the language model tuned from its base. Each part that
can't be had here leaves the run with what it has, and the record says why.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from library.snapshot import Library
from library.weights import Weights
from synthesis import dreaming
from synthesis.dreaming import DreamConfig, Dreams, make_dreams
from synthesis.frontier import Frontier
from synthesis.keeper import Keeper, RunConfig
from synthesis.prior import fit_prior
from synthesis.report import Adapter, Dream, DreamRecord, finite
from synthesis.run_tuning import Tuned, tuned_model
from synthesis.task import Task
from synthesis.tuning.config import TuningProgress
from synthesis.tuning.job import TuningCancelled

MOST_KEPT = 1000
"""Of the fantasies, and of replays and hindsight together: what is kept for people to look at."""


class Cancelled(Exception):
    """The run was stopped while it dreamt: nothing is recorded."""


def dream_sleep(
    iteration: int,
    library: Library,
    frontiers: Mapping[str, Frontier],
    tasks: Sequence[Task],
    failed: Sequence[tuple[str, str, str]],
    config: RunConfig,
    keeper: Keeper,
) -> Dream:
    """What this iteration's dreams leave. `failed`: (request, program, task) of samples, for hindsight.

    Dreams are recorded while they are made. Raises Cancelled.
    """
    started = time.thread_time()
    seed = config.seed + iteration
    dreams = make_dreams(
        library,
        list(frontiers.values()),
        tasks,
        DreamConfig(cpu_seconds=config.dream_seconds, seed=seed),
        failed,
        _recorder(keeper, iteration),
    )
    pairs = [(dream.program, dream.request) for dream in dreams.dreams if dream.source != "replay"]
    prior = fit_prior(library, frontiers.values(), pairs)
    metrics: dict[str, Any] = {"dreams": dreams.yields.to_json()}
    network: bytes | None = None
    if "network" in config.guides:
        network = _network(dreams, library, prior, config, seed, iteration, keeper, metrics)
    tuned, in_use = Tuned(None, False), keeper.adapter(iteration)
    if "model" in config.guides and config.tunes:
        tuned = _tuned(dreams, library, config, iteration, in_use, keeper)
        metrics["tuning"] = tuned.metrics
    return Dream(
        prior_weights=tuple(tuple(row) for row in prior.tolist()),
        network=network,
        promoted=network is not None and bool(metrics["training"]["promoted"]),
        library_hash=library.content_hash,
        metrics=finite(metrics),
        cpu_seconds=time.thread_time() - started + tuned.metrics.get("cpu_seconds", 0.0),
        adapter=tuned.adapter,
        adapter_promoted=tuned.promoted,
        data_hash=None if network is None else _hash(dreams),
    )


def _hash(dreams: Dreams) -> str:
    """SHA-256 over the dreams that were learned from."""
    digest = hashlib.sha256()
    for dream in dreams.dreams:
        digest.update(f"{dream.request}\n{dream.program}\n{dream.examples}\n{dream.source}\n".encode())
    return digest.hexdigest()


def _recorder(keeper: Keeper, iteration: int) -> Callable[[Sequence[dreaming.Dream]], None]:
    """Keeps the first MOST_KEPT of each kind; dreams come in an order that makes them a fair draw."""
    kept: Counter[bool] = Counter()

    def record(dreams: Sequence[dreaming.Dream]) -> None:
        records: list[DreamRecord] = []
        for dream in dreams:
            fantasy = dream.source == "fantasy"
            if kept[fantasy] < MOST_KEPT:
                examples = tuple(
                    {"inputs": list(inputs), "output": output} for inputs, output in dream.examples
                )
                records.append(
                    DreamRecord(
                        position=kept.total(),
                        request=dream.request,
                        program=dream.program,
                        examples=examples,
                        log_prior=dream.log_prior,
                        source=dream.source,
                        held_out=dream.held_out,
                    )
                )
                kept[fantasy] += 1
        if records:
            keeper.record_dreams(iteration, records)

    return record


def _network(
    dreams: Dreams,
    library: Library,
    prior: Weights,
    config: RunConfig,
    seed: int,
    iteration: int,
    keeper: Keeper,
    metrics: dict[str, Any],
) -> bytes | None:
    """The trained network; what its training gave goes into `metrics`."""
    try:
        from synthesis.recognition.training import TrainingConfig, TrainingProgress, train
    except ImportError as error:  # the light install: a run goes on with the guides it has
        metrics["unavailable"] = f"the network can't be trained here: {error}"
        return None

    def on_progress(progress: TrainingProgress) -> None:
        if keeper.cancelled():
            raise Cancelled
        held_out = {"grammar": progress.held_out.grammar, "decoder": progress.held_out.decoder}
        event = {"type": "training", "iteration": iteration, "step": progress.step}
        keeper.emit(finite(event | {"loss": progress.loss, "held_out": held_out}))

    training = TrainingConfig(cpu_seconds=config.training_seconds, seed=seed)
    result = train(dreams, library, prior, training, on_progress)
    metrics["training"] = result.metrics.to_json()
    return result.network


def _tuned(
    dreams: Dreams,
    library: Library,
    config: RunConfig,
    iteration: int,
    in_use: Adapter | None,
    keeper: Keeper,
) -> Tuned:
    def on_progress(progress: TuningProgress) -> None:
        event = {"type": "tuning", "iteration": iteration, "step": progress.step}
        keeper.emit(finite(event | {"loss": progress.loss}))

    try:
        tuned = tuned_model(dreams, library, config, iteration, in_use, on_progress, keeper.cancelled)
    except TuningCancelled:
        raise Cancelled from None
    event: dict[str, Any] = {"type": "model", "iteration": iteration, "kind": "adapter"}
    event["promoted"] = tuned.promoted
    if tuned.adapter is None:
        event["detail"] = tuned.metrics["unavailable"]
    else:
        event |= {"name": tuned.adapter.name, "held_out": tuned.metrics["held_out"]}
        event["in_use"] = tuned.metrics["held_out_in_use"]
    keeper.emit(finite(event))
    return tuned
