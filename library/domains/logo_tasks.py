"""Our own tasks of the logo domain: houses of lines, rings, teeth, fans and trails.

As in ``tower_tasks``: programs with parameters left open, rendered by the engine's primitives.
"""

from __future__ import annotations

from typing import Any

from library.domains.tower_tasks import rendered_tasks

REQUEST = "turtle -> turtle"

_RING = "(logo_forLoop logo_IFTY (lambda (lambda (logo_FWRT {l} (logo_MULA logo_epsA 2) $0))) {rest})"
_POLYGON = "(logo_forLoop {n} (lambda (lambda (logo_FWRT {l} (logo_DIVA logo_UA {n}) $0))) $0)"

FAMILIES: dict[str, tuple[str, dict[str, tuple[int, ...]]]] = {
    "line of {n}": ("(lambda (logo_FWRT (logo_MULL logo_UL {n}) logo_ZA $0))", {"n": (2, 4, 5, 6)}),
    "line of 1, a {n}th of a turn up": (
        "(lambda (logo_FWRT logo_ZL (logo_DIVA logo_UA {n}) (logo_FWRT logo_UL logo_ZA $0)))",
        {"n": (3, 5, 6, 7)},
    ),
    "{n} sides of {m}": (
        f"(lambda {_POLYGON.replace('{l}', '(logo_MULL logo_UL {m})')})", {"n": (3, 5, 6), "m": (2, 3)},
    ),
    "{n} sides of half a unit": (
        f"(lambda {_POLYGON.replace('{l}', '(logo_DIVL logo_UL 2)')})", {"n": (3, 4, 5, 6)},
    ),
    "ring of steps of {n}": (
        f"(lambda {_RING.replace('{l}', '(logo_MULL logo_epsL {n})').replace('{rest}', '$0')})",
        {"n": (2, 4, 6, 7)},
    ),
    "ring on a stick of {n}": (
        "(lambda (logo_FWRT (logo_MULL logo_UL {n}) logo_ZA "
        + _RING.replace("{l}", "logo_epsL").replace("{rest}", "$0") + "))",
        {"n": (2, 3, 4)},
    ),
    "{n} teeth": (
        "(lambda (logo_forLoop {n} (lambda (lambda (logo_FWRT logo_UL (logo_DIVA logo_UA 3) "
        "(logo_FWRT logo_UL (logo_SUBA logo_ZA (logo_DIVA logo_UA 3)) $0)))) $0))",
        {"n": (2, 3, 4)},
    ),
    "fan of {n} lines": (
        "(lambda (logo_forLoop {n} (lambda (lambda (logo_GETSET (lambda (logo_FWRT (logo_MULL logo_UL 2) "
        "logo_ZA $0)) "
        "(logo_FWRT logo_ZL (logo_DIVA logo_UA 8) $0)))) $0))",
        {"n": (3, 4, 5, 6)},
    ),
    "{n} dashes of {m}": (
        "(lambda (logo_forLoop {n} (lambda (lambda (logo_FWRT (logo_MULL logo_UL {m}) logo_ZA "
        "(logo_PT (lambda (logo_FWRT logo_UL logo_ZA $0)) $0)))) $0))",
        {"n": (2, 3), "m": (1, 2)},
    ),
    "{n} rings around": (
        "(lambda (logo_forLoop {n} (lambda (lambda (logo_GETSET (lambda "
        + _RING.replace("{l}", "(logo_MULL logo_epsL 2)").replace("{rest}", "$0")
        + ") (logo_FWRT logo_ZL (logo_DIVA logo_UA {n}) $0)))) $0))",
        {"n": (2, 3, 4, 5)},
    ),
    "trail of {n} growing steps": (
        "(lambda (logo_forLoop {n} (lambda (lambda (logo_FWRT (logo_MULL logo_UL $1) (logo_DIVA logo_UA 3) "
        "$0))) $0))",
        {"n": (3, 4, 5)},
    ),
}  # fmt: skip


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    return rendered_tasks("logo", REQUEST, FAMILIES)
