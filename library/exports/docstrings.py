"""Docstrings that carry any text safely, with examples that doctest runs.

The text comes from people and models. It can neither end the literal nor start an example: a line of it that
begins with ``>>>`` gets a backslash in front. ``split`` gives the text back exactly.
"""

from __future__ import annotations

import re

_INDENT = "    "
_PROMPT = re.compile(r"^([ \t]*)(\\*)>>>", re.MULTILINE)
_EXAMPLE = re.compile(r"^[ \t]*>>>", re.MULTILINE)


def docstring_literal(text: str, examples: str, indent: str = _INDENT) -> str:
    """The source of a docstring, at this indentation, without it on the first line; "" for nothing at all.

    examples: lines as doctest wants them, or "".
    """
    if not text and not examples:
        return ""
    whole = _indented(_PROMPT.sub(r"\1\\\2>>>", text), indent)
    if examples:
        between = "\n\n" if text else "\n"
        whole += f"{between}{indent}{_indented(examples, indent)}\n{indent}"
    return f'"""{_escaped(whole)}"""'


def split(docstring: str, indent: str = _INDENT) -> tuple[str, str]:
    """Text and examples of a docstring's value, as the literal has it, not dedented."""
    found = _EXAMPLE.search(docstring)
    head = docstring[: found.start()] if found else docstring
    examples = docstring[found.start() :] if found else ""
    if found:
        head = head[:-2] if head.endswith("\n\n") else head.rstrip()
    first, *others = head.split("\n")
    lines = [first, *(line.removeprefix(indent) for line in others)]
    text = re.sub(r"^([ \t]*)\\(\\*)>>>", r"\1\2>>>", "\n".join(lines), flags=re.MULTILINE)
    return text, "\n".join(line.strip() for line in examples.strip().split("\n"))


def _indented(text: str, indent: str) -> str:
    first, *others = text.split("\n")
    return "\n".join([first, *(indent + line if line else line for line in others)])


def _escaped(text: str) -> str:
    made: list[str] = []
    for character in text:
        if character == "\\":
            made.append("\\\\")
        elif character == "\n" or character.isprintable():
            made.append(character)
        else:
            made.append(character.encode("unicode_escape").decode("ascii"))
    body = "".join(made).replace('"""', r"\"\"\"")
    return f'{body[:-1]}\\"' if body.endswith('"') else body
