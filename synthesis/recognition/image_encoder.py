"""The encoder for tasks that show pictures: a small convolutional network on each example's output."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from torch import Tensor, nn

from synthesis.recognition.example_encoder import ExampleEncoder
from synthesis.recognition.images import IMAGE_SIDE

if TYPE_CHECKING:
    from synthesis.recognition.network import NetworkShape

_CHANNELS = (1, 16, 32, 64)  # each layer halves the side


class ImageEncoder(ExampleEncoder):
    """Examples as `encode_images` writes them, [B, E, IMAGE_SIDE, IMAGE_SIDE], brightnesses to 255."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__(shape)
        layers: list[nn.Module] = []
        for before, after in pairwise(_CHANNELS):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GELU()]
        side = IMAGE_SIDE >> (len(_CHANNELS) - 1)
        self.picture = nn.Sequential(
            *layers,
            nn.Flatten(),
            nn.Dropout(shape.dropout),
            nn.Linear(_CHANNELS[-1] * side * side, shape.width),
        )

    def describe(self, examples: Tensor) -> Tensor:
        pictures = examples.flatten(0, 1)[:, None].float() / 255
        return self.picture(pictures).view(*examples.shape[:2], -1)
