"""Corpora of any size for abstraction search: list programs that share hidden library functions.

A program is drawn from a grammar over the list domain's primitives and the hidden functions, which are then
written out. So the corpus holds what a run's solutions hold, in any number: many programs, few ideas. All are
distinct, of 10 to 40 leaves, and the first n of a larger corpus of the same seed are the corpus of n.

    python -m benchmarks.synthetic_corpus SIZE FILE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from engine import Grammar, Term, Type
from library.domain import get_domain

HIDDEN = (
    # filter, sum, append, reverse, count where, zip of sums, repeat, maximum, square, even, second, last
    "(lambda (lambda (fold $0 empty (lambda (lambda (if ($3 $1) (cons $1 $0) $0))))))",
    "(lambda (fold $0 0 (lambda (lambda (+ $1 $0)))))",
    "(lambda (lambda (fold $1 $0 (lambda (lambda (cons $1 $0))))))",
    "(lambda (unfold (length $0) (lambda (eq? $0 0)) (lambda (index (- $0 1) $1)) (lambda (- $0 1))))",
    "(lambda (lambda (fold $0 0 (lambda (lambda (if ($3 $1) (+ 1 $0) $0))))))",
    "(lambda (lambda (map (lambda (+ (index $0 $2) (index $0 $1))) (range (length $0)))))",
    "(lambda (lambda (map (lambda $2) (range $0))))",
    "(lambda (fold $0 (car $0) (lambda (lambda (if (gt? $1 $0) $1 $0)))))",
    "(lambda (* $0 $0))",
    "(lambda (eq? (mod $0 (+ 1 1)) 0))",
    "(lambda (car (cdr $0)))",
    "(lambda (index (- (length $0) 1) $0))",
)
"""The functions that programs are drawn with, and that no program names."""

REQUESTS = ("list(int) -> list(int)", "list(int) -> int", "list(int) -> bool", "int -> list(int)")
LEAVES = (10, 40)
_BATCH = 2_000
_MAX_NODES = 60  # of a program before its hidden functions are written out
_HIDDEN_LOG_WEIGHT, _VARIABLE_LOG_WEIGHT = 0.5, 1.5  # nats against 0 of a primitive


def corpus(size: int, seed: int = 0) -> list[str]:
    """``size`` distinct programs as text."""
    return list(islice(_programs(seed), size))


def _programs(seed: int) -> Iterator[str]:
    domain = get_domain("list")
    hidden = [Term.abstraction(Term.parse(text)) for text in HIDDEN]
    language = domain.language(hidden)
    weights = [0.0] * len(domain.primitives) + [_HIDDEN_LOG_WEIGHT] * len(hidden) + [_VARIABLE_LOG_WEIGHT]
    grammar = Grammar(language, np.array([weights]))
    requests = [Type.parse(request) for request in REQUESTS]
    seen: set[str] = set()
    for batch in range(1_000_000):
        request = requests[batch % len(requests)]
        for drawn, _ in grammar.sample(request, _BATCH, seed * 1_000_003 + batch, _MAX_NODES):
            program = drawn.beta_normal(True)
            text = str(program)
            if text not in seen and LEAVES[0] <= leaves(program) <= LEAVES[1]:
                seen.add(text)
                yield text


def leaves(term: Term) -> int:
    """Primitives and variables of a term."""
    if term.kind == "application":
        return leaves(term.function) + leaves(term.argument)
    return leaves(term.body) if term.kind == "lambda" else 1


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(corpus(int(sys.argv[1]))))
