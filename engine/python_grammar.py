"""The Python form as a grammar: an EBNF whose every text is a well-typed program of one request.

Nonterminals are (type, variables in scope, depth left), a rule for each binding strength, so polymorphic
functions are spelled out at the types of a small universe. Nothing is recursive, and what can't be finished
within the depth is left out, so that following the grammar never leads into a corner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import product

from engine._engine import EngineError, Term, Type
from engine.ebnf import Rules, Sequence, joined, literal
from engine.python_names import names_for
from engine.python_surface import (
    ANY,
    ATOM,
    CALL,
    CONDITIONAL,
    CONSTANT_CALLS,
    MAX_NUMBER,
    OPERATORS,
    OR,
    UNARY,
    Surface,
    operand_strengths,
)

Ground = tuple[str, tuple["Ground", ...]]
"""A type without variables: constructor and parameters."""
Scope = frozenset[tuple[str, Ground]]
"""The variables by name."""

MAX_ELEMENTS = 16  # of a list that is written out
MAX_TEXT = 30  # characters of a constant
MAX_DIGITS = 6  # of a real, before its point and after it
_UNKNOWN: Ground = ("?", ())  # no type has this name


def reply_grammar(
    surface: Surface, request: Type, functions: Collection[Term] | None = None, depth: int = 5
) -> str:
    return _Programs(surface, request, functions).text(depth)


class _Programs:
    def __init__(self, surface: Surface, request: Type, functions: Collection[Term] | None) -> None:
        self.surface = surface
        self.types: Mapping[Term, Type] = {
            term: type_ for term, type_ in surface.types.items() if functions is None or term in functions
        }
        self.request = _ground(request, {})
        self.universe = _universe(request, self.types.values())
        self.rules = Rules()
        self.classes_of: dict[tuple[Ground, Scope, int], Mapping[int, Sequence]] = {}
        self.calls_of: dict[Ground, list[tuple[Term, tuple[Ground, ...]]]] = {}

    def text(self, depth: int) -> str:
        root = self.function(self.request, frozenset(), depth, outermost=True)
        if root is None:
            raise EngineError("no program fits")
        return self.rules.text(root)

    def expression(self, type_: Ground, scope: Scope, depth: int, needed: int = ANY) -> Sequence | None:
        """What binds as strongly as needed, in parentheses where it wouldn't."""
        classes = self.classes(type_, scope, depth)
        weaker = self.rules.choice(rule for strength, rule in classes.items() if strength < needed)
        enough = [rule for strength, rule in classes.items() if strength >= needed]
        if weaker is not None:
            enough.append(joined(literal("("), weaker, literal(")")))
        return self.rules.choice(enough)

    def classes(self, type_: Ground, scope: Scope, depth: int) -> Mapping[int, Sequence]:
        """For each binding strength the rule of what has it."""
        if depth < 0:
            return {}
        key = (type_, scope, depth)
        known = self.classes_of.get(key)
        if known is None:
            found: defaultdict[int, list[Sequence]] = defaultdict(list)
            for strength, form in self.forms(type_, scope, depth):
                found[strength].append(form)
            known = {}
            for strength, forms in sorted(found.items()):
                rule = self.rules.choice(forms)
                assert rule is not None
                known[strength] = rule
            self.classes_of[key] = known
        return known

    def forms(self, type_: Ground, scope: Scope, depth: int) -> Iterator[tuple[int, Sequence]]:
        atoms = self.rules.choice(self.atoms(type_, scope))
        if atoms is not None:
            yield ATOM, atoms
        if type_[0] == "->":
            function = self.function(type_, scope, depth - LC)
            if function is not None:
                yield ANY, function
            return
        if type_ == self.number_type():
            pass
        if depth == 0:
            return
        for head, arguments in self.calls(type_):
            yield from self.call(head, arguments, scope, depth - 1)
        for name, variable in sorted(scope):
            arguments, result = _uncurried(variable)
            if arguments and result == type_:
                yield from self.named_call(name, arguments, scope, depth - 1)
        yield from self.minus(type_, scope, depth - 1)
        yield from self.display(type_, scope, depth - 1)

    def atoms(self, type_: Ground, scope: Scope) -> Iterator[Sequence]:
        for name, variable in sorted(scope):
            if variable == type_:
                yield (literal(name),)
        constants = self.rules.choice(self.constants(type_))
        if constants is not None:
            yield constants
    def constants(self, type_):
        for term, polymorphic in self.types.items():
            if _match(polymorphic, type_, {}) is not None:
                if term in self.surface.names:
                    yield (literal(self.surface.names[term]),)
                elif self.surface.forms[term.name][0] in ("literal", "integer"):
                    yield (literal(self.surface.forms[term.name][1]),)
        if type_ == self.number_type():
            for number in range(2, MAX_NUMBER + 1):
                if str(number) not in self.surface.literals:
                    yield (literal(str(number)),)

    def number_type(self) -> Ground | None:
        one, plus = self.surface.literals.get("1"), self.surface.operators.get("+")
        if one in self.types and plus in self.types:
            return _ground(self.types[one], {})
        return None

    def minus(self, type_, scope, depth):
        zero, minus = self.surface.literals.get("0"), self.surface.operators.get("-")
        if zero in self.types and minus in self.types and _ground(self.types[zero], {}) == type_:
            operand = self.expression(type_, scope, depth, UNARY)
            if operand is not None:
                yield UNARY, joined(literal("-"), operand)

    def display(self, type_, scope, depth):
        empty, cons = self.surface.literals.get("[]"), self.surface.primitive("cons")
        if empty in self.types and cons in self.types and type_[0] == "list":
            element = self.expression(type_[1][0], scope, depth)
            if element is not None:
                yield (
                    ATOM,
                    joined(
                        literal("["),
                        element,
                        "(",
                        literal(", "),
                        element,
                        f"){{0,{MAX_ELEMENTS - 1}}}",
                        literal("]"),
                    ),
                )

    def calls(self, type_: Ground) -> list[tuple[Term, tuple[Ground, ...]]]:
        known = self.calls_of.get(type_)
        if known is None:
            known = self.calls_of[type_] = []
            for term, polymorphic in self.types.items():
                bound = _match(polymorphic.returns, type_, {})
                if bound is None or not polymorphic.arguments:
                    continue
                free = sorted({v for a in polymorphic.arguments for v in _variables(a)} - bound.keys())
                for choice in product(self.universe, repeat=len(free)):
                    all_ = bound | dict(zip(free, choice, strict=True))
                    arguments = tuple(_ground(a, all_) for a in polymorphic.arguments)
                    if all(v in self.universe for a in arguments for v in _values(a)):
                        known.append((term, arguments))
        return known

    def call(self, head: Term, arguments, scope: Scope, depth: int) -> Iterator[tuple[int, Sequence]]:
        form, spelling = self.surface.forms.get(head.name, ("", "")) if head.kind == "primitive" else ("", "")
        if form == "binary" and len(arguments) == 2:
            strength = OPERATORS[spelling][0]
            needs = operand_strengths(spelling)
            between = ("", f" {spelling} ", "")
        elif form == "conditional" and len(arguments) == 3:
            strength, needs, between = CONDITIONAL, (OR, OR, ANY), ("", " if ", " else ", "")
            arguments = (arguments[1], arguments[0], arguments[2])
        else:
            yield from self.named_call(self.surface.names[head], arguments, scope, depth)
            return
        parts = self.parts(arguments, needs, between, scope, depth)
        if parts is not None:
            yield strength, parts

    def named_call(self, name, arguments, scope, depth):
        between = (f"{name}(", *[", "] * (len(arguments) - 1), ")")
        parts = self.parts(arguments, (ANY,) * len(arguments), between, scope, depth)
        if parts is not None:
            yield CALL, parts

    def parts(self, arguments, needs, between, scope, depth) -> Sequence | None:
        pieces: list[Sequence] = []
        for before, argument, needed in zip(between, arguments, needs, strict=False):
            part = self.expression(argument, scope, depth, needed)
            if part is None:
                return None
            if before:
                pieces.append((literal(before),))
            pieces.append(part)
        if between[-1]:
            pieces.append((literal(between[-1]),))
        return joined(*pieces)

    def function(self, type_, scope, depth, outermost=False):
        arguments, result = _uncurried(type_)
        names = []
        for argument in arguments:
            taken = {name for name, _ in scope}
            name = next(
                n
                for n in names_for(argument, outermost)
                if n not in taken and n not in self.surface.functions
            )
            names.append(name)
            scope = scope | {(name, argument)}
        body = self.expression(result, scope, depth)
        if body is None or not names:
            return body
        return joined(literal(f"lambda {', '.join(names)}: "), body)


