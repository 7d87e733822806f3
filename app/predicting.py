"""A kept program run on new inputs: what the API's predict and the dashboard's try-it box both do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.errors import Unprocessable
from engine import Term, Type
from library.snapshot import Library
from synthesis.value import ValueProblem, conforming


def predict(library: Library, program: str, request: str, inputs: Sequence[Sequence[Any]]) -> list[Any]:
    """An output for each case, or the engine's Failure. `inputs`: JSON, one list of arguments a case.

    Raises Unprocessable, naming the case, where one isn't of the request's types.
    """
    type_ = Type.parse(request)
    cases = [_case(case, type_, number) for number, case in enumerate(inputs, start=1)]
    return library.language.evaluate(Term.parse(program), type_, cases)


def _case(case: Sequence[Any], request: Type, number: int) -> list[Any]:
    if len(case) != len(request.arguments):
        raise Unprocessable(
            f"case {number} has {len(case)} arguments; {request} takes {len(request.arguments)}", case=number
        )
    try:
        return [conforming(value, str(type_)) for value, type_ in zip(case, request.arguments, strict=True)]
    except ValueProblem as problem:
        raise Unprocessable(f"case {number}: {problem}", case=number) from None
