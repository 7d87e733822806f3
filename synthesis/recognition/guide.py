"""The recognition network as a guide: programs from its decoder, a grammar for the enumerator from its other
head."""

from __future__ import annotations

import copy
import time
import zlib

import numpy as np

import engine
from library.snapshot import Library
from synthesis.guide import Guidance, Sample
from synthesis.recognition import RecognitionError
from synthesis.recognition.dataset import EXAMPLE_ENCODINGS, MAX_VARIABLES
from synthesis.recognition.encoder import request_features
from synthesis.task import Task

VIEWS = 8
"""Different choices of examples that the network is shown; their samples differ and their grammars are
averaged."""
EXAMPLES = 5
TEMPERATURE = 0.8
"""Of the samples; dreams are wordier than the solutions of real tasks. Their log probabilities are those at
1."""
PRIOR_SHARE = 0.08
"""Of the prior in the grammar: what the network thinks impossible costs the search a factor of at most 13 a
node."""
SAMPLES = 16
"""On list tasks every task that 64 samples solve is solved by a search as long as they take."""


class NetworkGuide:
    """`Guide` for tasks of `library`. Deterministic for a seed; may be called from several threads.

    Raises RecognitionError where the bytes are corrupt or the network was made for other productions.
    """

    name, dear = "network", False

    def __init__(self, library: Library, network: bytes, samples: int = SAMPLES, seed: int = 0) -> None:
        # torch, only where a network is used
        from synthesis.recognition.network import RecognitionNetwork
        from synthesis.recognition.sampling import ProgramSampler

        self._network = RecognitionNetwork.from_bytes(network)
        self._language = library.language
        productions = tuple(self._language.productions)
        if self._network.identity.productions != productions:
            raise RecognitionError(
                f"the network was made for {len(self._network.identity.productions)} productions of library "
                f"{self._network.identity.library[:12]}, not for the {len(productions)} of "
                f"{library.content_hash[:12]}: train it again"
            )
        self._prior = self._network.prior.double().numpy()
        self._sampler = ProgramSampler(self._network)
        self._samples, self._seed = samples, seed

    def redrawn(self, draw: int) -> NetworkGuide:
        """The same network with other samples, and other choices of examples to show it."""
        other = copy.copy(self)
        other._seed = zlib.crc32(str(draw).encode(), self._seed)
        return other

    def guide(self, task: Task) -> Guidance:
        """Distinct samples, likeliest first, and a contextual grammar smoothed with the prior."""
        started = time.thread_time()
        seed = zlib.crc32(task.name.encode(), self._seed)
        request = engine.Type.parse(task.request)
        views = self._views(task, request, np.random.default_rng(seed))
        summaries, grammars = self._network.summarise(*views)
        weights = grammars.double().numpy().mean(0)
        grammar = engine.Grammar(self._language, smooth(weights, self._prior))

        rows = np.arange(self._samples) % len(summaries)
        decoder = engine.TypedDecoder(self._language, request, self._samples, MAX_VARIABLES)
        logs = self._sampler.sample(summaries, grammars, decoder, rows, seed, TEMPERATURE)
        found: dict[engine.Term, float] = {}
        valid = 0
        for term, log_probability in zip(decoder.terms(), logs.tolist(), strict=True):
            if term is not None:
                valid += 1
                found[term] = log_probability if term not in found else max(found[term], log_probability)
        samples = sorted((Sample(*pair) for pair in found.items()), key=lambda s: -s.log_probability)
        return Guidance(
            samples=tuple(samples),
            grammar=grammar,
            requested=self._samples,
            valid=valid,
            cpu_seconds=time.thread_time() - started,
            smoothed_with="prior",
        )

    def _views(
        self, task: Task, request: engine.Type, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The task as the network takes it, VIEWS times: (examples, present, request features)."""
        encode = EXAMPLE_ENCODINGS[self._network.shape.encoder]
        encoded = encode((example.inputs, example.output) for example in task.examples)
        count = min(EXAMPLES, len(encoded))
        views = 1 if len(encoded) <= EXAMPLES else VIEWS
        examples = np.stack([encoded[rng.permutation(len(encoded))[:count]] for _ in range(views)])
        present = np.ones(examples.shape[:2], bool)
        return examples, present, np.tile(request_features(request), (views, 1))


def smooth(weights: np.ndarray, prior: np.ndarray, share: float = PRIOR_SHARE) -> np.ndarray:
    """Mixes each context's distribution with the prior's: [C, P+1] log weights, normalised rows."""
    mixed = np.logaddexp(np.log1p(-share) + _log_softmax(weights), np.log(share) + _log_softmax(prior))
    return _log_softmax(mixed)


def _log_softmax(rows: np.ndarray) -> np.ndarray:
    rows = rows - rows.max(-1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(-1, keepdims=True))
