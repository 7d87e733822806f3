"""Training the recognition network on dreams, within a budget of CPU seconds.

Both heads are trained at once on the sum of their costs (nats a program). Batches mix replays and fantasies
as the dreams ask for. A held-out part of the programs (all dreams of a program, never some) decides whether
the network is better than the prior it started from: only then is it promoted. Replays count half there, few
as they are: they are what tasks look like. The prior was fitted to the held-out replays too, which flatters
the prior. The last network is kept, the learning rate having fallen to a twentieth by then: the moment that
was best on a dozen held-out replays is an early one, and solves less.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch

import engine
from library.domain import get_domain
from library.snapshot import Library
from synthesis.dreaming import Dreams
from synthesis.recognition.dataset import EncodedDreams, encode_dreams
from synthesis.recognition.encoder import encoder_for
from synthesis.recognition.network import NetworkIdentity, NetworkShape, RecognitionNetwork

LEAST_REPLAYS = 5
"""Held-out programs of replays on which a network may fail."""


@dataclass(frozen=True)
class TrainingConfig:
    """`cpu_seconds` bounds everything, encoding the dreams included."""

    cpu_seconds: float = 60.0
    seed: int = 0
    batch: int = 64
    learning_rate: float = 3e-3
    tempering: float = 0.3  # fantasies are shown as often as their prior to this power
    weight_decay: float = 0.1
    examples: int = 5  # shown of each dream
    held_out_fraction: float = 0.05  # of the fantasies' programs
    held_out_replays: float = 0.15  # of the replays' programs, which are far fewer
    held_out_most: int = 500  # programs of each source; a measurement takes about 0.3 CPU seconds
    progress_seconds: float = 5.0
    shape: NetworkShape | None = None  # None: the usual sizes, the encoder that the domain needs


@dataclass(frozen=True)
class HeldOut:
    """Mean cost of a program on held-out dreams, nats: of the fantasies, and of the replays for themselves.

    NaN where there are no dreams at all, None where there are none of the kind.
    """

    prior: float
    grammar: float
    decoder: float
    prior_replays: float | None
    grammar_replays: float | None
    decoder_replays: float | None
    dreams: int

    @property
    def better(self) -> bool:
        """Both heads beat the prior, over fantasies and replays together. Replays alone are no fair measure:
        the prior was fitted to those that are held out here too."""
        if not self.dreams:
            return False
        grammar = _together(self.grammar, self.grammar_replays)
        decoder = _together(self.decoder, self.decoder_replays)
        return max(grammar, decoder) < _together(self.prior, self.prior_replays)


def _together(fantasies: float, replays: float | None) -> float:
    """Half and half, where there are replays."""
    return fantasies if replays is None else (fantasies + replays) / 2


@dataclass(frozen=True)
class TrainingMetrics:
    steps: int
    dreams_seen: int
    fantasies: int
    replays: int
    loss: float  # mean cost under both heads, nats, over the last steps
    held_out: HeldOut
    promoted: bool
    parameters: int
    cpu_seconds: float

    def to_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class TrainingResult:
    """`network`: RecognitionNetwork bytes, promoted or not; `metrics.promoted` says which."""

    network: bytes
    metrics: TrainingMetrics


@dataclass(frozen=True)
class TrainingProgress:
    """For the eye, every few seconds."""

    step: int
    loss: float
    held_out: HeldOut
    cpu_seconds: float


def train(
    dreams: Dreams,
    library: Library,
    prior_weights: np.ndarray,
    config: TrainingConfig,
    on_progress: Callable[[TrainingProgress], None] = lambda progress: None,
) -> TrainingResult:
    """Trains a fresh network on `dreams`, always from the prior. `prior_weights`: contextual, [C, P+1] logs.

    Without dreams the result is the untrained network, not promoted.
    """
    started = time.thread_time()
    torch.set_num_threads(1)
    shape = config.shape or NetworkShape(encoder=encoder_for(get_domain(library.domain).scalars))
    data = encode_dreams(dreams.dreams, library.language, shape.encoder)
    identity = NetworkIdentity(
        library.content_hash,
        tuple(library.language.productions),
        len(engine.Grammar.contexts(library.language)),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = RecognitionNetwork(identity, prior_weights, shape)
        rng = np.random.default_rng(config.seed)
        held_out, training = split(data, config, rng)
        steps, losses = 0, [0.0]
        if len(training):
            batches = _Batches(data, training, dreams.replay_fraction, config, rng)
            deadline = started + config.cpu_seconds
            steps, losses = _fit(network, batches, held_out, config, (started, deadline), on_progress)
    measured = measure(network, data, held_out, config.examples)
    metrics = TrainingMetrics(
        steps=steps,
        dreams_seen=steps * config.batch,
        fantasies=int((~data.replays).sum()),
        replays=int(data.replays.sum()),
        loss=float(np.mean(losses[-100:])),
        held_out=measured,
        promoted=measured.better,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        cpu_seconds=time.thread_time() - started,
    )
    return TrainingResult(network.to_bytes(), metrics)


@torch.no_grad()
def measure(network: RecognitionNetwork, data: EncodedDreams, indices: np.ndarray, examples: int) -> HeldOut:
    """What the programs at `indices` cost under the prior and both heads, each from its first `examples`."""
    was_training = network.training
    network.eval()
    columns: list[np.ndarray] = []
    for begin in range(0, len(indices), 128):
        logs = network.log_probabilities(data.batch(indices[begin : begin + 128], examples))
        columns.append(-torch.stack(logs).numpy())
    network.train(was_training)
    if not columns:
        return HeldOut(math.nan, math.nan, math.nan, None, None, None, dreams=0)
    costs = np.concatenate(columns, axis=1)
    replays = data.replays[indices]
    fantasies = costs[:, ~replays] if not replays.all() else costs  # replays alone stand for both
    of_replays = costs[:, replays].mean(1).tolist() if replays.any() else [None] * 3
    return HeldOut(*fantasies.mean(1).tolist(), *of_replays, dreams=len(indices))


def split(
    data: EncodedDreams, config: TrainingConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(held out, training) indices: a fraction of the programs of each source, with all their dreams. Fewer
    than LEAST_REPLAYS programs would be no evidence: then all replays are for training."""
    replayed = np.unique(data.groups[data.replays])
    dreamed = np.setdiff1d(data.groups[~data.replays], replayed)
    of_replays = round(config.held_out_replays * len(replayed))
    of_replays = 0 if of_replays < LEAST_REPLAYS else min(config.held_out_most, of_replays)
    of_fantasies = min(config.held_out_most, round(config.held_out_fraction * len(dreamed)))
    chosen = [rng.permutation(replayed)[:of_replays], rng.permutation(dreamed)[:of_fantasies]]
    aside = np.isin(data.groups, np.concatenate(chosen))
    return np.flatnonzero(aside), np.flatnonzero(~aside)


