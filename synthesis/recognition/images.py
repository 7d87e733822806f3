"""Examples whose output is a picture, as arrays. Nothing here knows torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from synthesis.recognition import RecognitionError

IMAGE_SIDE = 32
"""Pixels; whoever renders the examples renders them at this size."""


def encode_images(examples: Iterable[tuple[Sequence[Any], Any]]) -> np.ndarray:
    """uint8 [examples, IMAGE_SIDE, IMAGE_SIDE] from (inputs, output) pairs; the inputs aren't looked at.

    Each output is an image of one channel, rows of brightnesses from 0 to 255. Raises RecognitionError where
    one isn't.
    """
    images: list[np.ndarray] = []
    for _, output in examples:
        try:
            image = np.asarray(output, np.int64)
        except (TypeError, ValueError, OverflowError) as error:
            raise RecognitionError(f"an example's output is no image: {error}") from error
        if image.shape != (IMAGE_SIDE, IMAGE_SIDE) or image.min() < 0 or image.max() > 255:
            raise RecognitionError(
                f"an example's output is no image of {IMAGE_SIDE} by {IMAGE_SIDE} brightnesses from 0 to 255"
            )
        images.append(image.astype(np.uint8))
    return np.array(images, np.uint8).reshape(len(images), IMAGE_SIDE, IMAGE_SIDE)
