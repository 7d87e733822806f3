"""A SyGuS problem given by examples: a function to find, the grammar it may be written in, and what it gives.

Pure data; nothing here reads files or searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Sort = Literal["String", "Int", "Bool"]
SORTS: dict[str, Sort] = {"String": "String", "Int": "Int", "Bool": "Bool"}
REQUEST_TYPES: dict[Sort, str] = {"String": "list(char)", "Int": "int", "Bool": "bool"}
Value = str | int | bool


class SygusError(ValueError):
    """A file that can't be read as a problem, or that asks for what there isn't. `line` counts from 1."""

    def __init__(
        self, kind: Literal["malformed", "ill-typed", "unsupported"], detail: str, line: int | None = None
    ):
        self.kind: Literal["malformed", "ill-typed", "unsupported"] = kind
        self.detail = detail
        self.line = line
        super().__init__(detail if line is None else f"line {line}: {detail}")


@dataclass(frozen=True)
class Literally:
    """A constant in a grammar."""

    value: Value


@dataclass(frozen=True)
class Named:
    """A parameter of the function, or a nonterminal."""

    name: str


@dataclass(frozen=True)
class Anything:
    """Any constant, or any parameter, of a sort: `(Constant Int)`, `(Variable String)`."""

    of: Literal["Constant", "Variable"]
    sort: Sort


@dataclass(frozen=True)
class Applied:
    """A function of SMT-LIB on expressions."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Literally | Named | Anything | Applied


@dataclass(frozen=True)
class Nonterminal:
    """What may be written where it stands."""

    name: str
    sort: Sort
    productions: tuple[Expression, ...]


@dataclass(frozen=True)
class PbeExample:
    """One constraint: the function's value at some inputs, and the line of the file that says so."""

    inputs: tuple[Value, ...]
    output: Value
    line: int


@dataclass(frozen=True)
class Problem:
    """A function to find. `grammar` starts with its first nonterminal; None: any expression will do.

    `version` is the SyGuS-IF version that the grammar is written in: 1, or 2 for 2.0 and 2.1.
    """

    name: str
    function: str
    parameters: tuple[tuple[str, Sort], ...]
    returns: Sort
    grammar: tuple[Nonterminal, ...] | None
    examples: tuple[PbeExample, ...]
    logic: str = "SLIA"
    version: int = 2

    @property
    def request(self) -> str:
        """The type of the function as tasks have it."""
        arguments = [REQUEST_TYPES[sort] for _, sort in self.parameters]
        return " -> ".join([*arguments, REQUEST_TYPES[self.returns]])

    def task_document(self) -> dict[str, Any]:
        """The problem as a task in its JSON form, without the grammar."""
        examples = [{"inputs": list(one.inputs), "output": one.output} for one in self.examples]
        return {"name": self.name, "request": self.request, "examples": examples}

    def contradictions(self) -> list[tuple[int, int]]:
        """Pairs of examples, counted from 1, that want two values of the function at the same inputs; each
        example is paired with the first that it contradicts.
        """
        first: dict[tuple[tuple[type, Value], ...], int] = {}
        pairs: list[tuple[int, int]] = []
        for number, example in enumerate(self.examples, start=1):
            key = tuple((type(value), value) for value in example.inputs)
            before = first.setdefault(key, number)
            if self.examples[before - 1].output != example.output:
                pairs.append((before, number))
        return pairs
