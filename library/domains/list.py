"""The ``list`` domain: programs on integers and lists, from DreamCoder's 22 primitives."""

from __future__ import annotations

from pathlib import Path

from library.domain import Domain, Primitive, engine_primitive
from library.domains.list_tasks import shipped_tasks

PRIMITIVES: tuple[Primitive, ...] = (
    engine_primitive(
        "map", "(t0 -> t1) -> list(t0) -> list(t1)", "call:map",
        "map(f, xs): f applied to every element of xs, in order.",
        "(lambda (map (lambda (+ $0 1)) $0))", "list(int) -> list(int)", ([1, 2],), [2, 3],
    ),
    engine_primitive(
        "unfold", "t0 -> (t0 -> bool) -> (t0 -> t1) -> (t0 -> t0) -> list(t1)", "call:unfold",
        "unfold(x, stop, head, next): [] when stop(x), else head(x) followed by "
        "unfold(next(x), stop, head, next); an error when the list grows too long.",
        "(lambda (unfold $0 (lambda (empty? $0)) (lambda (car $0)) (lambda (cdr $0))))",
        "list(int) -> list(int)", ([4, 5],), [4, 5],
    ),
    engine_primitive(
        "range", "int -> list(int)", "call:range",
        "range(n): the list 0, 1, ... n - 1; [] when n is 0 or less; an error when n is too large.",
        "(lambda (range $0))", "int -> list(int)", (3,), [0, 1, 2],
    ),
    engine_primitive(
        "index", "int -> list(t0) -> t0", "call:index",
        "index(i, xs): the element of xs at position i, counted from 0; an error outside the list.",
        "(lambda (index 1 $0))", "list(int) -> int", ([7, 8, 9],), 8,
    ),
    engine_primitive(
        "fold", "list(t0) -> t1 -> (t0 -> t1 -> t1) -> t1", "call:fold",
        "fold(xs, z, f): combine from the right, f(x1, f(x2, ... f(xn, z))); z for [].",
        "(lambda (fold $0 0 (lambda (lambda (- $1 $0)))))", "list(int) -> int", ([5, 3, 1],), 3,
    ),
    engine_primitive(
        "length", "list(t0) -> int", "call:length",
        "length(xs): the number of elements.",
        "(lambda (length $0))", "list(int) -> int", ([4, 4],), 2,
    ),
    engine_primitive(
        "if", "bool -> t0 -> t0 -> t0", "conditional",
        "a if c else b: a when c is true, else b; only the one chosen is evaluated.",
        "(lambda (if (empty? $0) 0 (car $0)))", "list(int) -> int", ([],), 0,
    ),
    engine_primitive(
        "+", "int -> int -> int", "binary:+", "a + b: the sum.",
        "(lambda (+ $0 1))", "int -> int", (4,), 5,
    ),
    engine_primitive(
        "-", "int -> int -> int", "binary:-", "a - b: the difference.",
        "(lambda (- $0 1))", "int -> int", (4,), 3,
    ),
    engine_primitive(
        "empty", "list(t0)", "literal:[]", "[]: the empty list.",
        "(lambda (cons $0 empty))", "int -> list(int)", (4,), [4],
    ),
    engine_primitive(
        "cons", "t0 -> list(t0) -> list(t0)", "call:cons",
        "cons(x, xs): the list xs with x put in front.",
        "(lambda (cons 0 $0))", "list(int) -> list(int)", ([1, 2],), [0, 1, 2],
    ),
    engine_primitive(
        "car", "list(t0) -> t0", "call:car",
        "car(xs): the first element; an error for [].",
        "(lambda (car $0))", "list(int) -> int", ([7, 8],), 7,
    ),
    engine_primitive(
        "cdr", "list(t0) -> list(t0)", "call:cdr",
        "cdr(xs): all but the first element; an error for [].",
        "(lambda (cdr $0))", "list(int) -> list(int)", ([7, 8],), [8],
    ),
    engine_primitive(
        "empty?", "list(t0) -> bool", "call:is_empty",
        "is_empty(xs): whether xs has no elements.",
        "(lambda (empty? $0))", "list(int) -> bool", ([],), True,
    ),
    engine_primitive(
        "0", "int", "integer", "0: the integer zero.",
        "(lambda (- 0 $0))", "int -> int", (4,), -4,
    ),
    engine_primitive(
        "1", "int", "integer", "1: the integer one; sums of ones print as one integer.",
        "(lambda (+ (+ 1 1) $0))", "int -> int", (4,), 6,
    ),
    engine_primitive(
        "*", "int -> int -> int", "binary:*", "a * b: the product.",
        "(lambda (* $0 $0))", "int -> int", (4,), 16,
    ),
    engine_primitive(
        "mod", "int -> int -> int", "binary:%",
        "a % b: the remainder of the division truncated towards zero (so it has the sign of a, as in C++ "
        "and not as in Python); an error for b = 0.",
        "(lambda (mod $0 (+ 1 1)))", "int -> int", (-7,), -1,
    ),
    engine_primitive(
        "gt?", "int -> int -> bool", "binary:>", "a > b: whether a is the greater.",
        "(lambda (gt? $0 1))", "int -> bool", (2,), True,
    ),
    engine_primitive(
        "eq?", "int -> int -> bool", "binary:==", "a == b: whether two integers are equal.",
        "(lambda (eq? $0 1))", "int -> bool", (2,), False,
    ),
    engine_primitive(
        "is-prime", "int -> bool", "call:is_prime",
        "is_prime(n): whether n is a prime number; false below 2.",
        "(lambda (is-prime $0))", "int -> bool", (7,), True,
    ),
    engine_primitive(
        "is-square", "int -> bool", "call:is_square",
        "is_square(n): whether n is the square of an integer; false below 0.",
        "(lambda (is-square $0))", "int -> bool", (9,), True,
    ),
)  # fmt: skip