class _Batches:
    """Endless batches. Neighbours in length share a batch, because padding is what costs."""

    _POOL = 16  # batches drawn at a time, then sorted by length

    def __init__(
        self,
        data: EncodedDreams,
        indices: np.ndarray,
        replay_fraction: float,
        config: TrainingConfig,
        rng: np.random.Generator,
    ) -> None:
        self.data, self.config, self.rng = data, config, rng
        self.fantasies = indices[~data.replays[indices]]
        self.replays = indices[data.replays[indices]]
        fraction = replay_fraction if len(self.fantasies) else 1.0
        self.replay_fraction = fraction if len(self.replays) else 0.0
        logs = config.tempering * data.log_priors[self.fantasies]
        shares = np.exp(logs - logs.max(initial=-np.inf)) if len(logs) else logs
        self.cumulative = np.cumsum(shares)
        self.ready: list[np.ndarray] = []

    def next(self) -> np.ndarray:
        """Indices of the next batch."""
        if not self.ready:
            wanted = self._POOL * self.config.batch
            from_replays = self.rng.binomial(wanted, self.replay_fraction)
            drawn = self._fantasies(wanted - from_replays)
            if from_replays:
                drawn = np.concatenate([drawn, self.rng.choice(self.replays, from_replays)])
            drawn = drawn[np.argsort(self.data.lengths[drawn] + self.rng.random(len(drawn)))]
            self.ready = np.array_split(drawn, max(1, round(len(drawn) / self.config.batch)))
            self.rng.shuffle(self.ready)  # type: ignore[arg-type]
        return self.ready.pop()

    def _fantasies(self, count: int) -> np.ndarray:
        """Drawn by tempered prior: a likely program comes more often than an unlikely one, as it would be
        dreamed more often if each behaviour weren't kept once."""
        if not len(self.fantasies):
            return self.fantasies
        points = self.rng.random(count) * self.cumulative[-1]
        return self.fantasies[np.minimum(np.searchsorted(self.cumulative, points), len(self.fantasies) - 1)]


def _fit(
    network: RecognitionNetwork,
    batches: _Batches,
    held_out: np.ndarray,
    config: TrainingConfig,
    clock: tuple[float, float],
    on_progress: Callable[[TrainingProgress], None],
) -> tuple[int, list[float]]:
    """Runs AdamW with a cosine over the CPU seconds of `clock` = (started, deadline); (steps, losses in
    nats)."""
    matrices = [p for p in network.parameters() if p.dim() > 1]
    vectors = [p for p in network.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": config.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    started, deadline = clock
    begun = reported = time.thread_time()
    losses: list[float] = []
    network.train()
    while (now := time.thread_time()) < deadline or not losses:
        done = min(1.0, (now - begun) / max(deadline - begun, 1e-9))
        warm = min(1.0, (len(losses) + 1) / 100)
        rate = config.learning_rate * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        _, grammar, decoder = network.log_probabilities(
            batches.data.batch(batches.next(), config.examples, batches.rng)
        )
        loss = -(grammar.mean() + decoder.mean()) / 20  # about 1 at the start, so that clipping at 1 is mild
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(10 * loss.item())
        if now - reported >= config.progress_seconds:
            reported = now
            held = measure(network, batches.data, held_out, config.examples)
            on_progress(TrainingProgress(len(losses), float(np.mean(losses[-100:])), held, now - started))
    return len(losses), losses
