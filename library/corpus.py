"""Corpora of programs to compress: Stitch's list of s-expressions, and DreamCoder's compression input.

Only what was already loaded is read here. Stitch's programs are plain terms, with neither types nor names
that are checked; DreamCoder's are checked against the types of its language.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from engine import EngineError, IllTyped, Language, Term, Type, UnknownName
from library.dreamcoder_primitives import TYPES


class CorpusError(ValueError):
    """A corpus that can't be used; says which program, and where in it."""


class _NoType(CorpusError):
    """A primitive without a type."""


@dataclass(frozen=True)
class CorpusTask:
    """A task's programs, as given. DreamCoder's form also has their ``request``, and of each the η-long form
    and log P[x|ρ] in nats.
    """

    programs: tuple[Term, ...]
    request: Type | None = None
    eta_long: tuple[Term, ...] = ()
    log_likelihoods: tuple[float, ...] = ()


@dataclass(frozen=True)
class CorpusSettings:
    """What DreamCoder's file asks for. ``aic``: nats a production; ``structure_penalty``: nats a node."""

    max_arity: int = 3
    top_k: int = 2
    pseudocounts: float = 30.0
    aic: float = 1.0
    structure_penalty: float = 1.5
    iterations: int = 20


@dataclass(frozen=True)
class Corpus:
    """``primitives`` (name, type) and ``abstractions`` are the language of DreamCoder's form; Stitch's has
    neither, and no ``settings``. So it is, too, where a primitive of DreamCoder's form has no known type:
    ``untyped`` says which.
    """

    tasks: tuple[CorpusTask, ...]
    primitives: tuple[tuple[str, Type], ...] = ()
    abstractions: tuple[Term, ...] = ()
    settings: CorpusSettings | None = None
    untyped: str = "its form has no types"

    @property
    def typed(self) -> bool:
        return self.settings is not None

    @property
    def programs(self) -> list[list[Term]]:
        """One inner list per task."""
        return [list(task.programs) for task in self.tasks]

    def language(self) -> Language:
        return Language(list(self.primitives), list(self.abstractions))


def parse_corpus(data: Any) -> Corpus:
    """Of either form, from loaded JSON. Raises CorpusError; an empty corpus is one too."""
    if isinstance(data, list) and data and all(isinstance(text, str) for text in data):
        terms = [_term(text, f"program {number}") for number, text in enumerate(data, start=1)]
        return Corpus(tuple(CorpusTask((term,)) for term in terms))
    if isinstance(data, dict) and isinstance(data.get("frontiers"), list):
        return _typed(data)
    if isinstance(data, list) and not data:
        raise CorpusError("the corpus is empty: it needs at least one program")
    raise CorpusError("neither a list of s-expressions (Stitch) nor an object with frontiers (DreamCoder)")


def _typed(data: dict[str, Any]) -> Corpus:
    try:
        primitives, abstractions = _productions(data.get("DSL"))
    except _NoType as error:
        return _untyped(data["frontiers"], str(error))
    try:
        language = Language(list(primitives), list(abstractions))
    except EngineError as error:
        raise CorpusError(f"DSL: {error}") from None
    tasks = tuple(
        _task(frontier, number, language) for number, frontier in enumerate(data["frontiers"], start=1)
    )
    if not any(task.programs for task in tasks):
        raise CorpusError("the corpus is empty: none of its frontiers has a program")
    return Corpus(tasks, primitives, abstractions, _settings(data))


def _untyped(frontiers: list[Any], why: str) -> Corpus:
    tasks = tuple(
        CorpusTask(
            tuple(
                _term(entry.get("program"), f"frontier {number}, program {place}")
                for place, entry in enumerate(_entries(frontier, number), start=1)
            )
        )
        for number, frontier in enumerate(frontiers, start=1)
    )
    if not any(task.programs for task in tasks):
        raise CorpusError("the corpus is empty: none of its frontiers has a program")
    return Corpus(tasks, untyped=why)


