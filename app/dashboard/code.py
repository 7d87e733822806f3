"""Colour for program text, Python and the λ form, as spans with classes. No program is run or parsed."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_PYTHON = re.compile(
    r"(?P<keyword>\b(?:lambda|if|else|and|or|not|def|return|True|False|None)\b)"
    r"|(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>\b\d+\b)"
    r"|(?P<call>\b[A-Za-z_]\w*(?=\())"
)
_LAMBDA = re.compile(
    r"(?P<keyword>\b(?:lambda|lam)\b)|(?P<learned>#(?=\())|(?P<variable>\$\d+)|(?P<number>(?<![\w$-])-?\d+\b)"
)


def python(text: str, learned: frozenset[str] = frozenset()) -> Markup:
    """A Python expression; the names in `learned`, the library's own, stand out from built-in ones."""
    return _spans(_PYTHON, text, learned)


def lambdas(text: str) -> Markup:
    """A term in DreamCoder's form."""
    return _spans(_LAMBDA, text, frozenset())


def _spans(pattern: re.Pattern[str], text: str, learned: frozenset[str]) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in pattern.finditer(text):
        kind = "learned" if match[0] in learned else str(match.lastgroup)
        parts += [
            escape(text[end : match.start()]),
            Markup('<span class="c-{}">{}</span>').format(kind, match[0]),
        ]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])