EQUATIONS: tuple[str, ...] = (
    "(+ a b) = (+ b a)",
    "(+ a 0) = a",
    "(+ 0 a) = a",
    "(- a 0) = a",
    "(- a a) = 0",
    "(* a b) = (* b a)",
    "(* a 0) = 0",
    "(* 0 a) = 0",
    "(* a 1) = a",
    "(* 1 a) = a",
    "(mod a 0) = any",
    "(mod 0 a) = 0",
    "(mod a 1) = 0",
    "(mod a a) = 0",
    "(eq? a b) = (eq? b a)",
    "(if c a a) = a",
    "(car (cons a b)) = a",
    "(car empty) = any",
    "(car (range a)) = 0",
    "(cdr (cons a b)) = b",
    "(cdr empty) = any",
    "(index a empty) = any",
    "(index a (range b)) = a",
    "(length empty) = 0",
    "(range 0) = empty",
    "(map (lambda $0) a) = a",
    "(map f empty) = empty",
    "(fold empty a f) = a",
    "(fold a b (lambda (lambda $0))) = b",
)

IDIOMS: tuple[tuple[str, str], ...] = (
    ("(fold _ empty (lambda (lambda (if _ (cons $1 $0) $0))))", "keep"),
    ("(fold _ empty (lambda (lambda (if _ $0 (cons $1 $0)))))", "drop"),
    ("(fold _ 0 (lambda (lambda (+ $1 $0))))", "total"),
    ("(fold _ 0 (lambda (lambda (+ $0 $1))))", "total"),
    ("(fold _ 0 (lambda (lambda (+ 1 $0))))", "count"),
    ("(fold _ 0 (lambda (lambda (if _ (+ 1 $0) $0))))", "count_if"),
    ("(fold _ 0 (lambda (lambda (if _ (+ $0 1) $0))))", "count_if"),
    ("(fold _ 0 (lambda (lambda (if (gt? $1 $0) $1 $0))))", "largest"),
    ("(fold _ 0 (lambda (lambda (if (gt? $0 $1) $0 $1))))", "largest"),
    ("(fold _ _ (lambda (lambda (cons $1 $0))))", "append"),
    ("(map (lambda (index $0 _)) (range _))", "take"),
    ("(if (gt? $0 $1) $0 $1)", "larger"),
    ("(if (gt? $1 $0) $1 $0)", "larger"),
    ("(fold _ _ (lambda (lambda _)))", "fold"),
    ("(cdr (cdr (cdr _)))", "drop_three"),
    ("(cdr (cdr _))", "drop_two"),
)

PARTIAL: dict[str, str] = {
    "car": "(lambda (empty? $0))",
    "cdr": "(lambda (empty? $0))",
    "mod": "(lambda (lambda (eq? $0 0)))",
    "index": "",
    "range": "",
    "unfold": "",
}

LIST = Domain(
    name="list",
    description="functions on integers and lists of integers",
    primitives=PRIMITIVES,
    requests=(
        "list(int) -> list(int)",
        "list(int) -> int",
        "list(int) -> bool",
        "list(int) -> list(bool)",
        "int -> list(int)",
        "int -> int",
    ),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=IDIOMS,
    twin=Path(__file__).with_name("list_python.py"),
    partial=PARTIAL,
)
