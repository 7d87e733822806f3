"""The recognition network: examples -> (a) a contextual grammar for the task, (b) a decoder of well-typed
programs.

Both heads are corrections to a fitted contextual grammar (the prior), and both start at zero: an untrained
network *is* the prior, and what training adds is what the examples say. The decoder's logits are the task's
grammar plus a recurrent correction, so it can only gain on the grammar.

    examples [B, E, ...] -> a vector each -> mean and max over the examples -> summary [B, d]
    grammar: summary -> [B, C, P+1] log weights; column P is the variables' joint weight
    decoder: previous token, hole's context and mask, summary -> GRU -> correction [V], V = P + MAX_VARIABLES

What one example looks like is the encoder's affair, which the shape names: values in slots, or images. It
doesn't know tasks, libraries or what a program does.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.recognition import RecognitionError
from synthesis.recognition.dataset import MAX_VARIABLES, Batch
from synthesis.recognition.example_encoder import ExampleEncoder
from synthesis.recognition.image_encoder import ImageEncoder
from synthesis.recognition.slot_encoder import SlotEncoder

_MAGIC = b"wakesleep recognition 2\n"
_NEVER = -1e9  # a masked logit; finite, so that rows without any choice make no NaN
_ENCODERS: dict[str, type[ExampleEncoder]] = {
    "slots": SlotEncoder,
    "texts": SlotEncoder,
    "image": ImageEncoder,
    "towers": ImageEncoder,
    "drawings": ImageEncoder,
}


@dataclass(frozen=True)
class NetworkShape:
    """Sizes; the defaults make about 0.6 million parameters on the list domain's 22 primitives.

    `encoder`: "slots" for values, "texts" where they hold texts, "image" for tasks that show pictures,
    "towers" and "drawings" for those whose values are shown as pictures.
    """

    encoder: str = "slots"
    width: int = 128
    slot_embedding: int = 16
    token_embedding: int = 64
    dropout: float = 0.1


@dataclass(frozen=True)
class NetworkIdentity:
    """What a network was made for; it refuses to work for anything else."""

    library: str  # content hash
    productions: tuple[str, ...]
    contexts: int


class RecognitionNetwork(nn.Module):
    """The whole model. `prior`: the fitted contextual grammar's log weights, float [C, P+1]."""

    prior: Tensor

    def __init__(
        self, identity: NetworkIdentity, prior: np.ndarray, shape: NetworkShape | None = None
    ) -> None:
        super().__init__()
        shape = shape or NetworkShape()
        productions, contexts = len(identity.productions), identity.contexts
        if prior.shape != (contexts, productions + 1):
            raise RecognitionError(
                f"prior weights {prior.shape} don't fit {contexts} contexts of {productions} productions"
            )
        if shape.encoder not in _ENCODERS:
            raise RecognitionError(f"no encoder is called {shape.encoder!r}")
        self.identity, self.shape = identity, shape
        self.productions, self.vocabulary = productions, productions + MAX_VARIABLES
        self.encoder = _ENCODERS[shape.encoder](shape)
        self.register_buffer("prior", torch.from_numpy(np.asarray(prior, np.float32)).clone())
        self.grammar_head = nn.Linear(shape.width, contexts * (productions + 1))
        embedding, width = shape.token_embedding, shape.width
        self.token = nn.Embedding(self.vocabulary + 1, embedding)  # the last one: nothing written yet
        self.context = nn.Embedding(contexts, embedding)
        self.choices = nn.Linear(self.vocabulary, embedding)
        self.start = nn.Linear(width, width)
        self.recurrent = nn.GRU(3 * embedding + width, width, batch_first=True)
        self.mixed = nn.Linear(2 * width, width)
        self.correction = nn.Linear(width, self.vocabulary)
        for layer in (self.grammar_head, self.correction):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def grammar(self, summary: Tensor) -> Tensor:
        """[B, d] -> log weights [B, C, P+1]."""
        return self.prior + self.grammar_head(summary).view(-1, *self.prior.shape)

    def _grammar_logits(self, weights: Tensor, contexts: Tensor, masks: Tensor) -> Tensor:
        """The grammar's view of every hole as token logits [B, T, V]: the variables in reach share one
        weight."""
        rows = weights.gather(1, contexts[..., None].expand(-1, -1, weights.shape[-1]))
        in_reach = masks[..., self.productions :].sum(-1, keepdim=True).clamp(min=1)
        variables = (rows[..., self.productions :] - in_reach.log()).expand(-1, -1, MAX_VARIABLES)
        return torch.cat([rows[..., : self.productions], variables], -1).masked_fill(~masks, _NEVER)

    def _hole(self, previous: Tensor, contexts: Tensor, masks: Tensor, summary: Tensor) -> Tensor:
        told = summary[:, None].expand(-1, previous.shape[1], -1)
        return torch.cat(
            [self.token(previous), self.context(contexts), self.choices(masks.float()), told], -1
        )

    def _corrections(self, hidden: Tensor, summary: Tensor) -> Tensor:
        told = summary[:, None].expand(-1, hidden.shape[1], -1)
        return self.correction(F.gelu(self.mixed(torch.cat([hidden, told], -1))))

    def log_probabilities(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """log Q(program | examples) under the prior, the grammar head and the decoder: three tensors [B],
        nats."""
        tokens, contexts = torch.from_numpy(batch.tokens), torch.from_numpy(batch.contexts)
        masks, real = torch.from_numpy(batch.masks), torch.from_numpy(batch.real)
        summary = self.encoder(
            torch.from_numpy(batch.examples),
            torch.from_numpy(batch.present),
            torch.from_numpy(batch.requests),
        )
        prior = self._grammar_logits(self.prior.expand(len(tokens), -1, -1), contexts, masks)
        grammar = self._grammar_logits(self.grammar(summary), contexts, masks)
        previous = torch.cat([torch.full_like(tokens[:, :1], self.vocabulary), tokens[:, :-1]], 1)
        hidden, _ = self.recurrent(
            self._hole(previous, contexts, masks, summary), torch.tanh(self.start(summary))[None]
        )
        decoder = (grammar + self._corrections(hidden, summary)).masked_fill(~masks, _NEVER)
        prior_, grammar_, decoder_ = (
            (logits.log_softmax(-1).gather(2, tokens[..., None])[..., 0] * real).sum(1)
            for logits in (prior, grammar, decoder)
        )
        return prior_, grammar_, decoder_

    @torch.no_grad()
    def summarise(
        self, examples: np.ndarray, present: np.ndarray, requests: np.ndarray
    ) -> tuple[Tensor, Tensor]:
        """Summaries [B, d] and the tasks' grammars, log weights [B, C, P+1], from examples as `Batch` has
        them."""
        summary = self.encoder(
            torch.from_numpy(examples), torch.from_numpy(present), torch.from_numpy(requests)
        )
        return summary, self.grammar(summary)

    def to_bytes(self) -> bytes:
        """A SHA-256 and an uncompressed npz: every array, and a JSON header. No pickle."""
        header = {"shape": asdict(self.shape), "identity": asdict(self.identity)}
        arrays = {name: tensor.numpy() for name, tensor in self.state_dict().items()}
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        body = buffer.getvalue()
        return _MAGIC + hashlib.sha256(body).digest() + body

    @staticmethod
    def from_bytes(data: bytes) -> RecognitionNetwork:
        """The network that `to_bytes` wrote, ready to be asked. Raises RecognitionError."""
        if not data.startswith(_MAGIC):
            raise RecognitionError("these bytes are not a recognition network of this version")
        digest, body = data[len(_MAGIC) : len(_MAGIC) + 32], data[len(_MAGIC) + 32 :]
        if hashlib.sha256(body).digest() != digest:
            raise RecognitionError(
                "the recognition network's bytes are corrupt (their checksum doesn't match)"
            )
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
                header = json.loads(arrays["header"].tobytes())
                state = {name: torch.from_numpy(arrays[name]) for name in arrays.files if name != "header"}
            identity = NetworkIdentity(
                header["identity"]["library"],
                tuple(header["identity"]["productions"]),
                header["identity"]["contexts"],
            )
            network = RecognitionNetwork(identity, state["prior"].numpy(), NetworkShape(**header["shape"]))
            network.load_state_dict(state)
        except (KeyError, TypeError, ValueError, OSError, RuntimeError) as error:
            raise RecognitionError(f"the recognition network's bytes don't hold together: {error}") from error
        network.eval()
        return network
