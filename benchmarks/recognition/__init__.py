"""What the recognition network is worth on DreamCoder's 109 list tasks, beside the priors at equal cost.

The network learns from dreams alone, at most 5 CPU minutes of dreaming and training; of the tasks it has
seen nothing but their inputs, which the dreams run on. Then each task is attempted under uniform weights,
under the fitted prior and under the network, all in, and known solutions are ranked under each. "Solved" is
all 15 examples fitted. With `--wake-seconds` each task is first searched for so long under uniform weights,
as a run's first wake does, and what is solved is refitted and replayed.

    wakesleep bench recognition --json

With `--model` a language model takes the network's place: it is tuned on dreams for 30 CPU minutes, and asked
for 64 programs a task.

    wakesleep bench recognition --model .venv-vllm/models/smollm2 --json
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean, median, quantiles
from tempfile import TemporaryDirectory

import engine
from benchmarks.recognition.language_model import ModelOptions, model_rows
from benchmarks.recognition.learning import Learned, Options, learn
from benchmarks.recognition.ranks import COUNTED, Rank, RankTable
from benchmarks.recognition.references import references
from benchmarks.recognition.solving import Outcome, fits, solve
from benchmarks.row import DATA, Row, print_rows
from library.snapshot import Library
from synthesis.dreaming import DreamConfig, make_dreams
from synthesis.guide import Guide
from synthesis.prior import FittedPrior
from synthesis.recognition.guide import NetworkGuide
from synthesis.task import Task, load_tasks

AFTER = (0.1, 1.0, 10.0)
"""CPU seconds a task at which solved tasks are counted."""
SAMPLES = 64
RATIOS = {("uniform", 0.1): (1.5, 3.0), ("fitted", 0.1): (1.15, 2.0)}
"""(guide, CPU seconds) that the network is compared with: (floor, aim)."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="wakesleep bench recognition",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--dream-seconds", type=float, default=100.0, help="CPU seconds of dreaming")
    parser.add_argument("--training-seconds", type=float, default=200.0, help="CPU seconds of training")
    parser.add_argument(
        "--search-seconds", type=float, default=10.0, help="CPU seconds a task, guide included"
    )
    parser.add_argument("--wake-seconds", type=float, default=0.0, help="CPU seconds a task of a first wake")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tasks", type=Path, default=DATA / "tasks" / "list_train.json")
    parser.add_argument(
        "--model", type=Path, help="folder of a language model, measured in the network's place"
    )
    parser.add_argument("--adapter", type=Path, help="a version of it that is tuned already")
    parser.add_argument("--tuning-seconds", type=float, default=1800.0, help="CPU seconds of tuning it")
    given = parser.parse_args(arguments)
    options = Options(given.dream_seconds, given.training_seconds, given.wake_seconds, given.seed)
    try:
        tasks = load_tasks(given.tasks, "list")
    except FileNotFoundError as error:
        parser.error(f"no such file: {error.filename} (WAKESLEEP_DATA and --tasks say where)")
    if given.model is not None:
        print_rows(_model_rows(tasks, given), given.json)
        return
    print_rows(rows(tasks, learn(tasks, options), given.search_seconds, given.seed), given.json)


def _model_rows(tasks: Sequence[Task], given: argparse.Namespace) -> Iterator[Row]:
    library = Library.initial("list")
    dreaming = DreamConfig(cpu_seconds=given.dream_seconds, seed=given.seed)
    with TemporaryDirectory() as work:
        options = ModelOptions(given.model, Path(work), given.tuning_seconds, given.adapter, given.seed)
        dreams = () if given.adapter is not None else make_dreams(library, [], tasks, dreaming).dreams
        yield from model_rows(tasks, library, dreams, options)


def rows(tasks: Sequence[Task], learned: Learned, cpu_seconds: float, seed: int) -> Iterator[Row]:
    """The figures, as they come."""
    metrics = learned.network.metrics.to_json()
    detail = {"dreams": learned.dreams.yields.to_json(), "training": metrics}
    yield Row("dreams and training", learned.cpu_seconds, "CPU-seconds", floor=300.0, detail=detail)
    if learned.frontiers:
        yield Row("solved in the first wake", len(learned.frontiers), "tasks")
    guides = _guides(learned, seed)
    outcomes: dict[str, Outcome] = {}
    for name, guide in guides.items():
        outcomes[name] = solve(learned.library, tasks, guide, cpu_seconds)
        yield from _solved(name, outcomes[name], cpu_seconds, learned)
    yield Row(
        "the network's own time", 1000 * outcomes["network"].guide_cpu_seconds, "CPU-ms a task", aim=5.0
    )
    yield from _compared(outcomes)
    yield from _sampled(tasks, learned, seed)
    yield from _ranks(tasks, learned.library, guides, outcomes)