def _is_variable(type_: Type) -> bool:
    name = type_.constructor
    return not type_.parameters and name[0] == "t" and name[1:].isdecimal()


def _variables(type_: Type) -> Iterator[str]:
    if _is_variable(type_):
        yield type_.constructor
    for p in type_.parameters:
        yield from _variables(p)


def _ground(type_: Type, bound: Mapping[str, Ground]) -> Ground:
    if _is_variable(type_) and type_.constructor in bound:
        return bound[type_.constructor]
    return type_.constructor, tuple(_ground(p, bound) for p in type_.parameters)


def _match(pattern: Type, type_: Ground, bound: Mapping[str, Ground]) -> dict[str, Ground] | None:
    if _is_variable(pattern):
        if type_[0] == "->":
            return None
        if bound.get(pattern.constructor, type_) != type_:
            return None
        return {**bound, pattern.constructor: type_}
    if pattern.constructor != type_[0] or len(pattern.parameters) != len(type_[1]):
        return None
    found = dict(bound)
    for p, t in zip(pattern.parameters, type_[1], strict=True):
        found = _match(p, t, found)
        if found is None:
            return None
    return found


def _uncurried(type_: Ground) -> tuple[tuple[Ground, ...], Ground]:
    arguments = []
    while type_[0] == "->":
        arguments.append(type_[1][0])
        type_ = type_[1][1]
    return tuple(arguments), type_


def _values(type_: Ground) -> Iterator[Ground]:
    """The types of values in a type: what its arrows connect."""
    if type_[0] == "->":
        for p in type_[1]:
            yield from _values(p)
    else:
        yield type_


def _nesting(t: Ground) -> int:
    return max((_nesting(p) for p in t[1]), default=0) + (t[0] == "list")


def _parts(t: Ground) -> Iterator[Ground]:
    yield t
    for p in t[1]:
        yield from _parts(p)


import os
LC=int(os.environ.get('LC','1'))


def _universe(request: Type, types) -> list[Ground]:
    asked = [part for part in _parts(_ground(request, {})) if part[0] != "->"]
    nesting = max(map(_nesting, asked), default=0)
    found = list(dict.fromkeys(asked))
    bases = {}
    for t in types:
        for part in _parts(_ground(t, {})):
            if part[0] in ("->", "list") or part[0][1:].isdecimal():
                continue
            bases[part] = 1
    if os.environ.get("UNK"):
        bases[_UNKNOWN] = 1
    for b in bases:
        if b not in found:
            found.append(b)
    def wrap(b, n):
        for _ in range(n):
            b = ("list", (b,))
            if b not in found:
                found.append(b)
    for b in list(found):
        if b[0] == "list": continue
        wrap(b, max(nesting + (b in asked), 1))
    return found
