"""What all encoders of examples share: a vector for each example, pooled into one summary of the task.

The seam for other kinds of tasks: an encoder says what one example looks like, and everything behind the
summary (both heads, training, guiding, storing) is the same for all. `EXAMPLE_ENCODINGS` of `dataset` has the
other half, an example as an array.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.recognition.encoder import REQUEST_FEATURES

if TYPE_CHECKING:
    from synthesis.recognition.network import NetworkShape


class ExampleEncoder(nn.Module, ABC):
    """Examples -> one summary vector per task. What an encoder must be: `describe`."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.request = nn.Linear(REQUEST_FEATURES, shape.width)
        self.pooled = nn.Sequential(
            nn.Linear(2 * shape.width, 2 * shape.width),
            nn.GELU(),
            nn.Dropout(shape.dropout),
            nn.Linear(2 * shape.width, shape.width),
            nn.GELU(),
        )

    @abstractmethod
    def describe(self, examples: Tensor) -> Tensor:
        """[B, E, ...] as the dataset encodes them -> [B, E, d]."""

    def forward(self, examples: Tensor, present: Tensor, requests: Tensor) -> Tensor:
        """[B, E, ...], [B, E], [B, REQUEST_FEATURES] -> [B, d]; the order of the examples doesn't matter."""
        vectors = F.gelu(self.describe(examples) + self.request(requests)[:, None])
        weights = present[..., None].float()
        mean = (vectors * weights).sum(1) / weights.sum(1).clamp(min=1)
        largest = vectors.masked_fill(weights == 0, -1e4).amax(1)
        return self.pooled(torch.cat([mean, largest], -1))
