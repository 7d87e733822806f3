"""The type of a pasted table: each column's from its cells, as far as the domain has such values.

A number, a truth value or a list is read as one where all cells of its column allow it; else the column is
texts, where the domain has them. What the cells leave open, the types of the domain's own tasks decide.
"""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.api.strict import parse_json
from app.dashboard.tasks.sheet import Cell, Sheet
from app.errors import MalformedBody
from library.domain import Domain
from synthesis.value import (
    MAX_DEPTH,
    TEXT,
    UNKNOWN,
    ValueProblem,
    brief,
    check_value,
    conform,
    join,
    parse_request,
    scalars,
    type_of,
)

_INTEGER = re.compile(r"[+-]?\d{1,40}")
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_WORDS = {"int": "whole numbers", "real": "real numbers", "bool": "truth values", "char": "texts"}


class Unreadable(ValueError):
    """A table that isn't one of this type; `field` is the form's."""

    def __init__(self, field: Literal["examples", "request"], detail: str) -> None:
        self.field: Literal["examples", "request"] = field
        super().__init__(detail)


@dataclass(frozen=True)
class Reading:
    """Examples with values of the request's types. `notes` say what was decided where cells left it open."""

    request: str
    examples: tuple[dict[str, Any], ...]
    names: tuple[str, ...]
    inferred: bool
    notes: tuple[str, ...] = ()

    @property
    def types(self) -> list[str]:
        return self.request.split(" -> ")


@dataclass(frozen=True)
class _Text:
    """A cell that is no number, truth value or list."""

    text: str


_EMPTY = _Text("")
_REALS = "whole numbers were taken for real ones: the domain has no others"


def read_values(sheet: Sheet, domain: Domain, request: str | None) -> Reading:
    """The sheet's examples as this request has them, or as their values say. Raises Unreadable."""
    if request is None:
        types, notes = _inferred(sheet, domain)
    else:
        types, notes = _requested(request, len(sheet.rows[0])), []
    examples: list[dict[str, Any]] = []
    for number, row in enumerate(sheet.rows):
        values: list[Any] = []
        for place, (cell, type_) in enumerate(zip(row, types, strict=True)):
            value = _as(cell, type_)
            if value is None:
                shown = brief(cell.text if isinstance(cell, Cell) else cell)
                where = _where(sheet, number, place, len(types))
                raise Unreadable("examples", f"{where} is {shown}, which is no {written(type_)}")
            values.append(value)
        examples.append({"inputs": values[:-1], "output": values[-1]})
    return Reading(" -> ".join(types), tuple(examples), sheet.names, request is None, tuple(notes))


def written(type_: str) -> str:
    """A type as people write it: a list(char) is a str."""
    return type_.replace(TEXT, "str")


def _requested(request: str, cells: int) -> list[str]:
    try:
        arguments, returns = parse_request(request)
    except ValueProblem as problem:
        raise Unreadable("request", str(problem)) from None
    if len(arguments) + 1 != cells:
        raise Unreadable(
            "request", f"it takes {len(arguments)} inputs; the examples have {cells - 1} and an output"
        )
    return [*arguments, returns]


def _inferred(sheet: Sheet, domain: Domain) -> tuple[list[str], list[str]]:
    """A type a column, and what to say about it."""
    notes = (
        ["the first row was taken for the columns' names"] if sheet.names and sheet.shape != "JSON" else []
    )
    width = len(sheet.rows[0])
    found = [_column(sheet, place, domain, notes) for place in range(width)]
    open_ = [place for place, type_ in enumerate(found) if UNKNOWN in type_]
    if open_:
        found = _closed(found, domain)
        for place in open_:
            what = written(found[place])
            notes.append(
                f"{_name(sheet, place)} is empty everywhere: taken for {what}, as in this domain's tasks"
            )
    return found, notes


def _column(sheet: Sheet, place: int, domain: Domain, notes: list[str]) -> str:
    """The type of all of a column's cells; with UNKNOWN where they don't say."""
    raw = [row[place] for row in sheet.rows]
    values = [_value(cell) for cell in raw]
    pasted = all(isinstance(cell, Cell) for cell in raw)
    texts = "char" in domain.scalars
    if pasted and not texts:  # a text can't be meant, so "1 2 3" is a list
        listed = [_bare_list(cell, value) for cell, value in zip(raw, values, strict=True)]
        if listed != values:  # some are lists, so a lone `3` is one too
            listed = [value if isinstance(value, list | _Text) else [value] for value in listed]
        values = listed
    joined = UNKNOWN
    for number, value in enumerate(values):
        where = _where(sheet, number, place, len(sheet.rows[0]))
        own = _type(value, where)
        both = None if own is None else join(joined, own)
        if both is None and pasted and texts:
            return TEXT
        if own is None:
            raise Unreadable("examples", _no_text(where, raw[number], domain))
        if both is None:
            before = written(joined)
            raise Unreadable(
                "examples", f"{where} is {brief(_plain(value))}; in the rows above it is {before}"
            )
        joined = both
    if any(value is _EMPTY for value in values):
        if joined == UNKNOWN:
            return TEXT if texts else f"list({UNKNOWN})"
        if texts and joined in ("int", "bool", "real"):
            return TEXT
        if not joined.startswith("list("):
            number = next(number for number, value in enumerate(values) if value is _EMPTY)
            where = _where(sheet, number, place, len(sheet.rows[0]))
            raise Unreadable("examples", f"{where} is empty; the others are {_WORDS[joined]}")
    return _supported(joined, domain, pasted, _name(sheet, place), notes)


