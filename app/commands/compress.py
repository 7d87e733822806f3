"""`wakesleep compress`: the abstractions that make a corpus of programs shorter.

By size, on Stitch's costs: a corpus is just terms. By likelihood: DreamCoder's description length in nats,
which takes a corpus with types and weights. (A run's own abstraction sleep is library.compression.)
"""

from __future__ import annotations

import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from app.commands.errors import InputError
from engine import Term
from library import version_space_compression
from library.corpus import Corpus, parse_corpus
from library.corpus_compression import CorpusConfig
from library.likelihood_compression import compress_by_likelihood
from library.sharding import compress_in_shards

_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass(frozen=True)
class How:
    """``method``: the search, or version-space; ``objective``: size, likelihood, or what suits the corpus."""

    method: str = "search"
    objective: str | None = None
    shards: int = 1
    workers: int = 1

    def check(self, config: CorpusConfig) -> None:
        """Raises InputError for a combination that there isn't."""
        if self.method == "version-space" and self.objective == "likelihood":
            raise InputError("--method version-space counts nodes: leave out --objective likelihood")
        if self.method == "version-space" and config.seconds is not None:
            raise InputError("--method version-space is bounded in memory, and has no --seconds")
        if self.shards > 1 and (self.method == "version-space" or self.objective == "likelihood"):
            raise InputError("only --method search with --objective size works in --shards or with --workers")


def run(path: Path, config: CorpusConfig, how: How, as_json: bool) -> None:
    """Print the result as one object, or for people. Raises InputError for a corpus that can't be read, and
    for what it can't be asked.
    """
    how.check(config)
    corpus = read_corpus(path)
    objective = how.objective or _suitable_objective(corpus, config, how)
    if objective == "likelihood" and not corpus.typed:
        raise InputError(f"{path}: --objective likelihood needs types, but {corpus.untyped}")
    started = time.process_time()
    if how.method == "version-space":
        result = version_space_compression.compress(
            corpus.programs, config.inversion_steps, config.max_arity, config.iterations
        )
    elif objective == "likelihood":
        lowered = compress_by_likelihood(corpus, config)
        result = lowered.found.to_json()
        result |= {"nats_before": lowered.nats_before, "nats_after": lowered.nats_after}
    else:
        result = compress(corpus.programs, config, how.shards, how.workers)
    result["objective"] = objective
    here, elsewhere = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    result["cpu_seconds"] = time.process_time() - started + elsewhere.ru_utime + elsewhere.ru_stime
    largest = max(here.ru_maxrss, elsewhere.ru_maxrss)  # of the processes
    result["peak_bytes"] = largest * _BYTES_PER_UNIT
    if as_json:
        print(json.dumps(result))
        return
    for abstraction in result["abstractions"]:
        figures = f"{abstraction['arity']} arguments, {abstraction['uses']} uses"
        print(f"{abstraction['name']} ({figures}): {abstraction['body']}")
    for note in result.get("notes", ()):
        print(note, file=sys.stderr)
    cut = "" if result["complete"] else "; a budget ended the search"
    print(f"ratio {result['ratio']:.2f} in {result['cpu_seconds']:.2f} CPU seconds{cut}", file=sys.stderr)


def _suitable_objective(corpus: Corpus, config: CorpusConfig, how: How) -> str:
    """DreamCoder's where the corpus has types and there are its inversion steps; else Stitch's."""
    typed = corpus.typed and config.inversion_steps > 0
    return "likelihood" if typed and how.method == "search" and how.shards == 1 else "size"


def compress(
    corpus: list[list[Term]], config: CorpusConfig, shards: int = 1, workers: int = 1
) -> dict[str, Any]:
    """Up to `iterations` abstractions, each the best for what the ones before left of the corpus.

    More than one worker: processes that search shards side by side.
    """
    parallel = workers > 1 and shards > 1
    pool = ProcessPoolExecutor(workers, get_context("spawn")) if parallel else nullcontext()
    with pool as executor:
        found = compress_in_shards(corpus, config, shards, executor, workers)
    return found.to_json()


def read_corpus(path: Path) -> Corpus:
    """Of either form. Raises InputError naming the file and the program."""
    try:
        return parse_corpus(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:  # a CorpusError is a ValueError
        raise InputError(f"{path}: {error}") from None
