"""Dreams as arrays: encoded once, then batches are index arithmetic.

Programs are kept as the decoder sees them (tokens, hole contexts, masks of what fits the hole's type),
concatenated, masks packed to bits: 40,000 dreams take about 60 MB. Nothing here knows torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import engine
from synthesis.dreaming import Dream
from synthesis.recognition.encoder import SLOTS, request_features
from synthesis.recognition.images import encode_images
from synthesis.recognition.pictures import encode_drawings, encode_towers

MAX_VARIABLES = 10
"""Variables the decoder can name; programs that need more (none of sane size does) are left out of
training."""

EXAMPLE_ENCODINGS = {name: slots.encode_examples for name, slots in SLOTS.items()} | {
    "image": encode_images,
    "towers": encode_towers,
    "drawings": encode_drawings,
}
"""(inputs, output) pairs -> [examples, ...], by the name of the network's encoder."""


@dataclass(frozen=True)
class Batch:
    """B dreams, E examples each, T tokens at most, V = productions + MAX_VARIABLES."""

    examples: np.ndarray  # [B, E, ...], as EXAMPLE_ENCODINGS has them
    present: np.ndarray  # bool [B, E]: the example exists
    requests: np.ndarray  # float32 [B, REQUEST_FEATURES]
    tokens: np.ndarray  # int64 [B, T]
    contexts: np.ndarray  # int64 [B, T]: row of the contextual grammar that each hole reads
    masks: np.ndarray  # bool [B, T, V]: tokens of the right type; all true in the padding
    real: np.ndarray  # bool [B, T]: false in the padding


@dataclass(frozen=True)
class EncodedDreams:
    """N dreams with up to K examples each and `starts[-1]` program tokens in all."""

    examples: np.ndarray  # [N, K, ...], as EXAMPLE_ENCODINGS has them
    counts: np.ndarray  # int16 [N]: examples that exist
    requests: np.ndarray  # float32 [requests, REQUEST_FEATURES]
    request_of: np.ndarray  # int16 [N]
    starts: np.ndarray  # int64 [N + 1]
    tokens: np.ndarray  # int16 [starts[-1]]
    contexts: np.ndarray  # int16 [starts[-1]]
    masks: np.ndarray  # uint8 [starts[-1], ceil(V / 8)], packed
    vocabulary: int  # V
    replays: np.ndarray  # bool [N]
    groups: np.ndarray  # int64 [N]: dreams of one program share a number
    log_priors: np.ndarray  # float64 [N]

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def lengths(self) -> np.ndarray:
        """int64 [N]: tokens of each program."""
        return np.diff(self.starts)

    def batch(self, indices: np.ndarray, examples: int, rng: np.random.Generator | None = None) -> Batch:
        """The dreams at `indices` with `examples` of their examples: drawn by `rng`, or the first ones."""
        available = self.examples.shape[1]
        order = np.tile(np.arange(available, dtype=float), (len(indices), 1))
        if rng is not None:
            order = rng.random((len(indices), available))
        order[np.arange(available)[None] >= self.counts[indices][:, None]] = np.inf
        chosen = np.argsort(order, axis=1)[:, :examples]
        rows = indices[:, None]

        lengths = self.starts[indices + 1] - self.starts[indices]
        position = np.arange(lengths.max())[None]
        real = position < lengths[:, None]
        where = np.where(real, self.starts[indices][:, None] + position, 0)
        masks = np.unpackbits(self.masks[where], axis=-1, count=self.vocabulary).view(bool) | ~real[..., None]
        return Batch(
            examples=self.examples[rows, chosen],
            present=np.isfinite(np.take_along_axis(order, chosen, 1)),
            requests=self.requests[self.request_of[indices]],
            tokens=np.where(real, self.tokens[where], 0).astype(np.int64),
            contexts=np.where(real, self.contexts[where], 0).astype(np.int64),
            masks=masks,
            real=real,
        )


def encode_dreams(
    dreams: Sequence[Dream], language: engine.Language, encoder: str = "slots"
) -> EncodedDreams:
    """Encodes dreams for training. Dreams whose program the decoder couldn't write are left out.

    `encoder`: the network's; RecognitionError where a dream's examples aren't of its kind.
    """
    encode = EXAMPLE_ENCODINGS[encoder]
    requests: dict[str, tuple[int, engine.Type]] = {}
    groups: dict[tuple[str, str], int] = {}
    traces: dict[tuple[str, str], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    kept: list[tuple[Dream, int, int]] = []
    pieces: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    vocabulary = len(language.productions) + MAX_VARIABLES
    for dream in dreams:
        if dream.request not in requests:
            requests[dream.request] = (len(requests), engine.Type.parse(dream.request))
        number, request = requests[dream.request]
        key = (dream.request, dream.program)
        if key not in traces:
            try:
                tokens, contexts, masks = engine.trace(
                    language, engine.Term.parse(dream.program), request, MAX_VARIABLES
                )
            except engine.EngineError:
                continue
            groups[key] = len(groups)
            traces[key] = (
                tokens.astype(np.int16), contexts.astype(np.int16), np.packbits(masks.astype(bool), axis=-1)
            )  # fmt: skip
        kept.append((dream, number, groups[key]))
        pieces.append(traces[key])

    most = max((len(dream.examples) for dream, _, _ in kept), default=1)
    nothing = encode(())
    examples = np.zeros((len(kept), most, *nothing.shape[1:]), nothing.dtype)
    for row, (dream, _, _) in enumerate(kept):
        examples[row, : len(dream.examples)] = encode(dream.examples)
    features = [request_features(type_) for _, type_ in requests.values()]
    return EncodedDreams(
        examples=examples,
        counts=np.array([len(dream.examples) for dream, _, _ in kept], np.int16),
        requests=np.array(features, np.float32),
        request_of=np.array([number for _, number, _ in kept], np.int16),
        starts=np.cumsum([0, *(len(tokens) for tokens, _, _ in pieces)], dtype=np.int64),
        tokens=_concatenate([tokens for tokens, _, _ in pieces], (0,)),
        contexts=_concatenate([contexts for _, contexts, _ in pieces], (0,)),
        masks=_concatenate([masks for _, _, masks in pieces], (0, (vocabulary + 7) // 8)),
        vocabulary=vocabulary,
        replays=np.array([dream.source == "replay" for dream, _, _ in kept], bool),
        groups=np.array([group for _, _, group in kept], np.int64),
        log_priors=np.array([dream.log_prior for dream, _, _ in kept], float),
    )


def _concatenate(arrays: list[np.ndarray], empty_shape: tuple[int, ...]) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.zeros(empty_shape, np.uint8)
