"""Grammars without cycles as EBNF text: `root ::= "a" x1 | …`, each rule once however often it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable

Sequence = tuple[str, ...]
"""What follows each other: literals, with their quotes, names of rules, and groups as EBNF writes them."""


def literal(text: str) -> str:
    """The text between quotes, as EBNF writes it."""
    return json.dumps(text, ensure_ascii=False)


def joined(*parts: Sequence | str) -> Sequence:
    """The parts one after the other; literals that meet become one."""
    items: list[str] = []
    for part in parts:
        for item in (part,) if isinstance(part, str) else part:
            if items and items[-1][0] == item[0] == '"':
                items[-1] = items[-1][:-1] + item[1:]
            else:
                items.append(item)
    return tuple(items)


class Rules:
    """Rules with equal right sides are one rule, so that what doesn't depend on its context is written once."""

    def __init__(self) -> None:
        self._names: dict[frozenset[Sequence], str] = {}
        self._bodies: dict[str, list[Sequence]] = {}

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
            self._bodies[name] = distinct
        return (name,)

    def text(self, root: Sequence) -> str:
        """`root` and the rules that it needs, a line each."""
        lines = [f"root ::= {' '.join(root)}"]
        seen: set[str] = set()
        waiting = list(reversed(root))
        while waiting:
            item = waiting.pop()
            body = self._bodies.get(item)
            if body is None or item in seen:
                continue
            seen.add(item)
            lines.append(f"{item} ::= {' | '.join(' '.join(part) for part in body)}")
            waiting += [name for part in reversed(body) for name in reversed(part)]
        return "\n".join(lines) + "\n"
