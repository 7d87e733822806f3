"""A wake whose sleep adds two abstractions, and a second look at what docstrings claim."""

from __future__ import annotations

from engine import Failure, Limits
from engine.python_form import from_python
from library.naming import monomorphic
from library.snapshot import Library
from synthesis.frontier import Entry
from synthesis.keeper import MemoryKeeper
from synthesis.report import Attempt
from synthesis.task import Example, Task

KEEP = "(lambda (fold $0 empty (lambda (lambda (if {} (cons $1 $0) $0)))))"
PROGRAMS = {
    "add 1": "(lambda (map (lambda (+ $0 1)) $0))",
    "add 2": "(lambda (map (lambda (+ $0 (+ 1 1))) $0))",
    "keep above 1": KEEP.format("(gt? $1 1)"),
    "keep above 2": KEEP.format("(gt? $1 (+ 1 1))"),
    "keep above 3": KEEP.format("(gt? $1 (+ 1 (+ 1 1)))"),
    "keep primes": KEEP.format("(is-prime $1)"),
    "keep squares": KEEP.format("(is-square $1)"),
}
REQUEST = "list(int) -> list(int)"
TASKS = [Task(name, REQUEST, (Example(([1],), [1]),), "list", f"says {name}") for name in PROGRAMS]


def after_a_wake(keeper: MemoryKeeper) -> MemoryKeeper:
    """With every task solved, in iteration 1."""
    for task in TASKS:
        entry = Entry(PROGRAMS[task.name], -20.0, 0.0, "prior", 1)
        attempt = Attempt(task.name, task.request, (entry,), 0.1, 0.1, 10, {}, "found", "prior")
        keeper.record_attempt(1, attempt)
    return keeper


def true_everywhere(library: Library) -> int:
    """Runs each example in the library's docstrings again, and says how many there are."""
    count = 0
    for abstraction in library.abstractions:
        for part in abstraction.docstring.split(". "):
            call, equals, value = part.rstrip(".").rpartition(" == ")
            if not equals or not call.startswith(abstraction.name):
                continue
            terms = [from_python(text, library.surface) for text in (call, value)]
            type_ = monomorphic(library.language.infer(terms[0]))
            found, said = (
                library.language.evaluate(library.language.eta_long(term, type_), type_, [()], Limits())[0]
                for term in terms
            )
            assert found == said and not isinstance(found, Failure), part
            count += 1
    return count
