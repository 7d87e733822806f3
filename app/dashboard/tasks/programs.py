"""Programs as the page of their task shows them: in both forms, by the library's names and written out, with
what they give on the task's examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.dashboard.links import abstraction_path
from app.dashboard.tasks.queries import AbstractionLine, TaskQueries
from app.db.models import TaskRow
from app.db.repositories.tasks import KeptProgram
from app.surface import formula_form, initial_library, python_form
from engine import EngineError, Failure, Term, Type
from library.domain import get_domain
from library.snapshot import Library

#: A program is run on so many of its task's examples for the page that shows it.
CHECKED = 200


@dataclass(frozen=True)
class Form:
    """A program's text in both languages; `python` is None where it has no form there."""

    python: str | None
    lambdas: str


@dataclass(frozen=True)
class Given:
    """What a program gives for one example: an output, or why there is none; `right`: as the example has it,
    to the domain's tolerance."""

    output: Any
    error: str | None
    right: bool


@dataclass(frozen=True)
class ShownProgram:
    """`share`: its part of the kept programs' posterior. `uses`: learned functions, its own before those
    inside of them. `expanded`: without them; None where it uses none. `given`: on the examples shown;
    `wrong`: of the first CHECKED, those that it gets wrong."""

    rank: int
    kept: KeptProgram
    share: float
    named: Form
    expanded: Form | None
    formula: str | None
    uses: tuple[AbstractionLine, ...]
    given: tuple[Given, ...]
    wrong: int


@dataclass(frozen=True)
class Frontier:
    """A task's programs, best first; `addresses`: of the pages of the learned functions, by name."""

    programs: tuple[ShownProgram, ...]
    addresses: Mapping[str, str]


def shown_programs(
    queries: TaskQueries, task: TaskRow, kept: Sequence[KeptProgram], library: Library, examples: slice
) -> Frontier:
    """The programs, run on these of the task's examples."""
    terms = [Term.parse(each.entry.program) for each in kept]
    used = list(dict.fromkeys(part for term in terms for part in term.abstractions))
    known = queries.abstractions(task.domain, used) if used else {}
    names = {abstraction.term: abstraction.name for abstraction in library.abstractions}
    shares = _shares([each.entry.log_posterior for each in kept])
    programs: list[ShownProgram] = []
    for rank, (each, term, share) in enumerate(zip(kept, terms, shares, strict=True), start=1):
        parts = term.abstractions
        programs.append(
            ShownProgram(
                rank,
                each,
                share,
                Form(_python(task, each.entry.program, library), with_names(str(term), library)),
                _expanded(task, term) if parts else None,
                formula_form(task.domain, each.entry.program, task.request, library),
                tuple(known[part] for part in parts if part in known),
                given_by(library, term, task, examples),
                sum(not given.right for given in given_by(library, term, task, slice(0, CHECKED))),
            )
        )
    addresses = {names[part]: abstraction_path(line.id) for part, line in known.items() if part in names}
    return Frontier(tuple(programs), addresses)


def given_by(library: Library, term: Term, task: TaskRow, examples: slice) -> tuple[Given, ...]:
    """What a program gives on some of a task's examples; nothing at all where it isn't of their type."""
    chosen, request = task.examples[examples], Type.parse(task.request)
    try:
        outputs = library.language.evaluate(term, request, [example["inputs"] for example in chosen])
    except EngineError as error:
        return tuple(Given(None, str(error), False) for _ in chosen)
    likelihood, returns = get_domain(task.domain).likelihood, request.returns
    given: list[Given] = []
    for output, example in zip(outputs, chosen, strict=True):
        if isinstance(output, Failure):
            given.append(Given(None, output.reason, False))
            continue
        try:
            right = likelihood.score(output, example["output"], returns) > -math.inf
        except EngineError:
            right = False
        given.append(Given(output, None, right))
    return tuple(given)


def with_names(program: str, library: Library) -> str:
    """The λ form with the library's names for what was learned."""
    for abstraction in sorted(library.abstractions, key=lambda each: -len(each.body)):
        if "#(" not in program:
            break
        program = program.replace(str(abstraction.term), abstraction.name)
    return program


def _expanded(task: TaskRow, term: Term) -> Form:
    flat = str(term.beta_normal(inline=True))
    return Form(_python(task, flat, initial_library(task.domain)), flat)


def _python(task: TaskRow, program: str, library: Library) -> str | None:
    try:
        return python_form(task.domain, program, task.request, library)
    except EngineError:  # too deep for Python, or with a primitive that has no form there
        return None


def _shares(log_posteriors: Sequence[float]) -> list[float]:
    if not log_posteriors:
        return []
    best = max(log_posteriors)
    weights = [math.exp(each - best) for each in log_posteriors]
    return [weight / sum(weights) for weight in weights]
