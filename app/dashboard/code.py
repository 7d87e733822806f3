"""Colour for program text, Python and the λ form, as spans with classes. No program is run or parsed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from markupsafe import Markup, escape

_PYTHON = re.compile(
    r"(?P<keyword>\b(?:lambda|if|else|and|or|not|def|return|True|False|None)\b)"
    r"|(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)"
    r"|(?P<call>\b[A-Za-z_]\w*(?=\())"
)
_LAMBDA = re.compile(
    r"(?P<keyword>\b(?:lambda|lam)\b)|(?P<learned>#(?=\())|(?P<variable>\$\d+)|(?P<number>(?<![\w$.-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)|(?P<name>\b[A-Za-z_]\w*)"
)


def python(text: str, learned: Collection[str] = frozenset()) -> Markup:
    """A Python expression; the names in `learned`, the library's own, stand out from built-in ones, and lead
    to their pages where `learned` has addresses."""
    return _spans(_PYTHON, text, learned)


def lambdas(text: str, learned: Collection[str] = frozenset()) -> Markup:
    """A term in DreamCoder's form, in which what was learned may go by its name."""
    return _spans(_LAMBDA, text, learned)


def _spans(pattern: re.Pattern[str], text: str, learned: Collection[str]) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in pattern.finditer(text):
        kind = "learned" if match[0] in learned else str(match.lastgroup)
        if isinstance(learned, Mapping) and match[0] in learned:
            word = Markup('<a class="c-learned" href="{}">{}</a>').format(learned[match[0]], match[0])
        elif kind == "name":
            word = escape(match[0])
        else:
            word = Markup('<span class="c-{}">{}</span>').format(kind, match[0])
        parts += [escape(text[end : match.start()]), word]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])
