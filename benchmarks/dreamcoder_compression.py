"""DreamCoder's recorded compression problems, beside DreamCoder and Stitch: speed, and its own measure.

Ours: the search with two inversion steps, every candidate typed, rewritten with and measured by likelihood;
CPU seconds of all of it but reading the file, for each abstraction found, the last round, which finds none,
included. DreamCoder's are its recorded milliseconds for each abstraction, at three steps, on 8 CPUs; they
leave its last round out. Each problem has a process of its own.

The measure is DreamCoder's description length in nats, computed here for all three in one way: programs are
rewritten with each abstraction where that makes them more probable, θ refitted. Of Stitch's and DreamCoder's
abstractions the best prefix counts. None of the three retires what the problem's library has. Stitch has
the same arity and number of abstractions. The continuation type of LOGO and towers is not modelled.

Rows of ``wakesleep bench compression``.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.commands.compress import read_corpus
from benchmarks.row import Row
from engine import EngineError, Term
from library.abstraction_sleep import Sleep, State
from library.corpus import Corpus
from library.corpus_compression import CorpusConfig
from library.exports.stitch import terms_from_stitch
from library.likelihood_compression import compress_by_likelihood, sleep_of
from library.stitch_form import with_names

STEPS = 2
RECORDED = "RECORDED.json"


def rows(folder: Path) -> Iterator[Row]:
    recorded: dict[str, Any] = json.loads((folder / RECORDED).read_bytes())
    speeds: list[float] = []
    for problem in sorted(folder.glob("*.json")):
        if problem.name == RECORDED:
            continue
        theirs = recorded.get(problem.name)
        measured = _in_its_own_process(problem)
        if theirs:
            seconds = theirs["milliseconds_per_abstraction"] / 1000
            speeds.append(seconds / (measured["cpu_seconds"] / max(1, measured["abstractions"])))
            detail = {**measured, "dreamcoder_seconds": seconds}
            yield Row(
                f"{problem.stem}: speed", speeds[-1], "x DreamCoder's", floor=100, aim=3000, detail=detail
            )
        others = [nats for nats in (measured["dreamcoder_nats"], measured["stitch_nats"]) if nats is not None]
        name = f"{problem.stem}: nats below the better of DreamCoder and Stitch"
        yield Row(name, min(others) - measured["nats"], "nats", aim=0, detail=measured)
    if speeds:
        median = statistics.median(speeds)
        yield Row("DreamCoder's problems: median speed", median, "x DreamCoder's", floor=300, aim=3000)


def _in_its_own_process(problem: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.dreamcoder_compression", str(problem)]
    root = Path(__file__).resolve().parents[1]
    return json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)


def measured(problem: Path) -> dict[str, Any]:
    """One problem by all three; ``dreamcoder_nats`` is None where nothing is recorded of it."""
    corpus = read_corpus(problem)
    settings = corpus.settings
    if settings is None:
        raise ValueError(f"{problem} is not in DreamCoder's form")
    config = CorpusConfig(STEPS, settings.max_arity, settings.iterations)
    began = time.process_time()
    ours = compress_by_likelihood(corpus, config)
    cpu_seconds = time.process_time() - began
    sleep, start = sleep_of(corpus, config)
    recorded = json.loads(problem.with_name(RECORDED).read_bytes()).get(problem.name)
    theirs = [Term.parse(text) for text in recorded["abstractions"]] if recorded else None
    return {
        "cpu_seconds": cpu_seconds,
        "abstractions": len(ours.found.abstractions),
        "nats_before": start.nats,
        "nats": ours.nats_after,
        "dreamcoder_nats": None if theirs is None else best_prefix(sleep, start, theirs),
        "stitch_nats": best_prefix(sleep, start, _stitch(corpus, config)),
    }


def best_prefix(sleep: Sleep[Term], state: State[Term], abstractions: Sequence[Term]) -> float:
    """The least nats on the way when one is taken after the other; what has no type here is left out."""
    least = state.nats
    for abstraction in abstractions:
        language = state.description.language
        try:
            body = language.eta_long(abstraction.body, language.infer(abstraction.body))
        except EngineError:
            continue
        term = Term.abstraction(body)
        if term not in state.terms:
            state = sleep.rewritten(state, (*state.terms, term), (*state.origins, None), term) or state
            least = min(least, state.nats)
    return least


def _stitch(corpus: Corpus, config: CorpusConfig) -> list[Term]:
    stitch: Any = importlib.import_module("stitch_core")
    # Those that may hold others come last, as with_names wants them.
    known = sorted(corpus.abstractions, key=lambda term: len(str(term)))
    named = [(f"known_{number}", term) for number, term in enumerate(known)]
    programs = [
        (with_names(str(term), named), task) for task, terms in enumerate(corpus.programs) for term in terms
    ]
    found = stitch.compress(
        [text for text, _ in programs],
        tasks=[str(task) for _, task in programs],
        iterations=config.iterations,
        max_arity=config.max_arity,
        threads=1,
        silent=True,
    )
    items = [{"name": each.name, "arity": each.arity, "body": each.body} for each in found.abstractions]
    return list(terms_from_stitch(items, dict(named)).values())


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
