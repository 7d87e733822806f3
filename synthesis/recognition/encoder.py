"""Examples as fixed slots of small integers: what the recognition network sees of a task.

An example becomes tokens for its inputs, tokens for its output, and two true lengths; how many slots there
are is the encoder's affair, as texts need more than lists. A list is its elements (its outermost brackets are
implied by the request), nested lists and texts in lists keep their brackets, several inputs are joined by a
separator, a value that doesn't fit ends in CUT. Integers from -16 to 64 have a token each, larger ones share
one per magnitude. A real is two tokens, sign and power of ten, then two digits. A text is its characters,
those beyond ASCII sharing one. Nothing here knows torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

import engine

PAD, OPEN, CLOSE, SEPARATOR, CUT, FALSE, TRUE, OTHER = range(8)
_SMALLEST, _LARGEST = -16, 64
_FIRST_INTEGER = 8
_BUCKETS = (128, 512, 4096)
"""Magnitudes below these bounds share a token beyond the exact range; one more token for what lies above."""
_FIRST_BUCKET = _FIRST_INTEGER + _LARGEST - _SMALLEST + 1
_FIRST_CHARACTER = _FIRST_BUCKET + 2 * (len(_BUCKETS) + 1)
_PRINTABLE = range(32, 127)
_FIRST_DECADE = _FIRST_CHARACTER + len(_PRINTABLE) + 1  # other characters share the one before it
_DECADES = range(-5, 7)  # powers of ten of a real; smaller and larger ones share the first and last
_FIRST_DIGITS = _FIRST_DECADE + 2 * len(_DECADES) + 1  # the one before it is a real zero's
VOCABULARY = _FIRST_DIGITS + 90

_EXACT = {value: _FIRST_INTEGER + value - _SMALLEST for value in range(_SMALLEST, _LARGEST + 1)}
_LONGEST_LENGTH = 1000  # true lengths saturate here, so that they fit int16

_CONSTRUCTORS = ("int", "bool", "list", "real", "char")  # anything else shares one more column
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


def character_token(character: str) -> int:
    """The token of a character: its own if it is printable ASCII."""
    code = ord(character)
    return _FIRST_CHARACTER + (code - _PRINTABLE.start if code in _PRINTABLE else len(_PRINTABLE))


def real_tokens(value: float) -> list[int]:
    """Two tokens: sign and power of ten, then the first two digits, rounded; one for zero."""
    if value == 0:
        return [_FIRST_DIGITS - 1]
    digits, power = f"{abs(value):.1e}".split("e")
    decade = min(max(int(power), _DECADES.start), _DECADES.stop - 1) - _DECADES.start
    return [_FIRST_DECADE + 2 * decade + (value < 0), _FIRST_DIGITS + round(10 * float(digits)) - 10]


def token_magnitudes() -> np.ndarray:
    """float32 [VOCABULARY]: a number for each token, integers / 16 and saturating at 8, a real's order of
    magnitude with its sign and its first digits; 0 where it means nothing."""
    magnitudes = np.zeros(VOCABULARY, np.float32)
    for value, token in _EXACT.items():
        magnitudes[token] = value / 16
    for bucket, size in enumerate((6.0, 7.0, 7.5, 8.0)):
        magnitudes[_FIRST_BUCKET + 2 * bucket] = size
        magnitudes[_FIRST_BUCKET + 2 * bucket + 1] = -size
    magnitudes[TRUE] = 1.0
    for decade in range(len(_DECADES)):
        magnitudes[_FIRST_DECADE + 2 * decade] = (decade + 1) / 2
        magnitudes[_FIRST_DECADE + 2 * decade + 1] = -(decade + 1) / 2
    magnitudes[_FIRST_DIGITS:] = np.log10(np.arange(10, 100) / 10)
    return magnitudes


def value_tokens(value: Any) -> list[int]:
    """A value's tokens, uncut. Unknown kinds of values (of domains to come) are one OTHER."""
    if isinstance(value, bool):
        return [TRUE if value else FALSE]
    if isinstance(value, int):
        return [integer_token(value)]
    if isinstance(value, float):
        return real_tokens(value)
    if isinstance(value, str):
        return [character_token(character) for character in value]
    if not isinstance(value, list):
        return [OTHER]
    if value and type(value[0]) is int:  # by far the commonest
        return [_EXACT.get(element) or integer_token(element) for element in value]
    tokens: list[int] = []
    for element in value:
        if isinstance(element, list | str):
            tokens.append(OPEN)
            tokens.extend(value_tokens(element))
            tokens.append(CLOSE)
        else:
            tokens.extend(value_tokens(element))
    return tokens


@dataclass(frozen=True)
class Slots:
    """How many tokens of an example's inputs, and of its output, are seen."""

    inputs: int
    outputs: int

    @property
    def width(self) -> int:
        """Both, and how many tokens each would have had without the cut."""
        return self.inputs + self.outputs + 2

    def encode_example(self, inputs: Sequence[Any], output: Any) -> list[int]:
        """One example as `width` integers."""
        before: list[int] = []
        for position, value in enumerate(inputs):
            if position:
                before.append(SEPARATOR)
            before.extend(value_tokens(value))
        after = value_tokens(output)
        return [
            *_fit(before, self.inputs),
            *_fit(after, self.outputs),
            min(len(before), _LONGEST_LENGTH),
            min(len(after), _LONGEST_LENGTH),
        ]

    def encode_examples(self, examples: Iterable[tuple[Sequence[Any], Any]]) -> np.ndarray:
        """int16 [examples, width] from (inputs, output) pairs."""
        rows = [self.encode_example(inputs, output) for inputs, output in examples]
        return np.array(rows, np.int16).reshape(len(rows), self.width)


SLOTS: Mapping[str, Slots] = MappingProxyType({"slots": Slots(14, 14), "texts": Slots(36, 36)})
"""By the name of the encoder that reads them."""


def encoder_for(scalars: Iterable[str]) -> str:
    """The name of the encoder for values of types that are made of these."""
    known = set(scalars)
    shown = {"tower": "towers", "turtle": "drawings", "char": "texts"}
    return next((encoder for scalar, encoder in shown.items() if scalar in known), "slots")


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
