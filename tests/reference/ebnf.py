"""A small reader of EBNF as `reply_grammar` writes it: which texts it derives, and random ones of them.

A rule a line; literals in quotes, character classes, groups, bounded repetition. Slow and plain.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class OneOf:
    characters: str


@dataclass(frozen=True)
class Rule:
    name: str


@dataclass(frozen=True)
class Repeat:
    part: Node
    least: int
    most: int


@dataclass(frozen=True)
class Choice:
    alternatives: tuple[tuple[Node, ...], ...]


Node = Text | OneOf | Rule | Repeat | Choice
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<oneof>\[(?:[^\]\\]|\\.)*\])|(?P<rule>\w+)"""
    r"""|\{(?P<least>\d+),(?P<most>\d+)\}|(?P<mark>[()|]))"""
)


class Grammar:
    """Raises ValueError for text in another dialect."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, Choice] = {}
        for line in text.splitlines():
            name, _, body = line.partition(" ::= ")
            if name in self.rules or not body:
                raise ValueError(line)
            self.rules[name] = _read(body)

    def derives(self, text: str) -> bool:
        return len(text) in self._ends(Rule("root"), text, 0, {})

    def sample(self, choose: random.Random) -> str:
        """Each alternative of a rule is as likely as the others."""
        return self._sample(Rule("root"), choose)

    def _sample(self, node: Node, choose: random.Random) -> str:
        match node:
            case Text(text):
                return text
            case OneOf(characters):
                return choose.choice(characters)
            case Rule(name):
                return self._sample(self.rules[name], choose)
            case Repeat(part, least, most):
                return "".join(self._sample(part, choose) for _ in range(choose.randint(least, most)))
            case Choice(alternatives):
                return "".join(self._sample(part, choose) for part in choose.choice(alternatives))

    def _ends(self, node: Node, text: str, start: int, known: dict[tuple[str, int], set[int]]) -> set[int]:
        """Where the node can end that starts here."""
        match node:
            case Text(wanted):
                return {start + len(wanted)} if text.startswith(wanted, start) else set()
            case OneOf(characters):
                return {start + 1} if start < len(text) and text[start] in characters else set()
            case Rule(name):
                if (name, start) not in known:
                    known[name, start] = self._ends(self.rules[name], text, start, known)
                return known[name, start]
            case Repeat(part, least, most):
                ends, reached = (set[int]() if least else {start}), {start}
                for count in range(1, most + 1):
                    reached = {end for middle in reached for end in self._ends(part, text, middle, known)}
                    ends |= reached if count >= least else set()
                return ends
            case Choice(alternatives):
                ends = set[int]()
                for sequence in alternatives:
                    reached = {start}
                    for part in sequence:
                        reached = {end for middle in reached for end in self._ends(part, text, middle, known)}
                    ends |= reached
                return ends


def _read(body: str) -> Choice:
    open_groups: list[list[list[Node]]] = [[[]]]
    position = 0
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            raise ValueError(body[position:])
        position = token.end()
        sequence = open_groups[-1][-1]
        if token["text"]:
            sequence.append(Text(json.loads(token["text"])))
        elif token["oneof"]:
            sequence.append(OneOf(_members(token["oneof"][1:-1])))
        elif token["rule"]:
            sequence.append(Rule(token["rule"]))
        elif token["least"]:
            sequence.append(Repeat(sequence.pop(), int(token["least"]), int(token["most"])))
        elif token["mark"] == "(":
            open_groups.append([[]])
        elif token["mark"] == "|":
            open_groups[-1].append([])
        else:
            group = open_groups.pop()
            open_groups[-1][-1].append(Choice(tuple(map(tuple, group))))
    [alternatives] = open_groups
    return Choice(tuple(map(tuple, alternatives)))


def _members(inside: str) -> str:
    """The characters of a class."""
    found = ""
    for item in re.finditer(r"(\\?.)-(\\?.)|(\\?.)", inside):
        first, last = item[1] or item[3], item[2] or item[3]
        found += "".join(map(chr, range(ord(first[-1]), ord(last[-1]) + 1)))
    return found
