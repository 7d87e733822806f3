"""Stitch's form of abstractions: name, arity, and a body in which #0 is the first argument.

``{"name": "fn_0", "arity": 2, "body": "(map (lam (+ #0 $0)) #1)"}``. There is no room for types, docstrings,
tasks or weights in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine import EngineError, Term
from library.exports.graph import Functions
from library.exports.learned import library_of
from library.exports.strictness import under_lambdas
from library.snapshot import Library, LibraryError

_TOKEN = re.compile(r"[()]|[^\s()]+")


def to_stitch(library: Library) -> dict[str, Any]:
    """``{"abstractions": [...]}`` in dependency order, as in Stitch's own result.

    An abstraction that only others' bodies hold is there too, as ``helper_1`` and so on. Raises LibraryError
    for texts with spaces or parentheses in them, which the form can't say.
    """
    functions = Functions.of(library)
    names = {function.term: function.name for function in functions.functions}
    made: list[dict[str, Any]] = []
    for function in functions.functions:
        arity, body = under_lambdas(function.term.body)
        made.append(
            {"name": function.name, "arity": arity, "body": _text(body, arity, 0, names, function.name)}
        )
    return {"abstractions": made}


def from_stitch(data: Any, domain: str) -> Library:
    """The library of Stitch's result or of its list of abstractions; weights are equal, docstrings composed.

    Raises LibraryError, which says which abstraction is wrong, and UnknownDomain.
    """
    items = data.get("abstractions") if isinstance(data, Mapping) else data
    if not isinstance(items, list):
        raise LibraryError('expected a list of abstractions, or an object with "abstractions"')
    return library_of(domain, list(terms_from_stitch(items, {}).items()))


def terms_from_stitch(items: Sequence[Any], known: Mapping[str, Term]) -> dict[str, Term]:
    """Stitch's abstractions as terms, by name; ``known`` are those that its programs had names for.

    Raises LibraryError, which says which abstraction is wrong.
    """
    terms: dict[str, Term] = {}
    for number, item in enumerate(items):
        where = f"abstractions[{number}]"
        if not isinstance(item, Mapping):
            raise LibraryError(f"{where}: expected an object, found {type(item).__name__}")
        name, arity, body = (item.get(key) for key in ("name", "arity", "body"))
        if not isinstance(name, str) or not isinstance(body, str) or type(arity) is not int or arity < 0:
            raise LibraryError(f"{where}: expected name, body (texts) and arity (an integer)")
        if name in terms:
            raise LibraryError(f"{where}: a second {name}")
        terms[name] = _parsed(body, arity, {**known, **terms}, f"{where} ({name})")
    return terms


def _text(term: Term, arity: int, depth: int, names: dict[Term, str], owner: str) -> str:
    """depth: how many λ are between the arguments and here."""
    if term.kind == "index":
        return f"${term.index}" if term.index < depth else f"#{arity - 1 - (term.index - depth)}"
    if term.kind == "abstraction":
        return names[term]
    if term.kind == "lambda":
        return f"(lam {_text(term.body, arity, depth + 1, names, owner)})"
    if term.kind == "primitive":
        if not _TOKEN.fullmatch(term.name):
            raise LibraryError(f"{owner}: Stitch's form can't say {term.name}")
        return term.name
    parts: list[str] = []
    while term.kind == "application":
        parts.append(_text(term.argument, arity, depth, names, owner))
        term = term.function
    return f"({' '.join([_text(term, arity, depth, names, owner), *reversed(parts)])})"


def _parsed(text: str, arity: int, known: Mapping[str, Term], where: str) -> Term:
    """The abstraction, by way of DreamCoder's notation, which says the same with λ and indices."""
    opened: list[bool] = []  # for each open parenthesis, whether it is a λ's
    made: list[str] = []
    tokens = _TOKEN.findall(text)
    for position, token in enumerate(tokens):
        if token == "(":
            opened.append(tokens[position + 1 : position + 2] in (["lam"], ["lambda"]))
        elif token == ")" and opened:
            opened.pop()
        elif token in ("lam", "lambda"):
            token = "lambda"
        elif re.fullmatch(r"#\d+", token):
            argument = int(token[1:])
            if argument >= arity:
                raise LibraryError(f"{where}: {token}, but the arity is {arity}")
            token = f"${sum(opened) + arity - 1 - argument}"
        elif token in known:
            token = str(known[token])
        made.append(token)
    spelled = " ".join(made).replace("( ", "(").replace(" )", ")")
    try:
        return Term.parse(f"#{'(lambda ' * arity}{spelled}{')' * arity}") if arity else _closed(spelled)
    except EngineError as error:
        raise LibraryError(f"{where}: {error}") from None


def _closed(text: str) -> Term:
    return Term.abstraction(Term.parse(text))
