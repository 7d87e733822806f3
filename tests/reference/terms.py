"""Lambda terms with de Bruijn indices: reading, printing, shifting, substitution, β-normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Index:
    number: int


@dataclass(frozen=True)
class Primitive:
    name: str


@dataclass(frozen=True)
class Apply:
    function: Term
    argument: Term


@dataclass(frozen=True)
class Lambda:
    body: Term


@dataclass(frozen=True)
class Abstraction:
    body: Term


Term = Index | Primitive | Apply | Lambda | Abstraction


def parse(text: str) -> Term:
    """Reads DreamCoder's form of well-formed text; ValueError for other text, without saying where."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|#\(|[()]|[^\s()]+', text)
    position = 0

    def term() -> Term:
        nonlocal position
        if position == len(tokens):
            raise ValueError("the text ends early")
        token = tokens[position]
        position += 1
        if token == "#(":
            position -= 1
            tokens[position] = "("
            return Abstraction(term())
        if token == ")":
            raise ValueError("unexpected )")
        if token != "(":
            return Index(int(token[1:])) if token.startswith("$") else Primitive(token)
        if position < len(tokens) and tokens[position] in ("lambda", "lam"):
            position += 1
            found: Term = Lambda(term())
        else:
            found = term()
            while position < len(tokens) and tokens[position] != ")":
                found = Apply(found, term())
        if position == len(tokens) or tokens[position] != ")":
            raise ValueError("expected )")
        position += 1
        return found

    whole = term()
    if position != len(tokens):
        raise ValueError("text after the term")
    return whole


def show(term: Term) -> str:
    match term:
        case Index(number):
            return f"${number}"
        case Primitive(name):
            return name
        case Lambda(body):
            return f"(lambda {show(body)})"
        case Abstraction(body):
            inside = show(body)
            return f"#{inside}" if inside.startswith("(") else f"#({inside})"
        case Apply():
            head, arguments = spine(term)
            return f"({' '.join(show(part) for part in (head, *arguments))})"


def spine(term: Term) -> tuple[Term, list[Term]]:
    """Head and arguments of nested applications."""
    arguments: list[Term] = []
    while isinstance(term, Apply):
        arguments.append(term.argument)
        term = term.function
    return term, arguments[::-1]


def size(term: Term) -> int:
    """Nodes; an abstraction counts as one."""
    match term:
        case Lambda(body):
            return 1 + size(body)
        case Apply(function, argument):
            return 1 + size(function) + size(argument)
        case _:
            return 1


def shift(term: Term, by: int, cutoff: int = 0) -> Term:
    """Free indices raised by `by`."""
    match term:
        case Index(number):
            return Index(number + by) if number >= cutoff else term
        case Lambda(body):
            return Lambda(shift(body, by, cutoff + 1))
        case Apply(function, argument):
            return Apply(shift(function, by, cutoff), shift(argument, by, cutoff))
        case _:
            return term


def substitute(term: Term, value: Term, depth: int = 0) -> Term:
    """`term` with index `depth` replaced by `value`, and the free indices above lowered by one."""
    match term:
        case Index(number):
            if number == depth:
                return shift(value, depth)
            return Index(number - 1) if number > depth else term
        case Lambda(body):
            return Lambda(substitute(body, value, depth + 1))
        case Apply(function, argument):
            return Apply(substitute(function, value, depth), substitute(argument, value, depth))
        case _:
            return term


def free(term: Term) -> set[int]:
    """The free indices."""
    match term:
        case Index(number):
            return {number}
        case Lambda(body):
            return {number - 1 for number in free(body) if number > 0}
        case Apply(function, argument):
            return free(function) | free(argument)
        case _:
            return set()


class TooManySteps(Exception):
    """The β-normal form is far, or doesn't exist."""


def beta_normal(term: Term, inline: bool = True, max_steps: int = 300, max_size: int = 3000) -> Term:
    """Leftmost-outermost, one step at a time; `inline` also expands abstractions."""
    for _ in range(max_steps):
        reduced = _step(term, inline)
        if reduced is None:
            return term
        term = reduced
        if size(term) > max_size:
            break
    raise TooManySteps


def _step(term: Term, inline: bool) -> Term | None:
    match term:
        case Abstraction(body):
            return body if inline else None
        case Apply(Lambda(body), argument):
            return substitute(body, argument)
        case Apply(function, argument):
            reduced = _step(function, inline)
            if reduced is not None:
                return Apply(reduced, argument)
            reduced = _step(argument, inline)
            return None if reduced is None else Apply(function, reduced)
        case Lambda(body):
            reduced = _step(body, inline)
            return None if reduced is None else Lambda(reduced)
        case _:
            return None


def abstractions(term: Term) -> list[Abstraction]:
    """The distinct abstractions used, directly or inside others, innermost first."""
    match term:
        case Apply(function, argument):
            found = abstractions(function) + abstractions(argument)
        case Lambda(body):
            found = abstractions(body)
        case Abstraction(body):
            found = [*abstractions(body), term]
        case _:
            found = []
    return list(dict.fromkeys(found))
