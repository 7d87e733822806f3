"""Reference programs for DreamCoder's list tasks, written by hand from what the tasks' names say.

They are known solutions whatever a search finds, and so no guide's own. Never learned from. Where a task has
several (a number written in two ways, say), all are given: each guide is judged by the one that it likes
best. Tasks that need a sort, and Fibonacci's numbers, have none.
"""

from __future__ import annotations

import re

TRUE, FALSE = "(eq? 0 0)", "(eq? 0 1)"
MAXIMUM = "(fold $0 0 (lambda (lambda (if (gt? $1 $0) $1 $0))))"


def references(name: str) -> list[str]:
    """Programs for the task of this name; none where none was written."""
    numbers = [int(digits) for digits in re.findall(r"\d+", name)]
    family = re.sub(r"( with)?( k=\d+)?( and n=\d+)?$", "", name)
    if family in _FIXED:
        return _FIXED[family]
    kept = re.fullmatch(r"(keep|remove) (eq|gt) (\d+)", name)
    if kept:
        return [_filter(f"({kept[2]}? $1 {_number(numbers[0])})", kept[1] == "keep")]
    if family.startswith(("slice", "caesar")):
        return _WITH_TWO[family](*numbers)
    return _WITH_ONE[family](numbers[0]) if family in _WITH_ONE else []


def _number(value: int) -> str:
    """As sums of ones, which is cheapest under uniform weights up to 5."""
    return "0" if value == 0 else "1" if value == 1 else f"(+ 1 {_number(value - 1)})"


def _filter(condition: str, keep: bool) -> str:
    branches = "(cons $1 $0) $0" if keep else "$0 (cons $1 $0)"
    return f"(lambda (fold $0 empty (lambda (lambda (if {condition} {branches})))))"


def _map(body: str, over: str = "$0") -> str:
    return f"(lambda (map (lambda {body}) {over}))"


def _at(position: int, of: str = "$0") -> list[str]:
    """The element of a list at a position from 0."""
    by_cdr = of
    for _ in range(position):
        by_cdr = f"(cdr {by_cdr})"
    return [f"(index {_number(position)} {of})", f"(car {by_cdr})"]


def _dropped(count: int) -> str:
    return "$0" if count == 0 else f"(cdr {_dropped(count - 1)})"


def _append(last: str) -> str:
    return f"(lambda (fold $0 (cons {last} empty) (lambda (lambda (cons $1 $0)))))"


def _all(condition: str) -> list[str]:
    return [
        f"(lambda (fold $0 {TRUE} (lambda (lambda (if {condition} $0 {FALSE})))))",
        f"(lambda (empty? (fold $0 empty (lambda (lambda (if {condition} $0 (cons $1 $0)))))))",
        f"(lambda (empty? (fold $0 empty (lambda (lambda (if {condition} $0 $2))))))",
    ]


def _any(condition: str, over: str = "$0") -> list[str]:
    return [
        f"(lambda (fold {over} {FALSE} (lambda (lambda (if {condition} {TRUE} $0)))))",
        f"(lambda (gt? (fold {over} 0 (lambda (lambda (if {condition} 1 $0)))) 0))",
    ]


def _slice(start: int, length: int) -> list[str]:
    """From `start`, counted from 1."""
    shifted = "$0" if start == 1 else f"(+ {_number(start - 1)} $0)"
    programs = [_map(f"(index {shifted} $1)", f"(range {_number(length)})")]
    if length == 1:
        programs += [f"(lambda (cons {element} empty))" for element in _at(start - 1)]
    return [
        *programs,
        _map(f"(index $0 {_dropped(start - 1).replace('$0', '$1')})", f"(range {_number(length)})"),
    ]


_REMAINDER = "(mod (+ $0 (- (length $1) {k})) (length $1))"