def _settings(data: dict[str, Any]) -> CorpusSettings:
    default = CorpusSettings()

    def number(key: str, otherwise: float, least: float = 0.0) -> float:
        value = data.get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise CorpusError(f"{key} is a number, not {value!r}")
        if not math.isfinite(value) or value < least:
            raise CorpusError(f"{key} is a number of at least {least:g}, not {value!r}")
        return value

    return CorpusSettings(
        max_arity=int(number("arity", default.max_arity)),
        top_k=int(number("topK", default.top_k, 1)),
        pseudocounts=number("pseudoCounts", default.pseudocounts, 1e-6),
        aic=number("aic", default.aic),
        structure_penalty=number("structurePenalty", default.structure_penalty),
        iterations=int(number("iterations", default.iterations)),
    )


def _productions(dsl: Any) -> tuple[tuple[tuple[str, Type], ...], tuple[Term, ...]]:
    listed = dsl.get("productions") if isinstance(dsl, dict) else None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise CorpusError('DSL: it needs a list of "productions"')
    primitives: list[tuple[str, Type]] = []
    abstractions: list[Term] = []
    for number, entry in enumerate(listed, start=1):
        where = f"DSL: production {number}"
        term = _term(entry.get("expression"), where)
        if term.kind == "abstraction":
            abstractions.append(term)
        elif term.kind == "primitive":
            primitives.append((term.name, _primitive_type(term.name, entry.get("type"), where)))
        else:
            raise CorpusError(f"{where}: {term} is neither a primitive nor an abstraction")
    return tuple(primitives), tuple(abstractions)


def _primitive_type(name: str, given: Any, where: str) -> Type:
    if given is not None:
        return _type(given, where)
    if name not in TYPES:
        raise _NoType(f'{name} is no primitive of DreamCoder\'s, and the DSL gives it no "type"')
    return Type.parse(TYPES[name])


def _task(frontier: Any, number: int, language: Language) -> CorpusTask:
    where = f"frontier {number}"
    entries = _entries(frontier, number)
    request = _type(frontier.get("request"), where)
    programs: list[Term] = []
    written: list[Term] = []
    log_likelihoods: list[float] = []
    for place, entry in enumerate(entries, start=1):
        here = f"{where}, program {place}"
        term = _term(entry.get("program"), here)
        try:
            written.append(language.eta_long(term, request))
        except (IllTyped, UnknownName) as error:
            raise CorpusError(f"{here}: {error}") from None
        likelihood = entry.get("logLikelihood", 0.0)
        if isinstance(likelihood, bool) or not isinstance(likelihood, int | float):
            raise CorpusError(f"{here}: logLikelihood is a number, not {likelihood!r}")
        if not math.isfinite(likelihood):
            raise CorpusError(f"{here}: logLikelihood is {likelihood}, and must be finite")
        programs.append(term)
        log_likelihoods.append(float(likelihood))
    return CorpusTask(tuple(programs), request, tuple(written), tuple(log_likelihoods))


def _entries(frontier: Any, number: int) -> list[dict[str, Any]]:
    entries = frontier.get("programs") if isinstance(frontier, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CorpusError(f'frontier {number}: it needs a list of "programs"')
    return entries


def _type(given: Any, where: str) -> Type:
    try:
        return Type.parse(given if isinstance(given, str) else _type_text(given))
    except (EngineError, KeyError, TypeError, RecursionError):
        raise CorpusError(f"{where}: {given!r} is no type") from None


def _type_text(given: Any) -> str:
    """DreamCoder's JSON of a type: ``{"constructor", "arguments"}``, or ``{"index"}`` for a variable."""
    if "index" in given:
        return f"t{int(given['index'])}"
    arguments = [_type_text(argument) for argument in given["arguments"]]
    if given["constructor"] == "->":
        left, right = arguments
        return f"({left}) -> {right}"
    return f"{given['constructor']}({', '.join(arguments)})" if arguments else str(given["constructor"])


def _term(text: Any, where: str) -> Term:
    if not isinstance(text, str):
        raise CorpusError(f"{where} is no text")
    try:
        return Term.parse(text)
    except EngineError as error:
        raise CorpusError(f"{where}: {error}") from None
