"""A docstring as pages show it: what it says, and apart from that its examples and what stands there anyway.

library/naming.py composes docstrings in one line: type and body where nobody wrote a sentence, examples that
were run, and the tasks that it was learned from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ORIGIN = re.compile(r"\s*Learned from '.*\.$", re.DOTALL)


@dataclass(frozen=True)
class Docstring:
    """`sentence` may be empty; `examples` are calls with what they gave, `f([1]) == [2]`."""

    sentence: str
    examples: tuple[str, ...]


def read(docstring: str, name: str, type: str, python: str) -> Docstring:
    """The parts of an abstraction's docstring. Type, body and origin are left out: the page has them."""
    text = _ORIGIN.sub("", docstring).removeprefix(f"{type}: {python}.")
    example = re.compile(rf"(?:^|(?<=\s))({re.escape(name)}(?:\(.*?\))? == .*?)\.(?=\s|$)")
    examples = tuple(found[1] for found in example.finditer(text))
    return Docstring(" ".join(example.sub("", text).split()), examples)
