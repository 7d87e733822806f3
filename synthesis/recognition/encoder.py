"""Examples as fixed slots of small integers: what the recognition network sees of a task.

An example becomes `INPUT_SLOTS + OUTPUT_SLOTS` tokens and two true lengths. A list is its elements (its
outermost brackets are implied by the request), nested lists keep their brackets, several inputs are joined by
a separator, a value that doesn't fit ends in CUT. Integers from -16 to 64 have a token each, larger ones
share one per magnitude. Nothing here knows torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import engine

INPUT_SLOTS = 14
OUTPUT_SLOTS = 14
EXAMPLE_WIDTH = INPUT_SLOTS + OUTPUT_SLOTS + 2
"""Tokens of the inputs, tokens of the output, then how many tokens each would have had without the cut."""

PAD, OPEN, CLOSE, SEPARATOR, CUT, FALSE, TRUE, OTHER = range(8)
_SMALLEST, _LARGEST = -16, 64
_FIRST_INTEGER = 8
_BUCKETS = (128, 512, 4096)
"""Magnitudes below these bounds share a token beyond the exact range; one more token for what lies above."""
_FIRST_BUCKET = _FIRST_INTEGER + _LARGEST - _SMALLEST + 1
VOCABULARY = _FIRST_BUCKET + 2 * (len(_BUCKETS) + 1)

_EXACT = {value: _FIRST_INTEGER + value - _SMALLEST for value in range(_SMALLEST, _LARGEST + 1)}
_LONGEST_LENGTH = 1000  # true lengths saturate here, so that they fit int16

_CONSTRUCTORS = ("int", "bool", "list")  # anything else shares a fourth column
_TYPE_POSITIONS = 4  # the first three arguments, then the result
_TYPE_DEPTH = 3
REQUEST_FEATURES = _TYPE_POSITIONS * _TYPE_DEPTH * (len(_CONSTRUCTORS) + 1)


def integer_token(value: int) -> int:
    """The token of an integer: its own within [-16, 64], its magnitude's outside."""
    token = _EXACT.get(value)
    if token is not None:
        return token
    bucket = sum(abs(value) >= bound for bound in _BUCKETS)
    return _FIRST_BUCKET + 2 * bucket + (value < 0)


def token_magnitudes() -> np.ndarray:
    """float32 [VOCABULARY]: a number for each token, integers / 16 and saturating at 8; 0 where it means
    nothing."""
    magnitudes = np.zeros(VOCABULARY, np.float32)
    for value, token in _EXACT.items():
        magnitudes[token] = value / 16
    for bucket, size in enumerate((6.0, 7.0, 7.5, 8.0)):
        magnitudes[_FIRST_BUCKET + 2 * bucket] = size
        magnitudes[_FIRST_BUCKET + 2 * bucket + 1] = -size
    magnitudes[TRUE] = 1.0
    return magnitudes


def value_tokens(value: Any) -> list[int]:
    """A value's tokens, uncut. Unknown kinds of values (of domains to come) are one OTHER."""
    if isinstance(value, bool):
        return [TRUE if value else FALSE]
    if isinstance(value, int):
        return [integer_token(value)]
    if not isinstance(value, list):
        return [OTHER]
    if value and type(value[0]) is int:  # by far the commonest
        return [_EXACT.get(element) or integer_token(element) for element in value]
    tokens: list[int] = []
    for element in value:
        if isinstance(element, list):
            tokens.append(OPEN)
            tokens.extend(value_tokens(element))
            tokens.append(CLOSE)
        else:
            tokens.extend(value_tokens(element))
    return tokens


def encode_example(inputs: Sequence[Any], output: Any) -> list[int]:
    """One example as EXAMPLE_WIDTH integers."""
    before: list[int] = []
    for position, value in enumerate(inputs):
        if position:
            before.append(SEPARATOR)
        before.extend(value_tokens(value))
    after = value_tokens(output)
    return [
        *_fit(before, INPUT_SLOTS),
        *_fit(after, OUTPUT_SLOTS),
        min(len(before), _LONGEST_LENGTH),
        min(len(after), _LONGEST_LENGTH),
    ]


def encode_examples(examples: Iterable[tuple[Sequence[Any], Any]]) -> np.ndarray:
    """int16 [examples, EXAMPLE_WIDTH] from (inputs, output) pairs."""
    rows = [encode_example(inputs, output) for inputs, output in examples]
    return np.array(rows, np.int16).reshape(len(rows), EXAMPLE_WIDTH)


def request_features(request: engine.Type) -> np.ndarray:
    """float32 [REQUEST_FEATURES]: which constructor stands where in the request. Defined for every type, so a
    request never seen in training is one more point of a space the network knows, not an unknown symbol."""
    features = np.zeros((_TYPE_POSITIONS, _TYPE_DEPTH, len(_CONSTRUCTORS) + 1), np.float32)
    arguments = request.arguments[: _TYPE_POSITIONS - 1]
    for position, type_ in [*enumerate(arguments), (_TYPE_POSITIONS - 1, request.returns)]:
        for depth in range(_TYPE_DEPTH):
            name = type_.constructor
            column = _CONSTRUCTORS.index(name) if name in _CONSTRUCTORS else len(_CONSTRUCTORS)
            features[position, depth, column] = 1.0
            if not type_.parameters:
                break
            type_ = type_.parameters[0]
    return features.reshape(-1)


def _fit(tokens: list[int], slots: int) -> list[int]:
    if len(tokens) > slots:
        return [*tokens[: slots - 1], CUT]
    return tokens + [PAD] * (slots - len(tokens))
