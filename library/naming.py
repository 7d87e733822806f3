"""Names and one-line docstrings of abstractions, composed from type, body and uses; no model is asked here.

An unexplained abstraction is known to hurt a language model, a wrong explanation too: what a docstring gives
as an example was run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import count, pairwise
from typing import Any

from engine import EngineError, Failure, Grammar, Language, Limits, Term, Type
from engine.python_form import Surface, to_python
from engine.python_surface import is_identifier
from library.domain import Domain
from library.refactoring import leaves
from library.snapshot import Abstraction

_OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "%": "mod",
    ">": "greater",
    "<": "less",
    "==": "equal",
}
_WORDS = 3
"""Functions that a name mentions at most."""
_SAMPLES: dict[str, list[Any]] = {
    "int": [3, 2, 5],
    "bool": [True, False],
    "list(int)": [[4, 1, 5, 3, 9], [2, 7, 6]],
    "list(bool)": [[True, False, True]],
    "list(list(int))": [[[1, 2], [3]]],
    "char": ["-", "b"],
    "list(char)": ["ab-c d", "xy"],
    "list(list(char))": [["ab", "c"]],
    "real": [2.0, 0.5, 3.0],
    "list(real)": [[1.0, 2.0, 4.0], [0.5, 3.0, 1.0]],
    "list(list(real))": [[[1.0, 2.0], [0.5, 3.0]]],
}
"""Arguments that examples are made with, the first for the first argument of the type."""
_FUNCTION_NATS = (6.0, 7.5, 9.0, 10.5, 12.0)
"""How far to look for a function to pass as an argument, in steps."""
_FUNCTIONS = 5000
"""The most to look at in one step."""


def name_abstraction(abstraction: Term, domain: Domain, language: Language, taken: Collection[str]) -> str:
    """A readable Python identifier that is neither taken nor a function of the domain's Python form."""
    surface = Surface(tuple((p.name, p.type, p.python) for p in domain.primitives))
    base = (
        _constant_name(abstraction, language) or "_".join(_words(abstraction, domain, surface)) or "function"
    )
    if not is_identifier(base):  # a conditional and nothing else is a keyword, numbers alone are a number
        base = f"function_{base}"
    for number in count(1):
        name = base if number == 1 else f"{base}_v{number}"
        if name not in taken and name not in surface.functions:
            return name
    raise AssertionError("unreachable: count() does not end")


def document(abstraction: Abstraction, language: Language, surface: Surface) -> str:
    """One line: the type, the body in Python, an example that was run, and the tasks it was learned from."""
    parts = [f"{abstraction.type}: {to_python(abstraction.term.body, surface, abstraction.type)}."]
    example = example_of(abstraction, language, surface)
    if example:
        parts.append(f"{example}.")
    return " ".join((*parts, *_origin(abstraction)))


def document_as(abstraction: Abstraction, sentence: str, examples: Sequence[str]) -> str:
    """One line: somebody's sentence in place of type and body, examples that were run, and the tasks."""
    return " ".join((sentence, *(f"{example}." for example in examples), *_origin(abstraction)))


def _origin(abstraction: Abstraction) -> Iterator[str]:
    """A sentence on the tasks that it was learned from, if they are known."""
    if abstraction.tasks:
        first = ", ".join(repr(task) for task in abstraction.tasks[:2])
        more = len(abstraction.tasks) - 2
        yield f"Learned from {first}{f' and {more} more' if more > 0 else ''}."


def example_of(abstraction: Abstraction, language: Language, surface: Surface, first: int = 0) -> str | None:
    """``keep_greater(2, [4, 1]) == [4]``, evaluated; None where no arguments can be made or the function
    fails. ``first``: which of the samples to begin with, for another example.
    """
    type = monomorphic(Type.parse(abstraction.type))
    uses: dict[str, int] = {}
    program, shown, inputs, requests = abstraction.term, [], [], []
    for argument in type.arguments:
        if argument.constructor == "->":
            function = _function(argument, language)
            if function is None:
                return None
            program = Term.apply(program, function)
            shown.append(to_python(function, surface, argument))
            continue
        samples = _SAMPLES.get(str(argument))
        if samples is None:
            return None
        value = samples[(first + uses.get(str(argument), 0)) % len(samples)]
        uses[str(argument)] = uses.get(str(argument), 0) + 1
        program = Term.apply(program, Term.index_of(type_index(type, len(inputs))))
        inputs.append(value)
        requests.append(str(argument))
        shown.append(repr(value))
    for _ in inputs:
        program = Term.lambda_(program)
    request = Type.parse(" -> ".join([*requests, str(type.returns)]))
    try:
        [value] = language.evaluate(language.eta_long(program, request), request, [tuple(inputs)], Limits())
    except EngineError:
        return None
    if isinstance(value, Failure):
        return None
    call = f"({', '.join(shown)})" if shown else ""
    return f"{abstraction.name}{call} == {value!r}"


