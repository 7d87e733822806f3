"""SyGuS string problems (the PBE-strings track of 2017), each solved within its grammar at 30 CPU seconds.

Two questions. How many of the consistent problems are solved, and are the contradictory ones named? And do
the answers hold for more than their examples: a program found on a problem's short form is run on all
examples of the long forms of the same problem, by an evaluator of its own. A problem's form shows in its
name: `phone-6`, `phone-6_short` and `bikes_small` are short, `phone-6-long` and `phone-6-long-repeat` are
long.

Beside it cvc5 on the same files, where `pip install cvc5==1.4.2` was done; one process a problem, the same
CPU seconds. Data: ``WAKESLEEP_DATA``, or ``../shared/data`` next to the project.

    wakesleep bench sygus
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.commands.errors import InputError
from benchmarks.row import DATA, Row, print_rows
from benchmarks.smt_lib import Function, read_function
from library.snapshot import Library
from synthesis.sygus.printing import print_problem
from synthesis.sygus.problem import PbeExample, Problem
from synthesis.sygus.solving import DOMAIN, checked, solve_problem
from synthesis.task import TaskError, read_problem_file
from synthesis.wake import WakeBudget

SECONDS = 30.0
_LONG = re.compile(r"-long(-repeat)?$")
_SHORT = re.compile(r"_(short|small)$")


@dataclass(frozen=True)
class Answer:
    """What a solver made of one problem; `function` is None where it isn't solved."""

    function: Function | None
    text: str
    cpu_seconds: float


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench sygus", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--problems", type=Path, default=DATA / "sygus", help="a folder of .sl files")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="CPU seconds a problem")
    parser.add_argument("--without-cvc5", action="store_true")
    arguments = parser.parse_args(options)
    paths = sorted(arguments.problems.glob("*.sl"))
    if not paths:
        raise InputError(f"{arguments.problems}: no .sl files; WAKESLEEP_DATA says where the data lies")
    with_cvc5 = not arguments.without_cvc5 and importlib.util.find_spec("cvc5") is not None
    print_rows(rows(paths, arguments.seconds, with_cvc5), arguments.json)


def rows(paths: Sequence[Path], seconds: float, with_cvc5: bool) -> Iterator[Row]:
    """A row a problem as it is solved, then the totals."""
    problems = {path.stem: read_problem_file(path) for path in paths}
    consistent = {name: one for name, one in problems.items() if not one.contradictions()}
    library = Library.initial(DOMAIN)
    answers: dict[str, dict[str, Answer]] = {}
    for path in paths:
        problem = problems[path.stem]
        if path.stem not in consistent:
            yield Row(f"{path.stem}: named contradictory", float(_refused(problem)), "of 1", aim=1)
            continue
        found = {"ours": _ours(problem, library, seconds)}
        if with_cvc5:
            found["cvc5"] = _cvc5(problem, seconds)
        for solver, answer in found.items():
            answers.setdefault(solver, {})[path.stem] = answer
        detail = {
            solver: {"program": one.text, "cpu_seconds": one.cpu_seconds} for solver, one in found.items()
        }
        solved = found["ours"].function is not None
        yield Row(f"{path.stem}: solved", float(solved), "of 1", aim=1, detail=detail)
    for solver, each in answers.items():
        solved = sum(answer.function is not None for answer in each.values())
        times = sorted(answer.cpu_seconds for answer in each.values())
        detail: dict[str, Any] = {"median_cpu_seconds": times[len(times) // 2], "all_cpu_seconds": sum(times)}
        aims = {"floor": 0.85 * len(each), "aim": len(each)} if solver == "ours" else {}
        yield Row(f"solved by {solver}", solved, f"of {len(each)}", **aims, detail=detail)
    for solver, each in answers.items():
        held = {name: _holds(each[name], long) for name, long in short_and_long(consistent, problems).items()}
        if held:
            detail = {"fails": sorted(name for name, holds in held.items() if not holds)}
            yield Row(f"short forms whose program holds for the long, {solver}", sum(held.values()),
                      f"of {len(held)}", detail=detail)  # fmt: skip


def short_and_long(short: Mapping[str, Problem], all_: Mapping[str, Problem]) -> dict[str, list[PbeExample]]:
    """For each short form all examples of its long forms, without those that contradict one another."""
    found: dict[str, list[PbeExample]] = {}
    for name in short:
        if _LONG.search(name):
            continue
        base = _SHORT.sub("", name)
        examples = [
            example
            for long, problem in all_.items()
            if _LONG.search(long) and _LONG.sub("", long) == base
            for example in problem.examples
        ]
        outputs: dict[tuple[object, ...], set[object]] = {}
        for example in examples:
            outputs.setdefault(example.inputs, set()).add(example.output)
        kept = [example for example in examples if len(outputs[example.inputs]) == 1]
        if kept:
            found[name] = kept
    return found


def _holds(answer: Answer, examples: Sequence[PbeExample]) -> bool:
    function = answer.function
    return function is not None and all(function(*one.inputs) == one.output for one in examples)


def _refused(problem: Problem) -> bool:
    try:
        checked(problem, DOMAIN)
    except TaskError as error:
        return error.kind == "contradictory"
    return False


def _ours(problem: Problem, library: Library, seconds: float) -> Answer:
    line = solve_problem(checked(problem, DOMAIN), library, WakeBudget(seconds))
    return _checked(problem, line["sygus"] or "", line["cpu_seconds"])


def _cvc5(problem: Problem, seconds: float) -> Answer:
    """cvc5's answer, from a process that may take so many CPU seconds."""
    limit = max(1, round(seconds))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("cvc5_alone.py"))],
        input=print_problem(problem),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1)),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _checked(problem, done.stdout.strip(), cpu_seconds)


def _checked(problem: Problem, text: str, cpu_seconds: float) -> Answer:
    """An answer counts if the function it defines has every example's value."""
    function = read_function(text) if text.startswith("(define-fun") else None
    answer = Answer(function, text, cpu_seconds)
    return answer if _holds(answer, problem.examples) else Answer(None, text, cpu_seconds)


if __name__ == "__main__":
    main()
