"""What language models write, read as programs: never executed, only parsed in the Python form and typed."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from engine import EngineError, Term, Type
from engine.python_form import from_python
from library.snapshot import Library
from synthesis.guide import Sample
from synthesis.samplers import Reply

_LABEL = re.compile(r"^(?:program\s*:|return\b|[a-z_]\w*\s*=(?!=))", re.IGNORECASE)
"""What models put before a program: `Program:`, `return`, `f =`."""


def candidates(reply: str) -> Iterator[str]:
    """Texts within a reply that may be a program, likeliest first: fenced blocks, then the lines in order."""
    blocks = re.findall(r"```[a-zA-Z]*\n?(.*?)(?:```|\Z)", reply, flags=re.DOTALL)
    for block in (*blocks, *reply.splitlines()):
        text = re.sub(_LABEL, "", block.strip(" \t\r\n`")).strip()
        if text:
            yield _as_lambda(text)


def _as_lambda(text: str) -> str:
    """`def f(xs): return …` as a lambda, which models write by habit; any other text as it is."""
    if not text.startswith("def "):
        return text
    try:
        statement = ast.parse(text).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    if isinstance(statement, ast.FunctionDef) and isinstance(statement.body[-1], ast.Return):
        value = statement.body[-1].value
        if len(statement.body) == 1 and value is not None:
            names = ", ".join(argument.arg for argument in statement.args.args)
            return f"lambda {names}: {ast.unparse(value)}"
    return text


def read_program(text: str, library: Library) -> Term | None:
    """The first part of a reply that reads as a program."""
    for candidate in candidates(text):
        try:
            return from_python(candidate, library.surface)
        except EngineError:
            continue
    return None


def well_typed(term: Term, request: str, library: Library) -> Term | None:
    """The term in η-long form, if it has the request's type."""
    try:
        return library.language.eta_long(term, Type.parse(request))
    except EngineError:
        return None


def distinct_samples(programs: Sequence[tuple[Term, Reply]], arrived: int) -> Iterable[Sample]:
    """Each program once, in the order of arrival. Several texts can be one program: their probabilities add
    up.

    Where the server tells no probabilities, the program's share of the replies stands in.
    """
    uses = Counter(program for program, _ in programs)
    texts: dict[Term, dict[str, float | None]] = {}
    for program, reply in programs:
        texts.setdefault(program, {})[reply.text] = reply.log_probability
    for program, by_text in texts.items():
        known = [value for value in by_text.values() if value is not None]
        if len(known) == len(by_text):
            highest = max(known)
            log_probability = highest + math.log(sum(math.exp(value - highest) for value in known))
        else:
            log_probability = math.log(uses[program] / arrived)
        yield Sample(program, min(0.0, log_probability))
