"""The typed lambda calculus as a machine: types, terms, evaluation, grammars, search, and abstraction.

The native module does the work; this package names what the other rooms may use.
"""

from engine._engine import (
    Budget,
    Cancellation,
    EngineError,
    Failure,
    Grammar,
    IllTyped,
    Language,
    Limits,
    ParseError,
    SearchResult,
    Term,
    Type,
    TypedDecoder,
    UnknownName,
    trace,
)

__all__ = [
    "Budget",
    "Cancellation",
    "EngineError",
    "Failure",
    "Grammar",
    "IllTyped",
    "Language",
    "Limits",
    "ParseError",
    "SearchResult",
    "Term",
    "Type",
    "TypedDecoder",
    "UnknownName",
    "trace",
]
