"""Dreams as texts to learn from: a compact prompt of a few examples, and the program in the Python form.

What a model is tuned on is what it is asked later, so tasks are shown to it through the same functions.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine import EngineError
from library.snapshot import Library
from prompts import example_line, render_continue_program
from synthesis.dreaming import Dream

SHOWN_EXAMPLES = 4
SHOWN_CHARACTERS = 110
"""Of all examples together: about 75 tokens. Longer examples teach little more, and cost as much."""

_TELLING = 22
"""Characters of an example that says something and leaves room for others: a list of four to six numbers."""

ExamplePair = tuple[Sequence[Any], Any]


@dataclass(frozen=True)
class Lesson:
    """`prompt` + `completion` is one text; only the completion and its end are learned. `source`: of the
    dream. `share`: how often it is shown, against others of its source. `held_out`: never shown, and measured
    on."""

    prompt: str
    completion: str
    source: str
    share: float
    held_out: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Lesson:
        return cls(**data)


def task_prompt(request: str, examples: Sequence[ExamplePair], rng: random.Random) -> str:
    """The prompt for a task, of different examples drawn by `rng` that fit in SHOWN_CHARACTERS; those that
    are neither trivial nor long are likelier.

    At least one example is shown, however long.
    """
    lines = {example_line(*example): i for i, example in enumerate(examples)}
    order = sorted(lines, key=lambda line: abs(len(line) - _TELLING) * (0.5 + rng.random()))
    chosen: list[int] = []
    left = SHOWN_CHARACTERS
    for line in order:
        if not chosen or len(line) <= left:
            chosen.append(lines[line])
            left -= len(line)
        if len(chosen) == SHOWN_EXAMPLES:
            break
    return render_continue_program(request, [examples[i] for i in sorted(chosen)])


def shortened(prompt: str) -> str:
    """The prompt with its first example only."""
    return "".join(prompt.splitlines(keepends=True)[:2])


def lessons(dreams: Sequence[Dream], library: Library, tempering: float, seed: int) -> list[Lesson]:
    """One lesson for each dream that has a Python form. Shares are the dream's prior to the power of
    `tempering`."""
    rng = random.Random(seed)
    found: list[Lesson] = []
    highest = max((dream.log_prior for dream in dreams), default=0.0)
    for dream in dreams:
        try:
            python = library.python(dream.program, dream.request)
        except EngineError:
            continue
        prompt = task_prompt(dream.request, dream.examples, rng)
        share = math.exp(tempering * (dream.log_prior - highest))
        found.append(Lesson(prompt, python, dream.source, share, dream.held_out))
    return found