def _supported(type_: str, domain: Domain, pasted: bool, name: str, notes: list[str]) -> str:
    """The type, or the nearest that the domain has values of. Raises Unreadable."""
    (base,) = scalars([type_])
    if base in (*domain.scalars, UNKNOWN):
        return type_
    if base == "int" and "real" in domain.scalars:
        if _REALS not in notes:
            notes.append(_REALS)
        return type_.replace("int", "real")
    if pasted and not type_.startswith("list(") and "char" in domain.scalars:
        return TEXT
    has = ", ".join(_WORDS.get(each, each) for each in sorted(domain.scalars))
    detail = f"{name} has {_WORDS.get(base, base)}; the domain {domain.name} knows only {has}"
    raise Unreadable("examples", f"{detail}: choose another domain")


def _closed(types: list[str], domain: Domain) -> list[str]:
    """The types with their open parts filled in: from the first of the domain's requests that they allow,
    else with its first scalar."""
    for request in domain.requests:
        arguments, returns = parse_request(request)
        wanted = [*arguments, returns]
        if len(wanted) == len(types):
            joined = [join(one, other) for one, other in zip(types, wanted, strict=True)]
            if joined == wanted:
                return wanted
    (scalar, *_) = [each for each in ("int", "real", "char", "bool") if each in domain.scalars] or ["int"]
    return [type_.replace(UNKNOWN, scalar) for type_ in types]


def _value(cell: Any) -> Any:
    """A JSON value as it is; a pasted cell as what it looks like, _Text where it looks like nothing else."""
    if not isinstance(cell, Cell):
        return cell
    text = cell.text
    if not text:
        return _EMPTY
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _REAL.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if text[0] in "[(":
        return _list(text)
    if text[0] == '"':
        try:
            return json.loads(text)
        except ValueError:
            pass
    return _Text(text)


def _list(text: str) -> Any:
    """A list in JSON's notation or Python's."""
    try:
        return parse_json(text.encode())
    except (MalformedBody, UnicodeEncodeError):
        pass
    if max(text.count("["), text.count("(")) > 10_000 or _depth(text) > MAX_DEPTH:
        return _Text(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _Text(text)
    return _listed(value) if isinstance(value, list | tuple) else _Text(text)


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "[(") - (character in "])")
        deepest = max(deepest, depth)
    return deepest


def _bare_list(cell: Any, value: Any) -> Any:
    """`1 2 3` and `1, 2, 3` as lists; other values as they are."""
    if not isinstance(value, _Text) or value is _EMPTY:
        return value
    items = [_value(Cell(part)) for part in re.split(r"\s*[,;]\s*|\s+", cell.text)]
    return items if len(items) > 1 and not any(isinstance(item, _Text) for item in items) else value


def _type(value: Any, where: str) -> str | None:
    """The value's type; None for a text that can't be one here, UNKNOWN for an empty cell."""
    if value is _EMPTY:
        return UNKNOWN
    if isinstance(value, _Text):
        return None
    try:
        check_value(value)
    except ValueProblem as problem:
        raise Unreadable("examples", f"{where}: {problem}") from None
    return type_of(value)


def _plain(value: Any) -> Any:
    return value.text if isinstance(value, _Text) else value


def _no_text(where: str, cell: Any, domain: Domain) -> str:
    shown = brief(cell.text if isinstance(cell, Cell) else cell)
    if "char" in domain.scalars:
        return f"{where} is {shown}; the rows above are of another type"
    has = ", ".join(_WORDS.get(each, each) for each in sorted(domain.scalars))
    return f"{where} is {shown}, a text; the domain {domain.name} has only {has}, and lists of them"


def _as(cell: Any, type_: str) -> Any:
    """A cell as a value of this type, None where it can't be one."""
    value = _value(cell)
    if isinstance(cell, Cell):
        if type_ in (TEXT, "char"):
            value = value if isinstance(value, str) else cell.text
        elif value is _EMPTY and type_.startswith("list("):
            value = []
        elif type_.startswith("list("):
            value = _bare_list(cell, value)
            if not isinstance(value, list | _Text):  # `3` among `1 2 3`
                value = [value]
    if isinstance(value, _Text):
        return None
    try:
        check_value(value)
    except ValueProblem:
        return None
    return conform(value, type_)


def read_argument(text: str, type_: str) -> Any:
    """What someone typed for an argument of this type; None where it can't be one."""
    return _as(Cell(text if type_ in (TEXT, "char") else text.strip()), type_)


def typed_as(value: Any) -> str:
    """A value as it can be typed: a text as it is, where it reads back the same."""
    written_out = json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) and _as(Cell(value), TEXT) == value else written_out


def _name(sheet: Sheet, place: int) -> str:
    if sheet.names:
        return f"the column {sheet.names[place]!r}"
    return "the output" if place == len(sheet.rows[0]) - 1 else f"input {place + 1}"


def _where(sheet: Sheet, row: int, place: int, width: int) -> str:
    column = "the output" if place == width - 1 else f"input {place + 1}"
    return f"{column} in {sheet.place(row)}"


def columns_of(reading: Reading) -> Sequence[str]:
    """A name a column: the sheet's own, else Input and Output."""
    if reading.names:
        return reading.names
    inputs = len(reading.types) - 1
    numbered = [f"Input {number + 1}" for number in range(inputs)] if inputs > 1 else ["Input"]
    return [*numbered, "Output"]