def type_index(type: Type, given: int) -> int:
    """The de Bruijn index of the program argument number ``given``, among the first-order arguments of
    ``type``.
    """
    return sum(argument.constructor != "->" for argument in type.arguments) - 1 - given


def monomorphic(type: Type) -> Type:
    """The type with int for every type variable."""
    if not type.is_polymorphic:
        return type
    if not type.parameters:
        return Type.parse("int")
    parts = [str(monomorphic(parameter)) for parameter in type.parameters]
    if type.constructor == "->":
        return Type.parse(f"({parts[0]}) -> {parts[1]}")
    return Type.parse(f"{type.constructor}({', '.join(parts)})")


def _function(type: Type, language: Language) -> Term | None:
    """The shortest function of the type that uses all its arguments; None if there is none within reach."""
    wanted = len(type.arguments)
    grammar = Grammar.uniform(language)
    for lower, upper in pairwise((0.0, *_FUNCTION_NATS)):
        for term, _ in sorted(grammar.enumerate(type, lower, upper, _FUNCTIONS), key=lambda found: found[1]):
            body = term
            for _ in range(wanted):
                body = body.body
            if body.kind != "index" and _free(body, wanted) == set(range(wanted)):
                return term
    return None


def _free(term: Term, outer: int, depth: int = 0) -> set[int]:
    """Which of the ``outer`` variables around the term it uses."""
    if term.kind == "index":
        return {term.index - depth} if depth <= term.index < depth + outer else set()
    if term.kind == "application":
        return _free(term.function, outer, depth) | _free(term.argument, outer, depth)
    if term.kind == "lambda":
        return _free(term.body, outer, depth + 1)
    return set()


def _constant_name(abstraction: Term, language: Language) -> str | None:
    """``constant_3`` for a closed integer."""
    if str(language.infer(abstraction)) != "int":
        return None
    [value] = language.evaluate(abstraction, Type.parse("int"), [()], Limits())
    if isinstance(value, Failure):
        return None
    return f"constant_{value}" if value >= 0 else f"constant_minus_{-value}"


def _words(abstraction: Term, domain: Domain, surface: Surface) -> list[str]:
    """The idiom that the body is, if any, then its functions and numbers from left to right, each once."""
    body = abstraction.beta_normal()  # not a function where it takes no arguments
    while body.kind == "lambda":
        body = body.body
    words: list[str] = []
    spelled: set[Term] = set()
    for pattern, word in domain.idioms:
        template = Term.parse(pattern)
        if _matches(template, body):
            words.append(word)
            spelled = set(leaves(template))
            break
    for part in _parts(body, surface):
        if isinstance(part, int):
            word = str(part)
        elif part in spelled or part.name not in surface.forms:  # a written constant has no word
            continue
        else:
            kind, spelling = surface.forms[part.name]
            word = {"binary": _OPERATORS.get(spelling, ""), "call": spelling, "conditional": "if"}.get(
                kind, ""
            )
        if word and word not in words and len(words) < _WORDS:
            words.append(word)
    return words


def _parts(term: Term, surface: Surface) -> Iterator[Term | int]:
    """Primitives from left to right; a sum of ones is one number, 0 and 1 alone are not worth a mention."""
    number = _number(term, surface)
    if number is not None:
        if number > 1:
            yield number
    elif term.kind == "application":
        yield from _parts(term.function, surface)
        yield from _parts(term.argument, surface)
    elif term.kind == "lambda":
        yield from _parts(term.body, surface)
    elif term.kind == "primitive":
        yield term


def _number(term: Term, surface: Surface) -> int | None:
    form = surface.forms.get(term.name) if term.kind == "primitive" else None  # a constant has none
    if form and form[0] == "integer":
        return int(term.name)
    if term.kind == "application" and term.function.kind == "application":
        left, right = _number(term.function.argument, surface), _number(term.argument, surface)
        if term.function.function == surface.operators.get("+") and left is not None and right is not None:
            return left + right
    return None


_ANYTHING = "_"


def _matches(pattern: Term, term: Term) -> bool:
    if pattern.kind == "primitive" and pattern.name == _ANYTHING:
        return True
    if pattern.kind != term.kind:
        return False
    if pattern.kind == "application":
        return _matches(pattern.function, term.function) and _matches(pattern.argument, term.argument)
    if pattern.kind == "lambda":
        return _matches(pattern.body, term.body)
    return pattern == term
