"""What abstraction search costs as the corpus grows: CPU seconds and peak memory, 1,000 to 100,000 programs.

The corpora are synthetic_corpus's. Each is read and compressed in a process of its own, in one piece and in
shards, one after the other; with ``--workers`` shards run side by side, and the CPU seconds are those of all
processes. The growth exponent between two sizes is the slope between them on a log-log plot: 1 is linear.
Drawing the 100,000 programs takes minutes and isn't counted.

    wakesleep bench compression-scale
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from app.commands.compress import read_corpus
from benchmarks.line_chart import Chart, Series
from benchmarks.row import Row, print_rows
from library.corpus_compression import CorpusConfig
from library.sharding import compress_in_shards

_MIB_PER_UNIT = 1 / (1 << 20) if sys.platform == "darwin" else 1 / (1 << 10)  # of ru_maxrss

Measured = dict[str, float]
"""``cpu_seconds`` of reading and compressing, ``peak_mib`` of the largest process whole, ``ratio``,
``complete``, and the number of ``abstractions``.
"""


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench compression-scale", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 8])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--inversion-steps", type=int, default=0)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--seconds", type=float, help="CPU seconds of each compression")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="draw seconds and memory against size")
    parser.add_argument("--only", type=Path, metavar="CORPUS", help=argparse.SUPPRESS)
    arguments = parser.parse_args(options)
    if arguments.only:
        print(json.dumps(_compress(arguments)))
        return
    print_rows(rows(arguments), arguments.json)


def rows(arguments: argparse.Namespace) -> Iterator[Row]:
    measured: dict[int, dict[int, Measured]] = {shards: {} for shards in arguments.shards}
    with tempfile.TemporaryDirectory() as folder:
        for size in arguments.sizes:
            path = Path(folder) / f"{size}.json"
            _run(["benchmarks.synthetic_corpus", str(size), str(path)])
            for shards in arguments.shards:
                found = measured[shards][size] = _in_its_own_process(path, shards, arguments)
                name = f"{size:,} programs, {_pieces(shards)}"
                yield Row(f"{name}: CPU", found["cpu_seconds"], "s", detail=dict(found))
                yield Row(f"{name}: peak memory", found["peak_mib"], "MiB")
    for shards, by_size in measured.items():
        for small, large in pairwise(sorted(by_size)):
            for what, key in (("CPU", "cpu_seconds"), ("peak memory", "peak_mib")):
                slope = math.log(by_size[large][key] / by_size[small][key]) / math.log(large / small)
                yield Row(f"{small:,} to {large:,}, {_pieces(shards)}: growth of {what}", slope, "exponent")
    if arguments.plot:
        _plot(measured, arguments.plot)


def _pieces(shards: int) -> str:
    return "one piece" if shards == 1 else f"{shards} shards"


def _in_its_own_process(path: Path, shards: int, arguments: argparse.Namespace) -> Measured:
    command = ["benchmarks.compression_scale", "--only", str(path)]
    command += ["--shards", str(shards), "--workers", str(arguments.workers)]
    command += ["--inversion-steps", str(arguments.inversion_steps)]
    command += ["--iterations", str(arguments.iterations)]
    if arguments.seconds is not None:
        command += ["--seconds", str(arguments.seconds)]
    return json.loads(_run(command))


def _run(command: list[str]) -> bytes:
    """What a module prints. Nothing large is held here: Linux counts our peak as the process's own."""
    root = Path(__file__).resolve().parents[1]
    started = [sys.executable, "-m", *command]
    return subprocess.run(started, cwd=root, check=True, stdout=subprocess.PIPE).stdout


def _compress(arguments: argparse.Namespace) -> Measured:
    config = CorpusConfig(
        inversion_steps=arguments.inversion_steps, iterations=arguments.iterations, seconds=arguments.seconds
    )
    workers, (shards,) = arguments.workers, arguments.shards
    imported = time.process_time()
    pool = ProcessPoolExecutor(workers, get_context("spawn")) if workers > 1 else nullcontext()
    with pool as executor:
        found = compress_in_shards(read_corpus(arguments.only).programs, config, shards, executor, workers)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "cpu_seconds": sum(each.ru_utime + each.ru_stime for each in used) - imported,
        "peak_mib": max(each.ru_maxrss for each in used) * _MIB_PER_UNIT,
        "ratio": found.cost_before / max(1, found.cost_after),
        "abstractions": len(found.abstractions),
        "complete": found.complete,
    }


def _plot(measured: dict[int, dict[int, Measured]], path: Path) -> None:
    def series(key: str) -> list[Series]:
        return [
            Series(_pieces(shards), [(size, found[key]) for size, found in sorted(by_size.items())])
            for shards, by_size in measured.items()
        ]

    charts = [
        Chart("CPU seconds", "programs", series("cpu_seconds")),
        Chart("Peak memory, MiB", "programs", series("peak_mib")),
    ]
    path.write_text(Chart.side_by_side(charts))


if __name__ == "__main__":
    main()
