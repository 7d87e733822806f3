"""The encoder for values: inputs and output in slots, and which slots of the two are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from synthesis.recognition.encoder import PAD, SLOTS, VOCABULARY, token_magnitudes
from synthesis.recognition.example_encoder import ExampleEncoder

if TYPE_CHECKING:
    from synthesis.recognition.network import NetworkShape


class SlotEncoder(ExampleEncoder):
    """Examples as the `SLOTS` of the shape's encoder write them, [B, E, width]."""

    magnitudes: Tensor

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__(shape)
        self.slots = SLOTS[shape.encoder]
        slots = self.slots.inputs + self.slots.outputs
        features = slots * shape.slot_embedding + self.slots.inputs * self.slots.outputs + slots + 6
        self.embedding = nn.Embedding(VOCABULARY, shape.slot_embedding, padding_idx=PAD)
        self.example = nn.Sequential(
            nn.Linear(features, 2 * shape.width),
            nn.GELU(),
            nn.Dropout(shape.dropout),
            nn.Linear(2 * shape.width, shape.width),
        )
        self.register_buffer("magnitudes", torch.from_numpy(token_magnitudes()), persistent=False)

    def describe(self, examples: Tensor) -> Tensor:
        slots, lengths = examples[..., :-2].long(), examples[..., -2:].float()
        before, after = slots[..., : self.slots.inputs], slots[..., self.slots.inputs :]
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
