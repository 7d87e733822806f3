"""The compact prompt: a text that a small model, tuned on this library, goes on from to the program.

It lists no functions, because a model tuned on a library's dreams knows them, and spells values without
spaces, because prompt tokens are most of what tuning on a CPU costs. The program follows as the last line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prompts.propose_program import ExampleNote

CONTINUE_PROGRAM_VERSION = 1


def render_continue_program(request: str, examples: Sequence[ExampleNote]) -> str:
    """One line for the request and one for each example; the reply is the program."""
    lines = [request.replace(" ", ""), *(example_line(inputs, output) for inputs, output in examples)]
    return "".join(f"{line}\n" for line in lines)


def example_line(inputs: Sequence[Any], output: Any) -> str:
    """`[3,1]=[1,3]`; several inputs are joined by `;`."""
    return ";".join(map(_value, inputs)) + "=" + _value(output)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_value, value))}]"
    return repr(value)
