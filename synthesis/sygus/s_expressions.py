"""SMT-LIB's s-expressions with the line each stands on; strings are unescaped here and escaped again.

A string is written in double quotes; a quote in it is doubled, and `\\u{48}` or `\\u0048` is a character by
its code, in both versions of SyGuS-IF. Comments run from a semicolon to the end of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from synthesis.sygus.problem import SygusError

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|;[^\n]*)
    |(?P<open>\()|(?P<close>\))
    |(?P<text>"(?:[^"]|"")*")
    |(?P<symbol>\|[^|\\]*\||[^\s()";|]+)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]{1,5})\}|\\u([0-9a-fA-F]{4})")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
MAX_DEPTH = 200


@dataclass(frozen=True)
class Atom:
    """A symbol, an integer or a string (unescaped)."""

    kind: Literal["symbol", "integer", "string"]
    text: str
    line: int


@dataclass(frozen=True)
class Group:
    """What stands in one pair of parentheses; `line` is that of the opening one."""

    items: tuple[SExpression, ...]
    line: int


SExpression = Atom | Group


def read_s_expressions(text: str) -> list[SExpression]:
    """All s-expressions of a text; raises SygusError, "malformed", with the line."""
    found: list[SExpression] = []
    waiting: list[tuple[int, list[SExpression]]] = []  # open groups: their lines and items
    line, at = 1, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            what = "a string that isn't closed" if text[at] == '"' else f"{text[at]!r}, which starts nothing"
            raise SygusError("malformed", f"here is {what}; correct it", line)
        written = token.group()
        items = waiting[-1][1] if waiting else found
        if token["open"]:
            if len(waiting) == MAX_DEPTH:
                raise SygusError("malformed", f"parentheses nest more than {MAX_DEPTH} deep", line)
            waiting.append((line, []))
        elif token["close"]:
            if not waiting:
                raise SygusError("malformed", "this closing parenthesis closes nothing; remove it", line)
            opened, inside = waiting.pop()
            (waiting[-1][1] if waiting else found).append(Group(tuple(inside), opened))
        elif token["text"]:
            items.append(Atom("string", unescape(written[1:-1]), line))
        elif token["symbol"]:
            plain = written[1:-1] if written.startswith("|") else written
            integer = plain == written and _INTEGER.fullmatch(plain)
            items.append(Atom("integer" if integer else "symbol", plain, line))
        line += written.count("\n")
        at = token.end()
    if waiting:
        raise SygusError("malformed", "this parenthesis is never closed; close it", waiting[-1][0])
    return found


def unescape(inside: str) -> str:
    """What a string stands for, from what is written between its quotes."""

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        known = code <= 0x2FFFF and not 0xD800 <= code <= 0xDFFF  # SMT-LIB's characters, without half ones
        return chr(code) if known else match[0]

    return _ESCAPE.sub(character, inside.replace('""', '"'))


def quoted(text: str) -> str:
    """A string as SMT-LIB writes it: printable ASCII as it is, everything else escaped."""
    written = [
        f"\\u{{{ord(character):x}}}"
        if not " " <= character <= "~" or text.startswith("\\u", place)
        else character * (2 if character == '"' else 1)
        for place, character in enumerate(text)
    ]
    return f'"{"".join(written)}"'


def symbol(name: str) -> str:
    """A name as SMT-LIB writes it."""
    return (
        name
        if re.fullmatch(r"[A-Za-z~!@$%^&*_+=<>.?/-][\w~!@$%^&*+=<>.?/-]*", name, re.ASCII)
        else f"|{name}|"
    )
