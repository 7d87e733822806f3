"""Grammars without cycles as EBNF text, `root ::= "a" r1 | r2`, in the dialect of xgrammar and vLLM."""

from __future__ import annotations

import json
from collections.abc import Iterable

Sequence = tuple[str, ...]
"""What follows each other: literals in quotes, names of rules, character classes, brackets of groups."""


def literal(text: str) -> str:
    """The text between quotes, as EBNF writes it."""
    return json.dumps(text, ensure_ascii=False)


def character_class(characters: Iterable[str]) -> str:
    """Any one of the characters."""
    escaped = (f"\\{character}" if character in "\\]-^" else character for character in characters)
    return f"[{''.join(escaped)}]"


def joined(*parts: Sequence) -> Sequence:
    """The parts one after the other; literals that meet become one."""
    items: list[str] = []
    for part in parts:
        for item in part:
            if items and items[-1][0] == item[0] == '"':
                items[-1] = items[-1][:-1] + item[1:]
            else:
                items.append(item)
    return tuple(items)


def repeated(part: Sequence, most: int) -> Sequence:
    """The part up to so many times."""
    return "(", *part, f"){{0,{most}}}"


class Rules:
    """Rules with equal right sides are one rule: what doesn't depend on where it stands is written once."""

    def __init__(self) -> None:
        self._names: dict[frozenset[Sequence], str] = {}
        self._alternatives: dict[str, list[Sequence]] = {}

    def choice(self, alternatives: Iterable[Sequence]) -> Sequence | None:
        """What derives each of the alternatives; None if there are none."""
        distinct = list(dict.fromkeys(alternatives))
        if not distinct:
            return None
        if len(distinct) == 1 and len(distinct[0]) == 1:
            return distinct[0]
        key = frozenset(distinct)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"r{len(self._names)}"
            self._alternatives[name] = distinct
        return (name,)

    def text(self, root: Sequence) -> str:
        """`root` and the rules that it needs, a line each."""
        lines = [f"root ::= {' '.join(root)}"]
        seen: set[str] = set()
        waiting = list(reversed(root))
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self._alternatives:
                continue
            seen.add(name)
            alternatives = self._alternatives[name]
            lines.append(f"{name} ::= {' | '.join(' '.join(sequence) for sequence in alternatives)}")
            waiting += [item for sequence in reversed(alternatives) for item in reversed(sequence)]
        return "\n".join(lines) + "\n"
