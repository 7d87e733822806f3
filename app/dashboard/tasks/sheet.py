"""What people paste, as rows of cells: JSON, spreadsheet cells, CSV, or a line an example with an arrow.

Says where rows and cells are, not what they mean: a pasted cell stays text (`Cell`) until its column has a
type (inference.py); a JSON value is one already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.api.strict import parse_json
from app.errors import MalformedBody

_ARROWS = ("->", "=>", "→")
_NAMES = re.compile(r"(?:in(?:put)?s?|out(?:put)?s?|result|expected|answer|[xyz])[\s_-]*\d*", re.IGNORECASE)


class SheetError(ValueError):
    """Text that is no table of examples; the message says which line and what to do."""


@dataclass(frozen=True)
class Cell:
    """A pasted cell: in quotes, as it stands there; without any, trimmed."""

    text: str
    quoted: bool = False


Row = tuple[Any, ...]


@dataclass(frozen=True)
class Sheet:
    """Rows of as many cells each, the last being the output.

    `lines`: where each row was, from 1. `names`: of the columns, none where no header was found.
    `shape`: how it was written, in words. `given`: what a whole task in JSON brings besides its examples.
    """

    rows: tuple[Row, ...]
    lines: tuple[int, ...]
    shape: str
    names: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()

    def place(self, row: int) -> str:
        """Where a row (from 0) was, for a message."""
        return f"example {row + 1}" if self.shape == "JSON" else f"line {self.lines[row]}"


def read_sheet(text: str, header: bool | None = None) -> Sheet:
    """The rows of `text`; raises SheetError. `header`: whether the first row names the columns; None: as it
    looks."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SheetError("there are no examples yet: paste at least one row, inputs first, the output last")
    problem = None
    if text.lstrip()[0] in "[{":
        try:
            return _of_json(parse_json(text.strip().encode()))
        except MalformedBody as error:
            problem = error.detail
    lines = [line for line in text.split("\n") if line.strip()]
    arrows = "\t" not in text and all(any(arrow in line for arrow in _ARROWS) for line in lines)
    separators, shape = _separators(text, lines, arrows)
    cut = _cut(text, separators)
    broken = any(cell.text[:1] == "[" and cell.text[-1] != "]" for _, row in cut for cell, _ in row)
    if problem is not None and (broken or all(len(row) < 2 for _, row in cut)):
        raise SheetError(f"it begins like JSON and isn't: {problem}")
    if arrows:
        _check_arrows(cut)
    return _titled(_squared([(line, [cell for cell, _ in row]) for line, row in cut], shape), header)


def _separators(text: str, lines: Sequence[str], arrows: bool) -> tuple[tuple[str, ...], str]:
    if "\t" in text:
        return ("\t",), "cells separated by tabs"
    if arrows:
        return (*_ARROWS, ","), "one example a line, with an arrow"
    if all(";" in line for line in lines):
        return (";",), "cells separated by semicolons"
    return (",",), "cells separated by commas"


def _cut(text: str, separators: Sequence[str]) -> list[tuple[int, list[tuple[Cell, str]]]]:
    """Rows with their line; each cell with the separator after it, "" at the end of a row."""
    rows: list[tuple[int, list[tuple[Cell, str]]]] = []
    row: list[tuple[Cell, str]] = []
    position, line = 0, 1
    while position <= len(text):
        cell, end = _cell(text, position, separators)
        separator = next((each for each in separators if text.startswith(each, end)), "")
        row.append((cell, separator))
        lines_in_it = text.count("\n", position, end)
        position = end + max(1, len(separator))
        if not separator:
            if len(row) > 1 or row[0][0].text:
                rows.append((line, row))
            row = []
            line += 1
        line += lines_in_it
    return rows


def _cell(text: str, start: int, separators: Sequence[str]) -> tuple[Cell, int]:
    """The cell that begins at `start`, and where it ends: at a separator, a line's end, or the text's."""
    first = start
    while first < len(text) and text[first] == " ":
        first += 1
    for content, end in _enclosed(text, first):
        after = end
        while after < len(text) and text[after] == " ":
            after += 1
        if after == len(text) or text[after] == "\n" or text.startswith(tuple(separators), after):
            return Cell(content, text[first] == '"'), after
    end = start
    while end < len(text) and text[end] != "\n" and not text.startswith(tuple(separators), end):
        end += 1
    return Cell(text[start:end].strip()), end


def _enclosed(text: str, start: int) -> Iterable[tuple[str, int]]:
    """A quoted cell, its quotes undone, or a list in brackets, and where it ends; nothing for other cells."""
    if text.startswith('"', start) and (match := re.compile(r'"((?:[^"]|"")*)"').match(text, start)):
        yield match[1].replace('""', '"'), match.end()
    if text.startswith(("[", "("), start):
        depth, position, quote = 0, start, ""
        while position < len(text) and text[position] != "\n":
            character = text[position]
            if quote:
                position += character == "\\"
                quote = "" if character == quote else quote
            elif character in "\"'":
                quote = character
            else:
                depth += (character in "[(") - (character in "])")
            position += 1
            if depth == 0 and not quote:
                yield text[start:position], position
                return


