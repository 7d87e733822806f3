"""Towers and drawings as small pictures, for the network's convolutions. Nothing here knows torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from library.rendering import placed_blocks
from synthesis.recognition.images import IMAGE_SIDE, encode_images

_LYING, _UPRIGHT = 255, 140  # brightness of blocks
_REACH = 4.5  # units that a drawing is shown of in each direction, unless it goes farther


def encode_towers(examples: Iterable[tuple[Sequence[Any], Any]]) -> np.ndarray:
    """uint8 [examples, IMAGE_SIDE, IMAGE_SIDE]: blocks fallen into place, the hand's start in the middle."""
    return encode_images(((), _tower(output)) for _, output in examples)


def encode_drawings(examples: Iterable[tuple[Sequence[Any], Any]]) -> np.ndarray:
    """The same of strokes, the turtle's start in the middle."""
    return encode_images(((), _drawing(output)) for _, output in examples)


def _tower(plan: Sequence[Sequence[int]]) -> np.ndarray:
    """uint8 [IMAGE_SIDE, IMAGE_SIDE]; two units a pixel, more where the tower wouldn't fit."""
    blocks = placed_blocks(plan)
    farthest = max(
        (max(abs(at), abs(at + wide), (bottom + tall) / 2) for at, bottom, wide, tall in blocks), default=0.0
    )
    scale = max(2.0, 2 * farthest / IMAGE_SIDE)
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    for left, bottom, width, height in blocks:
        columns = _pixels(left / scale + IMAGE_SIDE / 2, (left + width) / scale + IMAGE_SIDE / 2)
        rows = _pixels(bottom / scale, (bottom + height) / scale)
        image[IMAGE_SIDE - rows.stop : IMAGE_SIDE - rows.start, columns] = (
            _LYING if width > height else _UPRIGHT
        )
    return image


def _pixels(start: float, end: float) -> slice:
    first = min(max(0, round(start)), IMAGE_SIDE - 1)
    return slice(first, min(max(first + 1, round(end)), IMAGE_SIDE))


def _drawing(strokes: Sequence[Sequence[float]]) -> np.ndarray:
    """uint8 [IMAGE_SIDE, IMAGE_SIDE]: brighter where more of a stroke lies."""
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE))
    if len(strokes):
        ends = np.asarray(strokes, float).reshape(-1, 2, 2)
        scale = IMAGE_SIDE / 2 / max(_REACH, np.abs(ends).max() + 0.1)
        for start, end in ends * scale + IMAGE_SIDE / 2:
            count = 2 + int(4 * np.hypot(*(end - start)))
            points = start + np.linspace(0, 1, count)[:, None] * (end - start)
            at = np.clip(points.astype(int), 0, IMAGE_SIDE - 1)
            np.add.at(image, (IMAGE_SIDE - 1 - at[:, 1], at[:, 0]), 60)
    return np.minimum(image, 255).astype(np.uint8)
