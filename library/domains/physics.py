"""The ``physics`` domain: programs on reals and vectors, from the primitives that DreamCoder learns laws of
physics with.

A vector is a list of reals. Every primitive is arithmetic or a way through a list: what a dot product or the
length of a vector is has to be learned.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import Likelihood
from library.domain import Domain, Primitive, PrimitiveExample, engine_primitive, shipped_primitives
from library.domains.physics_tasks import shipped_tasks

RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-8, 1e-10
"""Of noise-free outputs: more than rounding makes of a law, less than a wrong digit of a constant."""

_REAL, _ANOTHER = "real -> real", "real -> real -> real"


def _of_lists(name: str, program: str, request: str, inputs: tuple[Any, ...], output: Any) -> Primitive:
    """A primitive of the list domain, with an example on reals."""
    (shipped,) = shipped_primitives(name)
    return replace(shipped, example=PrimitiveExample(program, request, inputs, output))


PRIMITIVES: tuple[Primitive, ...] = (
    _of_lists(
        "map", "(lambda (map (lambda (*. $0 $0)) $0))", "list(real) -> list(real)", ([1.0, 3.0],), [1.0, 9.0],
    ),
    engine_primitive(
        "zip", "list(t0) -> list(t1) -> (t0 -> t1 -> t2) -> list(t2)", "call:zip",
        "zip(xs, ys, f): f applied to the elements of xs and ys at the same position; an error for lists of "
        "different lengths.",
        "(lambda (lambda (zip $1 $0 (lambda (lambda (-. $1 $0))))))",
        "list(real) -> list(real) -> list(real)", ([3.0, 5.0], [1.0, 7.0]), [2.0, -2.0],
    ),
    _of_lists(
        "fold", "(lambda (fold $0 0. (lambda (lambda (+. $1 $0)))))",
        "list(real) -> real", ([5.0, 3.0, 1.0],), 9.0,
    ),
    _of_lists("empty", "(lambda (cons $0 empty))", "real -> list(real)", (4.0,), [4.0]),
    _of_lists("cons", "(lambda (cons 0. $0))", "list(real) -> list(real)", ([1.0, 2.0],), [0.0, 1.0, 2.0]),
    _of_lists("car", "(lambda (car $0))", "list(real) -> real", ([7.0, 8.0],), 7.0),
    _of_lists("cdr", "(lambda (cdr $0))", "list(real) -> list(real)", ([7.0, 8.0],), [8.0]),
    engine_primitive(
        "power", _ANOTHER, "binary:**",
        "x ** y: x to the power y; an error where that is no real number, and for 0 to a power below 0.",
        "(lambda (power $0 (+. 1. 1.)))", _REAL, (3.0,), 9.0,
    ),
    engine_primitive(
        "+.", _ANOTHER, "binary:+", "x + y: the sum.",
        "(lambda (+. $0 1.))", _REAL, (1.5,), 2.5,
    ),
    engine_primitive(
        "-.", _ANOTHER, "binary:-", "x - y: the difference.",
        "(lambda (-. $0 1.))", _REAL, (1.5,), 0.5,
    ),
    engine_primitive(
        "*.", _ANOTHER, "binary:*", "x * y: the product.",
        "(lambda (*. $0 $0))", _REAL, (1.5,), 2.25,
    ),
    engine_primitive(
        "/.", _ANOTHER, "binary:/", "x / y: the quotient; an error for y = 0.",
        "(lambda (/. 1. $0))", _REAL, (4.0,), 0.25,
    ),
    engine_primitive(
        "0.", "real", "literal:0.0", "0.0: the number zero.",
        "(lambda (-. 0. $0))", _REAL, (4.0,), -4.0,
    ),
    engine_primitive(
        "1.", "real", "literal:1.0", "1.0: the number one.",
        "(lambda (+. $0 1.))", _REAL, (4.0,), 5.0,
    ),
    engine_primitive(
        "pi", "real", "call:pi", "pi: a circle's circumference over its diameter.",
        "(lambda (/. $0 pi))", _REAL, (0.0,), 0.0,
    ),
    engine_primitive(
        "REAL", "real", "call:REAL",
        "REAL: any number, written as itself, such as 9.81; the search fits it to the examples.",
        "(lambda (*. 9.5 $0))", _REAL, (2.0,), 19.0,
    ),
)  # fmt: skip

EQUATIONS: tuple[str, ...] = (
    "(+. a b) = (+. b a)",
    "(+. a 0.) = a",
    "(+. 0. a) = a",
    "(-. a 0.) = a",
    "(-. a a) = 0.",
    "(*. a b) = (*. b a)",
    "(*. a 0.) = 0.",
    "(*. 0. a) = 0.",
    "(*. a 1.) = a",
    "(*. 1. a) = a",
    "(/. a 0.) = any",
    "(/. 0. a) = 0.",
    "(/. a 1.) = a",
    "(/. a a) = 1.",
    "(power a 0.) = 1.",
    "(power a 1.) = a",
    "(power 1. a) = 1.",
    "(car (cons a b)) = a",
    "(car empty) = any",
    "(cdr (cons a b)) = b",
    "(cdr empty) = any",
    "(map (lambda $0) a) = a",
    "(map f empty) = empty",
    "(zip empty a f) = empty",
    "(zip a empty f) = empty",
    "(zip a b (lambda (lambda $1))) = a",
    "(zip a b (lambda (lambda $0))) = b",
    "(fold empty a f) = a",
    "(fold a b (lambda (lambda $0))) = b",
)
"""They hold to the last bit: sums and products may change places, but not be put together otherwise."""

IDIOMS: tuple[tuple[str, str], ...] = (
    ("(fold (zip _ _ (lambda (lambda (*. _ _)))) 0. (lambda (lambda (+. _ _))))", "dot_product"),
    ("(fold _ 0. (lambda (lambda (+. (*. $1 $1) _))))", "sum_of_squares"),
    ("(fold _ 0. (lambda (lambda (+. (/. 1. $1) _))))", "sum_of_inverses"),
    ("(fold _ 0. (lambda (lambda (+. _ _))))", "total"),
    ("(fold _ 1. (lambda (lambda (*. _ _))))", "product"),
    (
        "(fold (cdr _) (car _) (lambda (lambda (zip _ _ (lambda (lambda (+. _ _)))))))",
        "sum_of_vectors",
    ),
    ("(zip _ _ (lambda (lambda (+. _ _))))", "add_vectors"),
    ("(zip _ _ (lambda (lambda (-. $1 $0))))", "subtract_vectors"),
    ("(map (lambda (*. _ $0)) _)", "scale"),
    ("(map (lambda (*. $0 _)) _)", "scale"),
    ("(map (lambda (/. $0 _)) _)", "scale_down"),
    ("(power _ 0.5)", "root"),
    ("(power _ (/. 1. (+. 1. 1.)))", "root"),
    ("(power _ 2.0)", "square"),
    ("(power _ (+. 1. 1.))", "square"),
    ("(*. $0 $0)", "square"),
    ("(*. 0.5 _)", "half"),
    ("(/. _ 2.0)", "half"),
    ("(/. 1. _)", "inverse"),
)


def noisy(sigma: float) -> Domain:
    """The same for measurements: normal noise of this standard deviation in each number of an output."""
    return replace(PHYSICS, name="physics-noisy", likelihood=Likelihood.gaussian(sigma))


PHYSICS = Domain(
    name="physics",
    description="laws of physics: functions on real numbers and vectors, which are lists of them",
    primitives=PRIMITIVES,
    requests=(
        "real -> real",
        "real -> real -> real",
        "real -> real -> real -> real",
        "real -> list(real) -> list(real)",
        "list(real) -> list(real) -> real",
        "list(real) -> list(real) -> list(real)",
        "list(real) -> real",
        "real -> real -> list(real) -> list(real) -> list(real)",
    ),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=IDIOMS,
    twin=Path(__file__).with_name("physics_python.py"),
    partial=dict.fromkeys(("car", "cdr", "zip", "power", "/."), ""),
    likelihood=Likelihood.tolerance(RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE),
    weights={"REAL": -3.0},
    structure_penalty=0.5,  # DreamCoder's for this domain
)
