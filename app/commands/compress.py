"""`wakesleep compress`: the abstractions that make a corpus of programs shorter, on Stitch's costs.

Types and a grammar's weights play no part here: a corpus is just terms. (A run's own abstraction sleep is
library.compression, which minimises nats and knows types.)
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from app.commands.errors import InputError
from engine import AbstractionSearchConfig, Term, find_abstractions, rewrite
from library.corpus import Corpus, parse_corpus
from library.stitch_form import cost, with_names

_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def run(path: Path, inversion_steps: int, max_arity: int, iterations: int, as_json: bool) -> None:
    """Print the result as one object, or for people. Raises InputError for a corpus that can't be read."""
    corpus = read_corpus(path)
    started = time.process_time()
    result = compress(corpus.programs, inversion_steps, max_arity, iterations)
    result["cpu_seconds"] = time.process_time() - started
    result["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_PER_UNIT
    if as_json:
        print(json.dumps(result))
        return
    for abstraction in result["abstractions"]:
        figures = f"{abstraction['arity']} arguments, {abstraction['uses']} uses"
        print(f"{abstraction['name']} ({figures}): {abstraction['body']}")
    print(f"ratio {result['ratio']:.2f} in {result['cpu_seconds']:.2f} CPU seconds", file=sys.stderr)


def compress(
    corpus: list[list[Term]], inversion_steps: int, max_arity: int, iterations: int
) -> dict[str, Any]:
    """Up to `iterations` abstractions, each the best for what the ones before left of the corpus."""
    config = AbstractionSearchConfig(
        inversion_steps=inversion_steps, max_arity=max_arity, keep=1, hole_cost=0
    )
    sizes = [len(programs) for programs in corpus]
    terms = [term for programs in corpus for term in programs]
    before = after = sum(map(cost, terms))
    abstractions: list[dict[str, Any]] = []
    named: list[tuple[str, Term]] = []
    for number in range(iterations):
        found = find_abstractions(_grouped(terms, sizes), config)
        if not found:
            break
        best = found[0]
        term = Term.abstraction(best.body)
        rewritten = rewrite(terms, term, best.arity, close_uses=inversion_steps > 0)
        cheaper = sum(map(cost, rewritten))
        if cheaper >= after:
            break
        name = f"fn_{number}"
        body = with_names(str(best.body), named)
        abstractions.append({"name": name, "body": body, "arity": best.arity, "uses": best.uses})
        named.append((name, term))
        terms, after = rewritten, cheaper
    return {
        "abstractions": abstractions,
        "rewritten": [with_names(str(term), named) for term in terms],
        "ratio": before / max(1, after),
    }


def read_corpus(path: Path) -> Corpus:
    """Of either form. Raises InputError naming the file and the program."""
    try:
        return parse_corpus(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:  # a CorpusError is a ValueError
        raise InputError(f"{path}: {error}") from None


def _grouped(terms: list[Term], sizes: list[int]) -> list[list[Term]]:
    rest = iter(terms)
    return [[next(rest) for _ in range(size)] for size in sizes]
