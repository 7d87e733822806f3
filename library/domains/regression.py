"""The ``regression`` domain: laws of one real number, from DreamCoder's primitives for rational functions."""

from __future__ import annotations

from pathlib import Path

from engine import Likelihood
from library.domain import Domain, Primitive, PrimitiveExample
from library.domains.regression_tasks import shipped_tasks

CLOSE = 1e-6
"""How far an output may be off, relative to the one wanted or absolutely: the rounding of seven digits."""


def _primitive(
    name: str, type: str, python: str, doc: str, program: str, value: float, output: float
) -> Primitive:
    return Primitive(name, type, doc, python, PrimitiveExample(program, "real -> real", (value,), output))


PRIMITIVES: tuple[Primitive, ...] = (
    _primitive(
        "+.", "real -> real -> real", "binary:+", "a + b: the sum.", "(lambda (+. $0 $0))", 1.5, 3.0
    ),
    _primitive(
        "*.", "real -> real -> real", "binary:*", "a * b: the product.", "(lambda (*. $0 $0))", 1.5, 2.25
    ),
    _primitive(
        "/.", "real -> real -> real", "binary:/", "a / b: the quotient; an error when b is 0.",
        "(lambda (/. $0 (+. $0 $0)))", 1.5, 0.5,
    ),
    _primitive(
        "REAL", "real", "call:REAL",
        "REAL: any real number, written as itself, such as 2.5; fitted to the examples.",
        "(lambda (+. $0 -2.5))", 1.0, -1.5,
    ),
)  # fmt: skip

EQUATIONS: tuple[str, ...] = (
    "(+. a b) = (+. b a)",
    "(*. a b) = (*. b a)",
)

IDIOMS: tuple[tuple[str, str], ...] = (
    ("(+. _ (*. _ (+. _ (*. _ (+. _ (*. _ _))))))", "cubic"),
    ("(+. _ (*. _ (+. _ (*. _ _))))", "quadratic"),
    ("(/. _ (*. (+. _ _) (+. _ _)))", "two_poles"),
    ("(/. (+. _ (*. _ _)) (+. _ _))", "ratio"),
    ("(/. _ (+. _ _))", "pole"),
    ("(+. _ (*. _ _))", "linear"),
    ("(*. $0 (*. $0 $0))", "cube"),
    ("(*. $0 $0)", "square"),
    ("(/. _ _)", "ratio"),
    ("(*. _ _)", "scaled"),
    ("(+. _ _)", "shifted"),
)

REGRESSION = Domain(
    name="regression",
    description="laws of one real number: polynomials, powers and ratios, with constants that are fitted",
    primitives=PRIMITIVES,
    requests=("real -> real",),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=IDIOMS,
    twin=Path(__file__).with_name("regression_python.py"),
    partial={"/.": ""},
    likelihood=Likelihood.tolerance(CLOSE, CLOSE),
)