def _check_arrows(cut: Sequence[tuple[int, Sequence[tuple[Cell, str]]]]) -> None:
    for line, row in cut:
        if [separator in _ARROWS for _, separator in row[:-1]] != [*[False] * (len(row) - 2), True]:
            raise SheetError(
                f"line {line} needs one arrow, before its output; quote a text that has one inside"
            )


def _squared(rows: Sequence[tuple[int, list[Cell]]], shape: str) -> Sheet:
    """All rows with as many cells; empty columns at the right, which spreadsheets leave, are dropped."""
    width = max(len(row) for _, row in rows)
    while width > 2 and all(len(row) < width or row[width - 1] == Cell("") for _, row in rows):
        width -= 1
    for line, row in rows:
        if width < 2:
            raise SheetError(f"line {line} has one cell; a row has the inputs first, then the output")
        if len(row) < width:
            first = next(line for line, other in rows if len(other) >= width)
            raise SheetError(f"line {line} has {_cells(len(row))}, line {first} has {width}")
    return Sheet(tuple(tuple(row[:width]) for _, row in rows), tuple(line for line, _ in rows), shape)


def _cells(count: int) -> str:
    return f"{count} cell{'' if count == 1 else 's'}"


def _titled(sheet: Sheet, header: bool | None) -> Sheet:
    """The first row as names where it is a header."""
    first, rest = sheet.rows[0], sheet.rows[1:]
    if header is None:
        header = bool(rest) and (
            all(_NAMES.fullmatch(cell.text) for cell in first)
            or (
                all(cell.text and is_words(cell.text) for cell in first)
                and any(_is_data([row[place] for row in rest]) for place in range(len(first)))
            )
        )
    if not header:
        return sheet
    if not rest:
        raise SheetError("there is a header and no example below it")
    return replace(sheet, rows=rest, lines=sheet.lines[1:], names=tuple(cell.text for cell in first))


def _is_data(column: Sequence[Cell]) -> bool:
    """Whether a column has values, and none of them is a mere text."""
    return any(cell.text for cell in column) and not any(is_words(cell.text) for cell in column)


def is_words(text: str) -> bool:
    """Whether a cell can be nothing but a text: no number, truth value or list."""
    if text.lower() in ("true", "false", ""):
        return False
    try:
        return isinstance(json.loads(text), str)
    except (ValueError, RecursionError):
        return not re.fullmatch(r"[\s\d.,;eE+\-]*\d[\s\d.,;eE+\-]*|\[.*\]|\(.*\)", text)


def _of_json(document: Any) -> Sheet:
    if isinstance(document, list) and len(document) > 1 and all(_is_task(each) for each in document):
        raise SheetError(
            f"there are {len(document)} tasks here and the form takes one: POST /v1/tasks takes many"
        )
    if isinstance(document, list) and len(document) == 1 and _is_task(document[0]):
        document = document[0]
    given: tuple[tuple[str, str], ...] = ()
    if _is_task(document):
        given = tuple(
            (key, document[key])
            for key in ("name", "request", "description")
            if isinstance(document.get(key), str)
        )
        document = document["examples"]
    if not isinstance(document, list) or not document:
        raise SheetError('JSON here is a list of examples, such as [{"inputs": [3], "output": 6}]')
    rows: list[Row] = []
    names: tuple[str, ...] = ()
    for number, item in enumerate(document, start=1):
        if isinstance(item, dict) and "inputs" in item and "output" in item:
            if not isinstance(item["inputs"], list):
                raise SheetError(f'example {number}: "inputs" is a list of one value an argument')
            row = (*item["inputs"], item["output"])
        elif isinstance(item, dict):
            names = names or tuple(item)
            if set(item) != set(names):
                raise SheetError(f"example {number} has other keys than example 1")
            row = tuple(item[name] for name in names)
        elif isinstance(item, list):
            row = tuple(item)
        else:
            raise SheetError(
                f'example {number} is no row: write [inputs…, output] or {{"inputs": […], "output": …}}'
            )
        if len(row) < 2:
            raise SheetError(f"example {number} has {_cells(len(row))}; it needs an input and an output")
        if rows and len(row) != len(rows[0]):
            raise SheetError(f"example {number} has {_cells(len(row))}, example 1 has {len(rows[0])}")
        rows.append(row)
    return Sheet(tuple(rows), tuple(range(1, len(rows) + 1)), "JSON", names, given)


def _is_task(document: Any) -> bool:
    return isinstance(document, dict) and "examples" in document
