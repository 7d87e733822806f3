"""What the recognition network is worth on DreamCoder's list tasks: dreams, training, samples, guided search.

Prints one JSON object. With `--wake-seconds 0` nothing at all was learned from the tasks but their inputs;
otherwise each task is first searched for so long under uniform weights, as a run's first wake does, and what
is solved is refitted and replayed. Data: `WAKESLEEP_DATA`, or `../shared/data` next to the project.

    wakesleep bench recognition --wake-seconds 0.3
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

import engine
from benchmarks.row import DATA
from library.snapshot import Library
from synthesis.dreaming import DreamConfig, make_dreams
from synthesis.frontier import Entry, Frontier
from synthesis.prior import fit_prior
from synthesis.recognition.guide import NetworkGuide
from synthesis.recognition.training import TrainingConfig, TrainingProgress, train
from synthesis.task import Task, load_tasks

Solve = Callable[[Task], engine.Term | None]


def search(task: Task, grammar: engine.Grammar, cpu_seconds: float) -> engine.Term | None:
    """The best program found within so many CPU seconds."""
    examples = [(example.inputs, example.output) for example in task.examples]
    budget = engine.Budget(cpu_seconds=cpu_seconds, keep=1)
    solutions = grammar.search(engine.Type.parse(task.request), examples, budget).solutions
    return solutions[0][0] if solutions else None


def fits(library: Library, task: Task, term: engine.Term) -> bool:
    outputs = library.language.evaluate(term, engine.Type.parse(task.request), task.inputs)
    return outputs == [example.output for example in task.examples]


def solved(tasks: list[Task], solve: Solve) -> dict[str, str]:
    found = {task.name: solve(task) for task in tasks}
    return {name: str(term) for name, term in found.items() if term is not None}


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench recognition", description=__doc__)
    parser.add_argument("--json", action="store_true", help="as always: one JSON object on standard output")
    parser.add_argument("--dream-seconds", type=float, default=60.0, help="CPU seconds of dreaming")
    parser.add_argument("--training-seconds", type=float, default=90.0, help="CPU seconds of training")
    parser.add_argument(
        "--search-seconds", type=float, default=1.0, help="CPU seconds a task for each search"
    )
    parser.add_argument("--wake-seconds", type=float, default=0.0, help="CPU seconds a task of a first wake")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(options)

    tasks = load_tasks(DATA / "tasks" / "list_train.json", "list")
    library = Library.initial("list")
    uniform = engine.Grammar.uniform(library.language)

    frontiers: list[Frontier] = []
    if arguments.wake_seconds:
        for task in tasks:
            term = search(task, uniform, arguments.wake_seconds)
            if term is not None:
                log_prior = library.grammar.log_likelihood(term, engine.Type.parse(task.request))
                frontiers.append(
                    Frontier(task.name, task.request, (Entry(str(term), log_prior, 0.0, "prior", 1),))
                )

    dreams = make_dreams(
        library, frontiers, tasks, DreamConfig(cpu_seconds=arguments.dream_seconds, seed=arguments.seed)
    )
    print(f"dreams: {dreams.yields}", file=sys.stderr, flush=True)
    prior = fit_prior(library, frontiers, [(dream.program, dream.request) for dream in dreams.of("fantasy")])
    result = train(
        dreams,
        library,
        prior,
        TrainingConfig(cpu_seconds=arguments.training_seconds, seed=arguments.seed),
        lambda progress: print(_line(progress), file=sys.stderr, flush=True),
    )

    guide = NetworkGuide(library, result.network, arguments.samples, arguments.seed)
    guidances = {task.name: guide.guide(task) for task in tasks}

    def sampled(task: Task) -> engine.Term | None:
        samples = guidances[task.name].samples
        return next((s.program for s in samples if fits(library, task, s.program)), None)

    seconds = arguments.search_seconds
    fitted = engine.Grammar(library.language, prior)
    began = time.process_time()
    by = {
        "samples": solved(tasks, sampled),
        "head": solved(tasks, lambda task: search(task, guidances[task.name].grammar or uniform, seconds)),
        "fitted": solved(tasks, lambda task: search(task, fitted, seconds)),
        "uniform": solved(tasks, lambda task: search(task, uniform, seconds)),
    }
    known = {frontier.task for frontier in frontiers}
    report = {
        "tasks": len(tasks),
        "first_wake_solved": len(known),
        "dreams": dreams.yields.to_json(),
        "training": result.metrics.to_json(),
        "solved": {name: len(programs) for name, programs in by.items()},
        "solved_new": {name: len(programs.keys() - known) for name, programs in by.items()},
        "solved_samples_or_head": len(by["samples"].keys() | by["head"].keys()),
        "samples_valid": sum(g.valid for g in guidances.values())
        / sum(g.requested for g in guidances.values()),
        "samples_distinct": sum(len(g.samples) for g in guidances.values()) / len(tasks),
        "guide_cpu_seconds": sum(g.cpu_seconds for g in guidances.values()) / len(tasks),
        "evaluation_cpu_seconds": time.process_time() - began,
        "programs": by["samples"],
    }
    json.dump(report, sys.stdout, indent=1)
    print()


def _line(progress: TrainingProgress) -> str:
    held = progress.held_out
    replays = (
        "" if held.prior_replays is None else f", replays {held.prior_replays:.2f} {held.decoder_replays:.2f}"
    )
    return (
        f"{progress.cpu_seconds:6.1f} s  step {progress.step}  loss {progress.loss:.2f}  held out: "
        f"prior {held.prior:.2f} grammar {held.grammar:.2f} decoder {held.decoder:.2f}{replays}"
    )


if __name__ == "__main__":
    main()
