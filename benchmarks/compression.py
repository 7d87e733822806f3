"""Stitch's corpora, compressed by the abstraction search and by Stitch itself, side by side; then
DreamCoder's recorded problems (``dreamcoder_compression``).

Each corpus is read and compressed by either in a process of its own, one after the other, on one thread, with
Stitch's settings (``inversion_steps`` 0, the same arity and number of abstractions). Ratios are the cost of
the programs before over the cost of the rewritten ones, both on Stitch's costs and computed here. Needs
``pip install stitch-core==0.1.29``. Data: ``WAKESLEEP_DATA``, or ``../shared/data`` next to the project.

    wakesleep bench compression
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from app.commands.compress import compress, read_corpus
from app.commands.errors import InputError
from benchmarks import dreamcoder_compression
from benchmarks.row import DATA, Row, print_rows
from engine import Term
from library.corpus_compression import CorpusConfig
from library.stitch_form import cost

ARITY = {"bridge": 2}
"""Where it isn't 3: Stitch's published run on bridge has 2."""
ITERATIONS = 10
_MIB_PER_UNIT = 1 / (1 << 20) if sys.platform == "darwin" else 1 / (1 << 10)  # of ru_maxrss

Measured = dict[str, float]
"""``cpu_seconds`` of reading and compressing, ``ratio``, and ``peak_mib`` of the whole process. Linux counts
the peak of the process that started it too, about 45 MiB: less is not seen.
"""


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench compression", description=__doc__)
    parser.add_argument("--json", action="store_true")
    # What the processes that measure one corpus are started with:
    parser.add_argument("--only", choices=("ours", "stitch"), help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(options)
    if arguments.only:
        print(json.dumps(_measured(arguments.only, arguments.corpus)))
        return
    if importlib.util.find_spec("stitch_core") is None:
        raise InputError("bench compression compares with Stitch: pip install stitch-core==0.1.29")
    corpora = sorted((DATA / "corpora").glob("*.json"))
    if not corpora:
        raise InputError(f"{DATA / 'corpora'}: no corpora; WAKESLEEP_DATA says where the data lies")
    recorded = dreamcoder_compression.rows(DATA / "dreamcoder_compression")
    print_rows(chain(rows(corpora), recorded), arguments.json)


def rows(corpora: Sequence[Path]) -> Iterator[Row]:
    for corpus in corpora:
        ours, stitch = (_in_its_own_process(which, corpus) for which in ("ours", "stitch"))
        detail = {"ours": ours, "stitch": stitch, "max_arity": _arity(corpus), "iterations": ITERATIONS}
        times = ours["cpu_seconds"] / stitch["cpu_seconds"]
        yield Row(f"{corpus.stem}: CPU", times, "x Stitch's", floor=3, aim=1, detail=detail)
        memory = ours["peak_mib"] / stitch["peak_mib"]
        yield Row(f"{corpus.stem}: peak memory", memory, "x Stitch's", aim=1)
        yield Row(f"{corpus.stem}: ratio", ours["ratio"], "x shorter", aim=stitch["ratio"])


def _in_its_own_process(which: str, corpus: Path) -> Measured:
    command = [sys.executable, "-m", "benchmarks.compression", "--only", which, "--corpus", str(corpus)]
    root = Path(__file__).resolve().parents[1]
    return json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)


def _measured(which: str, corpus: Path) -> Measured:
    run: Callable[[Path], list[str]] = {"ours": _ours, "stitch": _stitch}[which]
    began = time.process_time()
    rewritten = run(corpus)
    cpu_seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MIB_PER_UNIT
    before = sum(cost(term) for programs in read_corpus(corpus).programs for term in programs)
    ratio = before / sum(cost(Term.parse(text)) for text in rewritten)
    return {"cpu_seconds": cpu_seconds, "peak_mib": peak, "ratio": ratio}


def _ours(corpus: Path) -> list[str]:
    config = CorpusConfig(max_arity=_arity(corpus), iterations=ITERATIONS)
    return compress(read_corpus(corpus).programs, config)["rewritten"]


def _stitch(corpus: Path) -> list[str]:
    stitch: Any = importlib.import_module("stitch_core")
    programs = json.loads(corpus.read_bytes())
    found = stitch.compress(programs, iterations=ITERATIONS, max_arity=_arity(corpus), threads=1, silent=True)
    return found.rewritten


def _arity(corpus: Path) -> int:
    return ARITY.get(corpus.stem, 3)


if __name__ == "__main__":
    main()
