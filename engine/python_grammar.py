"""The Python form as a grammar: every text that it derives is a well-typed program of one request.

A nonterminal is a type, the variables in scope, and the depth left; it has a rule for each binding strength.
Polymorphic functions are spelled out at each type of a small universe (python_universe). No rule recurs, and
what can't be finished within the depth is left out, so following the grammar never leads into a corner.

What it derives of all that the printer writes: programs whose calls, operators, conditionals, list displays
and inner lambdas are nested at most `depth` deep, that use the functions given. It lacks partial applications
and functions that a call or a conditional returns; functions applied at types outside the universe; variables
whose type nothing in the program says (`fold([], 0, lambda a, x: x)`); abstractions that have no name, and
other redexes; lists of more than MAX_ELEMENTS written out; texts that need an escape, are not ASCII, or
longer than MAX_TEXT; reals in exponent notation, or of more than MAX_DIGITS on a side of the point.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine._engine import EngineError, Term, Type, UnknownName
from engine.ebnf import Rules, Sequence, character_class, joined, literal, repeated
from engine.python_names import names_for
from engine.python_surface import (
    ANY,
    ATOM,
    CALL,
    CONDITIONAL,
    MAX_NUMBER,
    OPERATORS,
    OR,
    UNARY,
    Surface,
    operand_strengths,
)
from engine.python_universe import Ground, Universe, ground, matched, uncurried

Scope = frozenset[tuple[str, Ground]]
"""The variables by name."""

MAX_ELEMENTS = 8
MAX_TEXT = 30  # characters
MAX_DIGITS = 6
_CHARACTERS = [chr(code) for code in range(32, 127) if chr(code) not in "'\"\\"]


def reply_grammar(
    surface: Surface, request: Type, functions: Collection[Term] | None = None, depth: int = 5
) -> str:
    """An EBNF grammar of programs of the request, from `root`, in the dialect of xgrammar and vLLM.

    functions: primitives and abstractions of the surface that programs may use; None for all. depth: how many
    calls, operators, conditionals, list displays and inner lambdas may be inside each other; rules about
    triple with each. Whatever it derives is read by `from_python` (up to the reader's 10,000 characters) and
    has the request's type. Raises UnknownName for a function that the surface lacks, EngineError where no
    program fits.
    """
    types = surface.types
    if functions is not None:
        for term in functions:
            if term not in types:
                raise UnknownName(f"{term} has no Python form here")
        types = {term: type_ for term, type_ in types.items() if term in functions}
    programs = _Programs(surface, types, request)
    root = programs.function(ground(request), frozenset(), depth, outermost=True)
    if root is None:
        raise EngineError(f"no program of type {request} is to be had from these functions at depth {depth}")
    return programs.rules.text(root)


@dataclass(frozen=True)
class _Form:
    """How operands are written: `a > b` is two operands of strength 7 with ("", " > ", "") around them."""

    strength: int
    operands: tuple[Ground, ...]
    needed: tuple[int, ...]  # strength of each operand
    around: tuple[str, ...]  # texts before, between and after the operands


class _Programs:
    """Each method gives what derives the programs asked for, or None where there are none."""

    def __init__(self, surface: Surface, types: Mapping[Term, Type], request: Type) -> None:
        self.surface, self.types = surface, types
        self.universe = Universe(request, types.values())
        self.rules = Rules()
        self.one, self.zero = (self.usable(surface.literals.get(text)) for text in "10")
        self.plus, self.minus = (self.usable(surface.operators.get(text)) for text in "+-")
        self.empty = self.usable(surface.literals.get("[]"))
        self.cons = self.usable(surface.primitive("cons"))
        self._classes: dict[tuple[Ground, Scope, int], Mapping[int, Sequence]] = {}
        self._constants: dict[Ground, list[tuple[int, Sequence]]] = {}
        self._applications: dict[Ground, list[_Form]] = {}

    def usable(self, term: Term | None) -> Term | None:
        return term if term in self.types else None

    def function(self, type_: Ground, scope: Scope, depth: int, outermost: bool = False) -> Sequence | None:
        """A lambda of all the type's arguments, named as the printer does."""
        arguments, result = uncurried(type_)
        names: list[str] = []
        for argument in arguments:
            taken = {*self.surface.functions, *(name for name, _ in scope)}
            names.append(next(name for name in names_for(argument, outermost) if name not in taken))
            scope |= {(names[-1], argument)}
        body = self.expression(result, scope, depth)
        if body is None or not names:
            return body
        return joined((literal(f"lambda {', '.join(names)}: "),), body)

    def expression(self, type_: Ground, scope: Scope, depth: int, needed: int = ANY) -> Sequence | None:
        """What binds as strongly as needed, in parentheses where it wouldn't."""
        classes = self.classes(type_, scope, depth)
        weaker = self.rules.choice(rule for strength, rule in classes.items() if strength < needed)
        enough = [rule for strength, rule in classes.items() if strength >= needed]
        if weaker is not None:
            enough.append(joined((literal("("),), weaker, (literal(")"),)))
        return self.rules.choice(enough)

    def classes(self, type_: Ground, scope: Scope, depth: int) -> Mapping[int, Sequence]:
        """Binding strength -> what has it."""
        if depth < 0:
            return {}
        key = (type_, scope, depth)
        if key not in self._classes:
            found: defaultdict[int, list[Sequence]] = defaultdict(list)
            for strength, sequence in self.alternatives(type_, scope, depth):
                found[strength].append(sequence)
            rules = {strength: self.rules.choice(found[strength]) for strength in sorted(found)}
            self._classes[key] = {strength: rule for strength, rule in rules.items() if rule is not None}
        return self._classes[key]

    def alternatives(self, type_: Ground, scope: Scope, depth: int) -> Iterator[tuple[int, Sequence]]:
        """With the strength of each."""
        yield from ((ATOM, (literal(name),)) for name, variable in sorted(scope) if variable == type_)
        yield from self.constants(type_)
        if type_[0] == "->":
            function = self.function(type_, scope, depth - 1)
            if function is not None:
                yield ANY, function
            return
        forms = list(self.applications(type_))
        for name, variable in sorted(scope):
            arguments, result = uncurried(variable)
            if arguments and result == type_:
                forms.append(_call(name, arguments))
        for form in forms:
            operands = [
                self.expression(operand, scope, depth - 1, needed)
                for operand, needed in zip(form.operands, form.needed, strict=True)
            ]
            sequence: Sequence | None = (literal(form.around[0]),) if form.around[0] else ()
            for operand, after in zip(operands, form.around[1:], strict=True):
                if operand is None:
                    sequence = None
                    break
                sequence = joined(sequence, operand, (literal(after),) if after else ())
            if sequence is not None:
                yield form.strength, sequence
        element = self.expression(type_[1][0], scope, depth - 1) if self.is_displayed(type_) else None
        if element is not None:
            others = repeated(joined((literal(", "),), element), MAX_ELEMENTS - 1)
            yield ATOM, joined((literal("["),), element, others, (literal("]"),))

    def is_displayed(self, type_: Ground) -> bool:
        """Whether lists of the type can be written `[a, b]`."""
        return type_[0] == "list" and None not in (self.empty, self.cons)

    def applications(self, type_: Ground) -> list[_Form]:
        """Of primitives and abstractions, to all their arguments."""
        if type_ not in self._applications:
            forms = [
                self.form(term, arguments)
                for term, general in self.types.items()
                for arguments in self.universe.arguments(general, type_)
            ]
            if self.zero is not None and self.minus is not None and type_ == ground(self.types[self.zero]):
                forms.append(_Form(UNARY, (type_,), (UNARY,), ("-", "")))
            self._applications[type_] = forms
        return self._applications[type_]

    def form(self, head: Term, arguments: tuple[Ground, ...]) -> _Form:
        form, operator = self.surface.forms[head.name] if head.kind == "primitive" else ("", "")
        if form == "binary" and len(arguments) == 2:
            around = ("", f" {operator} ", "")
            return _Form(OPERATORS[operator][0], arguments, operand_strengths(operator), around)
        if form == "conditional" and len(arguments) == 3:
            condition, chosen, other = arguments
            return _Form(CONDITIONAL, (chosen, condition, other), (OR, OR, ANY), ("", " if ", " else ", ""))
        return _call(self.surface.names[head], arguments)

    def constants(self, type_: Ground) -> list[tuple[int, Sequence]]:
        """What depends on no variable and is no application: functions by name, literals, numbers, texts."""
        if type_ not in self._constants:
            found: defaultdict[int, list[Sequence]] = defaultdict(list)
            for strength, sequence in self.written(type_):
                found[strength].append(sequence)
            rules = [(strength, self.rules.choice(sequences)) for strength, sequences in found.items()]
            self._constants[type_] = [(strength, rule) for strength, rule in rules if rule is not None]
        return self._constants[type_]

    def written(self, type_: Ground) -> Iterator[tuple[int, Sequence]]:
        for term, general in self.types.items():
            if matched(general, type_, {}) is None:
                continue
            name = self.surface.names.get(term)
            form, spelling = self.surface.forms.get(term.name, ("", "")) if name is None else ("", name)
            if name is not None or form in ("literal", "integer"):
                yield ATOM, (literal(spelling),)
            if term.kind == "primitive" and term.name == "REAL":
                digits = f"[0-9]{{1,{MAX_DIGITS}}}"
                yield ATOM, (digits, literal("."), digits)
                yield UNARY, (literal("-"), digits, literal("."), digits)
                yield from self.like_literals("float")
            if term.kind == "primitive" and term.name == "STRING":
                single = [c for c in _CHARACTERS if repr(c) not in self.surface.literals]
                any_ = character_class(_CHARACTERS)
                yield ATOM, (literal("''"),)
                yield ATOM, (literal("'"), character_class(single), literal("'"))
                yield ATOM, (literal("'"), any_, f"{any_}{{1,{MAX_TEXT - 1}}}", literal("'"))
                yield from self.like_literals("str")
        if self.one is not None and self.plus is not None and type_ == ground(self.types[self.one]):
            for number in range(2, MAX_NUMBER + 1):
                if str(number) not in self.surface.literals:
                    yield ATOM, (literal(str(number)),)

    def like_literals(self, call: str) -> Iterator[tuple[int, Sequence]]:
        """Constants that look like a literal of the language."""
        starts = "'\"" if call == "str" else "0123456789"
        for spelling in self.surface.literals:
            if spelling[0] in starts and not spelling.isdecimal() and call not in self.surface.functions:
                yield CALL, (literal(f"{call}({spelling})"),)


def _call(name: str, arguments: tuple[Ground, ...]) -> _Form:
    around = (f"{name}(", *[", "] * (len(arguments) - 1), ")")
    return _Form(CALL, arguments, (ANY,) * len(arguments), around)