_FIXED = {
    "count-head-in-tail": [
        "(lambda (fold (cdr $0) 0 (lambda (lambda (if (eq? $1 (car $2)) (+ 1 $0) $0)))))",
    ],
    "empty": ["(lambda (empty? $0))"],
    "evens": [_filter("(eq? (mod $1 (+ 1 1)) 0)", True), _filter("(gt? 1 (mod $1 (+ 1 1)))", True)],
    "odds": [_filter("(eq? (mod $1 (+ 1 1)) 0)", False), _filter("(eq? (mod $1 (+ 1 1)) 1)", True)],
    "has-head-in-tail": _any("(eq? $1 (car $2))", "(cdr $0)"),
    "head": ["(lambda (car $0))"],
    "is-primes": _all("(is-prime $1)"),
    "last": ["(lambda (index (- (length $0) 1) $0))"],
    "len": ["(lambda (length $0))"],
    "pop": [_map("(index $0 $1)", "(range (- (length $0) 1))")],
    "product": ["(lambda (fold $0 1 (lambda (lambda (* $1 $0)))))"],
    "repeat-many": [
        "(lambda (fold (range (car $0)) empty "
        "(lambda (lambda (fold (cdr $2) $0 (lambda (lambda (cons $1 $0))))))))"
    ],
    "reverse": [
        "(lambda (fold $0 empty (lambda (lambda (fold $0 (cons $1 empty) (lambda (lambda (cons $1 $0))))))))"
    ],
    "tail": ["(lambda (cdr $0))"],
    "+1 maximum list": [f"(lambda (+ 1 {MAXIMUM}))"],
    "range +1 maximum list": [f"(lambda (range (+ 1 {MAXIMUM})))"],
    "keep squares": [_filter("(is-square $1)", True)],
    "keep primes": [_filter("(is-prime $1)", True)],
}

_WITH_TWO = {
    "caesar-cipher-k-modulo-n": lambda k, n: [_map(f"(mod (+ $0 {_number(k)}) {_number(n)})")],
    "slice-k-n": _slice,
}

_WITH_ONE = {
    "add-k": lambda k: [_map(f"(+ $0 {_number(k)})")],
    "append-index-k": lambda k: [_append(element) for element in _at(k - 1)],
    "append-k": lambda k: [_append(_number(k))],
    "bool-identify-geq-k": lambda k: (
        [_map(f"(gt? $0 {_number(k - 1)})")] if k else [_map("(gt? (+ 1 $0) 0)"), _map("(gt? $0 (- 0 1))")]
    ),
    "bool-identify-is-mod-k": lambda k: [
        _map(f"(eq? (mod $0 {_number(k)}) 0)"),
        _map(f"(gt? 1 (mod $0 {_number(k)}))"),
    ],
    "bool-identify-k": lambda k: [_map(f"(eq? $0 {_number(k)})")],
    "count-k": lambda k: [
        f"(lambda (fold $0 0 (lambda (lambda (if (eq? $1 {_number(k)}) (+ 1 $0) $0)))))",
        f"(lambda (length (fold $0 empty (lambda (lambda (if (eq? $1 {_number(k)}) (cons $1 $0) $0))))))",
    ],
    "drop-k": lambda k: [f"(lambda {_dropped(k)})"],
    "has-k": lambda k: _any(f"(eq? $1 {_number(k)})"),
    "index-k": lambda k: [f"(lambda {element})" for element in _at(k - 1)],
    "is-mod-k": lambda k: _all(f"(eq? (mod $1 {_number(k)}) 0)"),
    "kth-largest": lambda k: [f"(lambda {MAXIMUM})"] if k == 1 else [],
    "modulo-k": lambda k: [_map(f"(mod $0 {_number(k)})"), *([_map("0")] if k == 1 else [])],
    "mult-k": lambda k: [_map(f"(* $0 {_number(k)})")] if k else [_map("0")],
    "prepend-index-k": lambda k: [f"(lambda (cons {element} $0))" for element in _at(k - 1)],
    "prepend-k": lambda k: [f"(lambda (cons {_number(k)} $0))"],
    "remove-index-k": lambda k: [_removed(k - 1)],
    "remove-mod-k": lambda k: [_filter(f"(eq? (mod $1 {_number(k)}) 0)", False)],
    "repeat-k": lambda k: ["(lambda (fold $0 $0 (lambda (lambda (cons $1 $0)))))"] if k == 2 else [],
    "replace-all-with-index-k": lambda k: [_map(element) for element in _at(k - 1, "$1")],
    "rotate-k": lambda k: [
        _map(f"(index {_REMAINDER.format(k=_number(k))} $1)", "(range (length $0))"),
    ],
    "take-k": lambda k: [
        _map("(index $0 $1)", f"(range {_number(k)})"),
        *(["(lambda (cons (car $0) empty))"] if k == 1 else []),
    ],
}


def _removed(position: int) -> str:
    body = _dropped(position + 1)
    for kept in reversed(range(position)):
        body = f"(cons {_at(kept)[0] if kept else '(car $0)'} {body})"
    return f"(lambda {body})"
