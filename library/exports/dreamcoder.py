"""DreamCoder's form of a grammar, which its compression inputs hold as "DSL".

``{"logVariable": ..., "productions": [{"expression", "logProbability"}]}`` has bodies and weights; names,
docstrings and tasks have no place in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine import EngineError, Term
from library.domain import get_domain
from library.exports.learned import library_of
from library.snapshot import Library, LibraryError


def to_dreamcoder(library: Library) -> dict[str, Any]:
    """The grammar, with a production for each primitive, then each abstraction."""
    expressions = [
        *(primitive.name for primitive in get_domain(library.domain).primitives),
        *(abstraction.body for abstraction in library.abstractions),
    ]
    *weights, variable = library.weights
    productions = [
        {"expression": expression, "logProbability": weight}
        for expression, weight in zip(expressions, weights, strict=True)
    ]
    return {"logVariable": variable, "productions": productions}


def from_dreamcoder(data: Any, domain_name: str) -> Library:
    """The library of a grammar, or of a compression input that holds one; names and docstrings are composed.

    Raises LibraryError, which says which production is wrong, and UnknownDomain.
    """
    grammar = data.get("DSL", data) if isinstance(data, Mapping) else data
    if not isinstance(grammar, Mapping) or not isinstance(grammar.get("productions"), list):
        raise LibraryError('expected an object with "productions", or with a "DSL" that has them')
    domain = get_domain(domain_name)
    weights: dict[str, float] = {}
    for number, item in enumerate(grammar["productions"]):
        where = f"productions[{number}]"
        expression = item.get("expression") if isinstance(item, Mapping) else None
        if not isinstance(expression, str):
            raise LibraryError(f"{where}: expected an object with expression and logProbability")
        try:
            text = str(Term.parse(expression))
        except EngineError as error:
            raise LibraryError(f"{where}: {error}") from None
        if text in weights:
            raise LibraryError(f"{where}: a second {text}")
        weights[text] = _weight(item.get("logProbability"), f"{where}.logProbability")
    names = [primitive.name for primitive in domain.primitives]
    if missing := [name for name in names if name not in weights]:
        raise LibraryError(f"productions: {missing[0]}, a primitive of domain {domain.name}, is not there")
    learned = [text for text in weights if text not in names]
    if strange := [text for text in learned if not text.startswith("#")]:
        raise LibraryError(f"productions: domain {domain.name} has no primitive {strange[0]}")
    variable = _weight(grammar.get("logVariable"), "logVariable")
    row = [*(weights[text] for text in (*names, *learned)), variable]
    return library_of(domain.name, [(None, Term.parse(text)) for text in learned], row)


def _weight(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise LibraryError(f"{where}: expected a finite number, found {value!r}")
    return float(value)
