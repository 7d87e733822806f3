"""The ``logo`` domain: drawings by a turtle with a pen, from DreamCoder's primitives.

Programs are ``turtle -> turtle``: each primitive takes what is drawn afterwards, and an example's input is
what follows the whole program, usually nothing. Lengths are in units, angles in full turns, to the left.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from library.domain import Domain, Primitive, PrimitiveExample
from library.domains.logo_tasks import REQUEST, shipped_tasks
from library.domains.tower import digits

_Strokes = list[list[float]]


def _line(*points: tuple[float, float]) -> _Strokes:
    """Strokes from point to point."""
    return [[*start, *end] for start, end in pairwise(points)]


def _primitive(name: str, type: str, python: str, doc: str, program: str, output: Any) -> Primitive:
    return Primitive(name, type, doc, python, PrimitiveExample(program, REQUEST, ([],), output))


def _move(length: str, angle: str, then: str = "$0") -> str:
    return f"(logo_FWRT {length} {angle} {then})"


_UNIT = _line((0.0, 0.0), (1.0, 0.0))
_CORNER = _line((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
_BACK = [[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
_QUARTER = "(logo_DIVA logo_UA 4)"
_AHEAD = _move("logo_UL", "logo_ZA")

PRIMITIVES: tuple[Primitive, ...] = (
    _primitive(
        "logo_FWRT", "tlength -> tangle -> turtle -> turtle", "call:move",
        "move(length, angle, rest): goes forward by the length, then turns left by the angle; then the rest.",
        f"(lambda {_move('logo_UL', _QUARTER, _AHEAD)})", _CORNER,
    ),
    _primitive(
        "logo_forLoop", "int -> (int -> turtle -> turtle) -> turtle -> turtle", "call:repeat",
        "repeat(n, body, rest): body(0, then body(1, then … body(n - 1, rest))); the rest alone for n below "
        "1.",
        f"(lambda (logo_forLoop 2 (lambda (lambda {_move('logo_UL', _QUARTER)})) $0))", _CORNER,
    ),
    _primitive(
        "logo_GETSET", "(turtle -> turtle) -> turtle -> turtle", "call:aside",
        "aside(body, rest): draws body, goes back to where the turtle was and looked; then the rest.",
        f"(lambda (logo_GETSET (lambda {_move('logo_UL', _QUARTER)}) {_AHEAD}))", [*_UNIT, *_UNIT],
    ),
    _primitive(
        "logo_PT", "(turtle -> turtle) -> turtle -> turtle", "call:pen_up",
        "pen_up(body, rest): does body with the pen up; then the rest with the pen as it was.",
        f"(lambda (logo_PT (lambda {_AHEAD}) {_AHEAD}))", _line((1.0, 0.0), (2.0, 0.0)),
    ),
    _primitive(
        "logo_UL", "tlength", "literal:'1 unit'", "'1 unit': a length.",
        f"(lambda {_AHEAD})", _UNIT,
    ),
    _primitive(
        "logo_ZL", "tlength", "literal:'0 units'", "'0 units': no length; nothing is drawn.",
        f"(lambda {_move('logo_ZL', _QUARTER, _AHEAD)})", _line((0.0, 0.0), (0.0, 1.0)),
    ),
    _primitive(
        "logo_epsL", "tlength", "literal:'0.05 units'", "'0.05 units': a short length.",
        f"(lambda {_move('logo_epsL', 'logo_ZA')})", _line((0.0, 0.0), (0.05, 0.0)),
    ),
    _primitive(
        "logo_UA", "tangle", "literal:'1 turn'", "'1 turn': the whole way round.",
        f"(lambda {_move('logo_UL', '(logo_DIVA logo_UA 2)', _AHEAD)})", _BACK,
    ),
    _primitive(
        "logo_ZA", "tangle", "literal:'0 turns'", "'0 turns': straight on.",
        f"(lambda {_move('logo_UL', 'logo_ZA', _AHEAD)})", _line((0.0, 0.0), (1.0, 0.0), (2.0, 0.0)),
    ),
    _primitive(
        "logo_epsA", "tangle", "literal:'0.025 turns'", "'0.025 turns': a fortieth of the way round.",
        f"(lambda {_move('logo_UL', '(logo_MULA (logo_MULA logo_epsA 5) 2)', _AHEAD)})", _CORNER,
    ),
    _primitive(
        "logo_DIVA", "tangle -> int -> tangle", "call:part_of_angle",
        "part_of_angle(a, n): the angle divided by n; an error for 0.",
        f"(lambda {_move('logo_UL', '(logo_DIVA logo_UA 4)', _AHEAD)})", _CORNER,
    ),
    _primitive(
        "logo_MULA", "tangle -> int -> tangle", "call:times_angle", "times_angle(a, n): the angle n times.",
        f"(lambda {_move('logo_UL', '(logo_MULA (logo_DIVA logo_UA 8) 2)', _AHEAD)})", _CORNER,
    ),
    _primitive(
        "logo_DIVL", "tlength -> int -> tlength", "call:part_of_length",
        "part_of_length(l, n): the length divided by n; an error for 0.",
        f"(lambda {_move('(logo_DIVL logo_UL 2)', 'logo_ZA')})", _line((0.0, 0.0), (0.5, 0.0)),
    ),
    _primitive(
        "logo_MULL", "tlength -> int -> tlength", "call:times_length",
        "times_length(l, n): the length n times.",
        f"(lambda {_move('(logo_MULL logo_UL 2)', 'logo_ZA')})", _line((0.0, 0.0), (2.0, 0.0)),
    ),
    _primitive(
        "logo_ADDA", "tangle -> tangle -> tangle", "binary:+", "a + b: both angles together.",
        f"(lambda {_move('logo_UL', '(logo_ADDA (logo_DIVA logo_UA 8) (logo_DIVA logo_UA 8))', _AHEAD)})",
        _CORNER,
    ),
    _primitive(
        "logo_SUBA", "tangle -> tangle -> tangle", "binary:-", "a - b: the angle a less the angle b.",
        f"(lambda {_move('logo_UL', '(logo_SUBA (logo_DIVA logo_UA 2) (logo_DIVA logo_UA 4))', _AHEAD)})",
        _CORNER,
    ),
    _primitive(
        "logo_IFTY", "int", "literal:20", "20: as many rounds as make short steps look smooth.",
        f"(lambda {_move('(logo_MULL logo_epsL logo_IFTY)', 'logo_ZA')})", _UNIT,
    ),
    *digits(
        f"(lambda {_move('(logo_MULL logo_UL {0})', 'logo_ZA')})", REQUEST, ([],),
        lambda n: _line((0.0, 0.0), (float(n), 0.0)),
    ),
)  # fmt: skip

EQUATIONS: tuple[str, ...] = (
    "(logo_forLoop a (lambda (lambda $0)) k) = k",
    "(logo_GETSET (lambda $0) k) = k",
    "(logo_PT (lambda $0) k) = k",
    "(logo_DIVA a 1) = a",
    "(logo_MULA a 1) = a",
    "(logo_DIVL a 1) = a",
    "(logo_MULL a 1) = a",
    "(logo_DIVA logo_ZA a) = logo_ZA",
    "(logo_MULA logo_ZA a) = logo_ZA",
    "(logo_DIVL logo_ZL a) = logo_ZL",
    "(logo_MULL logo_ZL a) = logo_ZL",
    "(logo_ADDA a b) = (logo_ADDA b a)",
    "(logo_ADDA a logo_ZA) = a",
    "(logo_ADDA logo_ZA a) = a",
    "(logo_SUBA a logo_ZA) = a",
    "(logo_SUBA a a) = logo_ZA",
)

IDIOMS: tuple[tuple[str, str], ...] = (
    ("(logo_forLoop logo_IFTY (lambda (lambda (logo_FWRT _ logo_epsA $0))) _)", "half_circle"),
    ("(logo_forLoop _ (lambda (lambda (logo_FWRT _ (logo_DIVA logo_UA _) $0))) _)", "polygon"),
    ("(logo_PT (lambda (logo_FWRT logo_UL logo_ZA $0)) _)", "skip"),
    ("(logo_forLoop _ (lambda (lambda (logo_GETSET _ _))) _)", "around"),
    ("(logo_FWRT logo_ZL _ _)", "turn"),
    ("(logo_forLoop _ (lambda (lambda _)) _)", "repeat"),
)

LOGO = Domain(
    name="logo",
    description="drawings by a turtle with a pen",
    primitives=PRIMITIVES,
    requests=(REQUEST,),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=IDIOMS,
    twin=Path(__file__).with_name("logo_python.py"),
    partial={"logo_DIVA": "", "logo_DIVL": ""},
)
