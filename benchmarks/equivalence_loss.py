"""What sampled equivalence loses: tasks derived from sampled programs, searched up to the program's cost.

Prints one JSON object: for each request and number of samples, how many tasks were searched to the end, for
how many nothing was found (`lost`), and for how many only something costlier than the program (`costlier`).
A search that merges nothing wrongly finds a solution no costlier than the program for each of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np

from engine import Budget, Failure, Grammar, Limits, SearchConfig, Type
from library.domain import get_domain

REQUESTS = [
    "list(int) -> int",
    "list(int) -> bool",
    "list(int) -> list(int)",
    "list(int) -> list(bool)",
    "list(int) -> list(list(int))",
    "list(list(int)) -> list(int)",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=50, help="for each request")
    parser.add_argument("--least-nats", type=float, default=12.0)
    parser.add_argument("--nats", type=float, default=20.0)
    parser.add_argument("--samples", type=int, nargs="+", default=[32, 48])
    parser.add_argument("--examples", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=5.0, help="CPU seconds of a search")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    grammar = Grammar.uniform(get_domain("list").language())
    rows: list[dict[str, object]] = []
    for text in REQUESTS:
        request = Type.parse(text)
        tasks = derived(grammar, request, arguments)
        for samples in arguments.samples:
            config = SearchConfig(equivalence="sampled", samples=samples)
            searched = lost = costlier = 0
            for program, cost, examples in tasks:
                budget = Budget(cpu_seconds=arguments.seconds, nats=cost + 1e-6, slack_nats=0, keep=1)
                result = grammar.search(request, examples, budget, config=config)
                if result.stopped == "seconds":
                    continue
                searched += 1
                if not result.solutions:
                    lost += 1
                    print(f"{samples} samples lose {program}", file=sys.stderr)
                elif result.solutions[0][1] > cost + 1e-9:
                    costlier += 1
            rows.append(
                {
                    "request": text,
                    "samples": samples,
                    "tasks": len(tasks),
                    "searched": searched,
                    "lost": lost,
                    "costlier": costlier,
                }
            )
    print(json.dumps({"nats": [arguments.least_nats, arguments.nats], "rows": rows}))


Derived = tuple[str, float, list[tuple[tuple[Any, ...], Any]]]


def derived(grammar: Grammar, request: Type, arguments: argparse.Namespace) -> list[Derived]:
    """Programs whose outputs differ between the inputs, with their cost and examples; none fails on many."""
    generator = np.random.default_rng(arguments.seed)
    nested = str(request).startswith("list(list(int))")
    seen: dict[str, Derived] = {}
    for program, log_probability in grammar.sample(request, 4000 * arguments.tasks, arguments.seed):
        if len(seen) == arguments.tasks:
            break
        if not arguments.least_nats <= -log_probability < arguments.nats:
            continue
        lists = [
            generator.integers(-2, 12, generator.integers(0, 7)).tolist()
            for _ in range(3 * arguments.examples)
        ]
        inputs = [(lists[3 * i : 3 * i + 3] if nested else lists[i],) for i in range(arguments.examples)]
        outputs = grammar.language.evaluate(program, request, inputs, Limits(fuel=3_000))
        examples = [pair for pair in zip(inputs, outputs, strict=True) if not isinstance(pair[1], Failure)]
        if len(examples) * 2 < len(inputs) or len({repr(output) for _, output in examples}) < 3 - (
            str(request.returns) == "bool"
        ):
            continue
        seen[str(program)] = (str(program), -log_probability, examples)
    return list(seen.values())


if __name__ == "__main__":
    main()
