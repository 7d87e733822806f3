"""Whether the laws of motion and of gravitation come out of simulated trajectories, and how fast.

Bodies fall, swing on springs and orbit one another (``library.domains.trajectories``); from their positions
alone tasks are made, and the physics domain's deduction and search are asked for each in turn, from nothing
learned: what was found for the ones before is what the fitted prior is fitted to. A row is the CPU seconds
that wake took for a program. Its detail has the program as a formula, whether SymPy finds that equivalent to
the law, and the largest relative error on the trajectories of another seed.

    wakesleep bench newton --json
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from benchmarks.row import Row, print_rows
from engine import Failure, Grammar, Term, Type
from library.domain import get_domain
from library.domains.trajectories import Sought, sought_laws
from library.exports.formula import formula_of
from library.formulas import equivalent
from library.snapshot import Library
from synthesis.deduction import deduction_guides
from synthesis.frontier import Frontier
from synthesis.prior import FittedPrior, fit_prior
from synthesis.report import Attempt
from synthesis.task import parse_task
from synthesis.wake import WakeBudget, wake

SECONDS = 30.0
AIM = 5.0  # CPU seconds
_LANGUAGE = get_domain("physics").language()


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench newton", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="CPU seconds for each law")
    parser.add_argument("--seed", type=int, default=0, help="of the trajectories")
    arguments = parser.parse_args(options)
    print_rows(rows(arguments.seconds, arguments.seed), arguments.json)


def rows(seconds: float, seed: int) -> Iterator[Row]:
    """A row for each law: CPU seconds, or false where nothing was found."""
    library = Library.initial("physics")
    solved: list[Frontier] = []
    for sought, unseen in zip(sought_laws(seed), sought_laws(seed + 1), strict=True):
        guide = FittedPrior(Grammar(library.language, fit_prior(library, solved, [])))
        guides = [*deduction_guides(library), guide]
        attempt = wake(parse_task(sought.task, "physics"), library, guides, WakeBudget(seconds))
        if attempt.entries:
            solved.append(Frontier(attempt.task, attempt.request).with_entries(attempt.entries))
        yield row_of(sought, unseen, attempt)


def row_of(sought: Sought, unseen: Sought, attempt: Attempt) -> Row:
    """``unseen`` has the same law's examples from other trajectories."""
    name = sought.task["name"]
    if not attempt.entries:
        return Row(f"{name}: found", False, "", detail={"programs": attempt.programs})
    program, request = Term.parse(attempt.entries[0].program), Type.parse(attempt.request)
    formula = formula_of(program, request, _LANGUAGE, sought.names)
    types = dict(zip(sought.names, map(str, request.arguments), strict=True))
    detail = {
        "formula": formula,
        "law": sought.law,
        "equivalent": equivalent(formula, sought.law, types, sought.up_to_constant),
        "largest_error_elsewhere": largest_error(program, request, unseen),
        "program": str(program),
        "programs": attempt.programs,
    }
    return Row(f"{name}: {formula}", attempt.cpu_seconds, "CPU s", aim=AIM, detail=detail)


def largest_error(program: Term, request: Type, unseen: Sought) -> float:
    """Of the program's outputs on these examples, relative to what is wanted."""
    outputs = _LANGUAGE.evaluate(program, request, [example["inputs"] for example in unseen.task["examples"]])
    return max(
        float("inf") if isinstance(output, Failure) else abs(output / example["output"] - 1)
        for output, example in zip(outputs, unseen.task["examples"], strict=True)
    )


if __name__ == "__main__":
    main()
