"""The ``tower`` domain: plans of blocks, built by a hand that moves over a line.

Programs are ``tower -> tower``: each primitive takes what is built afterwards, and an example's input is what
follows the whole program, usually nothing. The primitives are DreamCoder's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from library.domain import Domain, Primitive, PrimitiveExample, shipped_primitives
from library.domains.tower_tasks import REQUEST, shipped_tasks


def _primitive(name: str, type: str, python: str, doc: str, program: str, output: Any) -> Primitive:
    return Primitive(name, type, doc, python, PrimitiveExample(program, REQUEST, ([],), output))


def digits(program: str, request: str, inputs: tuple[Any, ...], output: Any) -> tuple[Primitive, ...]:
    """The integers from 1 to 9 for a domain of continuations; the example holds one as ``{0}``, and its
    ``output`` is a function of it.
    """
    return tuple(
        Primitive(
            str(n), "int", f"{n}: the integer {n}.", "integer",
            PrimitiveExample(program.format(n), request, inputs, output(n)),
        )
        for n in range(1, 10)
    )  # fmt: skip


PRIMITIVES: tuple[Primitive, ...] = (
    _primitive(
        "1x3", "tower -> tower", "call:tall",
        "tall(rest): puts an upright block, 2 wide and 6 high, where the hand is; then the rest.",
        "(lambda (1x3 $0))", [[0, 2, 6]],
    ),
    _primitive(
        "3x1", "tower -> tower", "call:wide",
        "wide(rest): puts a lying block, 6 wide and 2 high, where the hand is; then the rest.",
        "(lambda (3x1 $0))", [[0, 6, 2]],
    ),
    _primitive(
        "left", "int -> tower -> tower", "call:left",
        "left(n, rest): moves the hand n to the left; then the rest.",
        "(lambda (left 4 (1x3 $0)))", [[-4, 2, 6]],
    ),
    _primitive(
        "right", "int -> tower -> tower", "call:right",
        "right(n, rest): moves the hand n to the right; then the rest.",
        "(lambda (right 4 (1x3 $0)))", [[4, 2, 6]],
    ),
    _primitive(
        "tower_loopM", "int -> (int -> tower -> tower) -> tower -> tower", "call:repeat",
        "repeat(n, body, rest): body(0, then body(1, then … body(n - 1, rest))); the rest alone for n below "
        "1.",
        "(lambda (tower_loopM 3 (lambda (lambda (3x1 (right 6 $0)))) $0))",
        [[0, 6, 2], [6, 6, 2], [12, 6, 2]],
    ),
    _primitive(
        "tower_embed", "(tower -> tower) -> tower -> tower", "call:aside",
        "aside(body, rest): builds body, followed by nothing; then the rest from where the hand was before.",
        "(lambda (tower_embed (lambda (right 4 (1x3 $0))) (3x1 $0)))", [[4, 2, 6], [0, 6, 2]],
    ),
    *shipped_primitives("-"),
    *digits("(lambda (right {0} (3x1 $0)))", REQUEST, ([],), lambda n: [[n, 6, 2]]),
)  # fmt: skip

EQUATIONS: tuple[str, ...] = (
    "(tower_loopM a (lambda (lambda $0)) k) = k",
    "(tower_embed (lambda $0) k) = k",
)

IDIOMS: tuple[tuple[str, str], ...] = (
    ("(1x3 (right 4 (1x3 (left 2 (3x1 _)))))", "arch"),
    ("(tower_loopM _ (lambda (lambda (3x1 (right 6 $0)))) _)", "row"),
    ("(tower_loopM _ (lambda (lambda (1x3 $0))) _)", "column"),
    ("(tower_loopM _ (lambda (lambda _)) _)", "repeat"),
)

TOWER = Domain(
    name="tower",
    description="plans of blocks that a moving hand builds",
    primitives=PRIMITIVES,
    requests=(REQUEST,),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=IDIOMS,
    twin=Path(__file__).with_name("tower_python.py"),
)
