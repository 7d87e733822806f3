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
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from app.commands.errors import InputError
from engine import Term
from library.corpus import Corpus, parse_corpus
from library.corpus_compression import LEAF_COST, NODE_COST, CorpusCompression, CorpusConfig
from library.likelihood_compression import compress_by_likelihood
from library.sharding import compress_in_shards

_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def run(
    path: Path, config: CorpusConfig, objective: str | None, shards: int, workers: int, as_json: bool
) -> None:
    """Print the result as one object, or for people. Raises InputError for a corpus that can't be read, and
    for an objective that it doesn't have.
    """
    corpus = read_corpus(path)
    if objective is None:
        likelihood = corpus.typed and config.inversion_steps > 0 and shards == 1
        objective = "likelihood" if likelihood else "size"
    if objective == "likelihood" and not corpus.typed:
        raise InputError(
            f"{path}: --objective likelihood needs a corpus in DreamCoder's form, which has types"
        )
    if objective == "likelihood" and shards > 1:
        raise InputError(
            "--objective likelihood searches a corpus in one piece: leave out --shards and --workers"
        )
    started = time.process_time()
    if objective == "likelihood":
        by_likelihood = compress_by_likelihood(corpus, config)
        result = as_json_object(by_likelihood.found)
        nats = {"nats_before": by_likelihood.nats_before, "nats_after": by_likelihood.nats_after}
    else:
        result, nats = compress(corpus.programs, config, shards, workers), {}
    result = result | {"objective": objective, **nats}
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
    cut = "" if result["complete"] else "; a budget ended the search"
    print(f"ratio {result['ratio']:.2f} in {result['cpu_seconds']:.2f} CPU seconds{cut}", file=sys.stderr)


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
    return as_json_object(found)


def as_json_object(found: CorpusCompression) -> dict[str, Any]:
    """With names for the abstractions, in the order they were found."""
    abstractions: list[dict[str, Any]] = []
    named: list[tuple[str, Term]] = []
    for number, each in enumerate(found.abstractions):
        name = f"fn_{number}"
        body = _with_names(str(each.body), named)
        abstractions.append({"name": name, "body": body, "arity": each.arity, "uses": each.uses})
        named.append((name, each.term))
    return {
        "abstractions": abstractions,
        "rewritten": [_with_names(str(term), named) for programs in found.tasks for term in programs],
        "ratio": found.cost_before / max(1, found.cost_after),
        "complete": found.complete,
    }


def cost(term: Term) -> int:
    """Stitch's cost of a program. An abstraction is a leaf: its body is paid for once, elsewhere."""
    total, left = 0, [term]
    while left:
        here = left.pop()
        if here.kind == "application":
            total += NODE_COST
            left += [here.function, here.argument]
        elif here.kind == "lambda":
            total += NODE_COST
            left.append(here.body)
        else:
            total += LEAF_COST
    return total


def read_corpus(path: Path) -> Corpus:
    """Of either form. Raises InputError naming the file and the program."""
    try:
        return parse_corpus(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:  # a CorpusError is a ValueError
        raise InputError(f"{path}: {error}") from None


def _with_names(text: str, named: list[tuple[str, Term]]) -> str:
    """The text with each abstraction by its name. The newest first: it may hold older ones."""
    for name, term in reversed(named):
        text = text.replace(str(term), name)
    return text