def _guides(learned: Learned, seed: int) -> dict[str, Guide]:
    language = learned.library.language
    return {
        "uniform": FittedPrior(engine.Grammar.uniform(language)),
        "fitted": FittedPrior(engine.Grammar(language, learned.prior)),
        "network": NetworkGuide(learned.library, learned.network.network, seed=seed),
    }


def _solved(name: str, outcome: Outcome, cpu_seconds: float, learned: Learned) -> Iterator[Row]:
    known = {frontier.task for frontier in learned.frontiers}
    for seconds in (after for after in AFTER if after <= cpu_seconds):
        in_time = [task for task, found in outcome.found.items() if found.cpu_seconds <= seconds]
        new = {"not solved in the first wake": len([t for t in in_time if t not in known])} if known else {}
        yield Row(f"solved at {seconds:g} CPU-seconds, {name}", len(in_time), "tasks", detail=new)


def _sampled(tasks: Sequence[Task], learned: Learned, seed: int) -> Iterator[Row]:
    """What samples are worth without a search: more of them than the guide draws when it searches as well."""
    guide = NetworkGuide(learned.library, learned.network.network, SAMPLES, seed)
    guidances = [guide.guide(task) for task in tasks]
    fitting = {
        task.name: str(sample.program)
        for task, guidance in zip(tasks, guidances, strict=True)
        for sample in reversed(guidance.samples)
        if fits(learned.library, task, sample.program)
    }
    milliseconds = 1000 * mean(guidance.cpu_seconds for guidance in guidances)
    detail = {"cpu_ms_a_task": milliseconds, "programs": fitting}
    yield Row(f"solved in {SAMPLES} samples, network", len(fitting), "tasks", aim=27.0, detail=detail)
    valid = sum(guidance.valid for guidance in guidances) / (SAMPLES * len(tasks))
    yield Row("samples that are programs, network", valid, "of all drawn")


def _compared(outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    for (other, seconds), (floor, aim) in RATIOS.items():
        ratio = outcomes["network"].solved(seconds) / max(1, outcomes[other].solved(seconds))
        yield Row(
            f"network over {other}, solved at {seconds:g} CPU-seconds", ratio, "times", None, floor, aim
        )


def _ranks(
    tasks: Sequence[Task], library: Library, guides: Mapping[str, Guide], outcomes: Mapping[str, Outcome]
) -> Iterator[Row]:
    """Known solutions: the references that fit, and whatever any of the guides found. A task's rank under a
    guide is that of the one it likes best."""
    known = {task.name: _known(task, library, outcomes) for task in tasks}
    medians: dict[str, float] = {}
    for name, guide in guides.items():
        tables: dict[str, RankTable] = {}
        ranks: list[Rank] = []
        for task in (task for task in tasks if known[task.name]):
            grammar = guide.guide(task).grammar
            assert grammar is not None  # all three have one
            key = task.name if name == "network" else task.request  # the priors are the same for every task
            if key not in tables:
                tables[key] = RankTable(grammar, engine.Type.parse(task.request))
            ranks.append(tables[key].rank(known[task.name]))
        medians[name] = median(rank.log10 for rank in ranks)
        yield Row(
            f"median rank of known solutions, {name}",
            medians[name],
            "log10 programs",
            detail={
                "tasks": len(ranks),
                "counted": sum(rank.counted for rank in ranks),
                "counted_up_to": COUNTED,
                "quartiles": quantiles((rank.log10 for rank in ranks), n=4),
                "within": {f"1e{n}": sum(rank.log10 <= n for rank in ranks) for n in (4, 5, 6)},
            },
        )
    gain = 10 ** (medians["fitted"] - medians["network"])
    yield Row("median rank, fitted over network", gain, "times", aim=10.0)


def _known(task: Task, library: Library, outcomes: Mapping[str, Outcome]) -> list[engine.Term]:
    request = engine.Type.parse(task.request)
    written = [library.language.eta_long(engine.Term.parse(text), request) for text in references(task.name)]
    found = [outcome.found[task.name].program for outcome in outcomes.values() if task.name in outcome.found]
    return [program for program in written if fits(library, task, program)] + found
