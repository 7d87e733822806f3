"""The types of the primitives in DreamCoder's published compression inputs: those files only name them."""

from __future__ import annotations

_INTEGERS = {str(n): "int" for n in range(10)}
_LISTS = {
    "map": "(t0 -> t1) -> list(t0) -> list(t1)",
    "zip": "list(t0) -> list(t1) -> (t0 -> t1 -> t2) -> list(t2)",
    "unfold": "t0 -> (t0 -> bool) -> (t0 -> t1) -> (t0 -> t0) -> list(t1)",
    "fold": "list(t0) -> t1 -> (t0 -> t1 -> t1) -> t1",
    "range": "int -> list(int)",
    "index": "int -> list(t0) -> t0",
    "length": "list(t0) -> int",
    "empty": "list(t0)",
    "cons": "t0 -> list(t0) -> list(t0)",
    "car": "list(t0) -> t0",
    "cdr": "list(t0) -> list(t0)",
    "empty?": "list(t0) -> bool",
    "if": "bool -> t0 -> t0 -> t0",
    "fix1": "t0 -> ((t0 -> t1) -> t0 -> t1) -> t1",
    "+": "int -> int -> int",
    "-": "int -> int -> int",
    "*": "int -> int -> int",
    "mod": "int -> int -> int",
    "eq?": "int -> int -> bool",
    "gt?": "int -> int -> bool",
    "is-prime": "int -> bool",
    "is-square": "int -> bool",
}
_TEXTS = {
    "char-eq?": "char -> char -> bool",
    "STRING": "list(char)",
    **dict.fromkeys(("','", "'.'", "'-'", "SPACE", "LPAREN", "RPAREN"), "char"),
}
_REALS = {
    **dict.fromkeys(("+.", "-.", "*.", "/.", "power"), "real -> real -> real"),
    **dict.fromkeys(("pi", "0.", "1.", "REAL"), "real"),
}
_TOWERS = {
    **dict.fromkeys(("1x3", "3x1", "reverseHand"), "tower -> tower"),
    "moveHand": "int -> tower -> tower",
    "tower_loopM": "int -> (int -> tower -> tower) -> tower -> tower",
    "tower_embed": "(tower -> tower) -> tower -> tower",
}
_LOGO = {
    **dict.fromkeys(("logo_UA", "logo_ZA", "logo_epsA"), "tangle"),
    **dict.fromkeys(("logo_UL", "logo_ZL", "logo_epsL"), "tlength"),
    **dict.fromkeys(("logo_MULA", "logo_DIVA"), "tangle -> int -> tangle"),
    **dict.fromkeys(("logo_MULL", "logo_DIVL"), "tlength -> int -> tlength"),
    **dict.fromkeys(("logo_ADDA", "logo_SUBA"), "tangle -> tangle -> tangle"),
    "logo_IFTY": "int",
    "logo_FWRT": "tlength -> tangle -> turtle -> turtle",
    "logo_forLoop": "int -> (int -> turtle -> turtle) -> turtle -> turtle",
    **dict.fromkeys(("logo_GETSET", "logo_PT"), "(turtle -> turtle) -> turtle -> turtle"),
}

TYPES: dict[str, str] = _INTEGERS | _LISTS | _TEXTS | _REALS | _TOWERS | _LOGO
"""By name; a production of a file may give a ``type`` of its own instead."""
