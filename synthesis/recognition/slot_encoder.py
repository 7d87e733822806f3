"""The encoder for values: inputs and output in slots, and which slots of the two are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from synthesis.recognition.encoder import INPUT_SLOTS, OUTPUT_SLOTS, PAD, VOCABULARY, token_magnitudes
from synthesis.recognition.example_encoder import ExampleEncoder

if TYPE_CHECKING:
    from synthesis.recognition.network import NetworkShape


class SlotEncoder(ExampleEncoder):
    """Examples as `encode_examples` writes them, [B, E, EXAMPLE_WIDTH]."""

    magnitudes: Tensor

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__(shape)
        slots = INPUT_SLOTS + OUTPUT_SLOTS
        features = slots * shape.slot_embedding + INPUT_SLOTS * OUTPUT_SLOTS + slots + 6
        self.embedding = nn.Embedding(VOCABULARY, shape.slot_embedding, padding_idx=PAD)
        self.example = nn.Sequential(
            nn.Linear(features, 2 * shape.width),
            nn.GELU(),
            nn.Dropout(shape.dropout),
            nn.Linear(2 * shape.width, shape.width),
        )
        self.register_buffer("magnitudes", torch.from_numpy(token_magnitudes()), persistent=False)

    def describe(self, examples: Tensor) -> Tensor:
        slots = examples[..., : INPUT_SLOTS + OUTPUT_SLOTS].long()
        lengths = examples[..., -2:].float()
        before, after = slots[..., :INPUT_SLOTS], slots[..., INPUT_SLOTS:]
        equal = (before[..., :, None] == after[..., None, :]) & (before[..., :, None] != PAD)
        shorter, longer = lengths[..., :1], lengths[..., 1:]
        features = torch.cat(
            [
                self.embedding(slots).flatten(-2),
                equal.float().flatten(-2),
                self.magnitudes[slots],
                shorter / 8,
                longer / 8,
                (shorter - longer) / 4,
                (shorter == longer).float(),
                (shorter > longer).float(),
                (longer == 0).float(),
            ],
            -1,
        )
        return self.example(features)
