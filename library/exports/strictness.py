"""Which arguments may wait: what surely is evaluated, and what surely has a value.

Terms here are η-long, as the engine runs them. Primitives evaluate all their arguments, the conditional only
its condition and what it chooses; functions evaluate theirs when they are needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine import EngineError, Term, Type
from library.exports.graph import Functions

Scope = tuple[bool, ...]
"""For each variable, innermost first, whether it is a value already (and not an argument that waits)."""


def spine(term: Term) -> tuple[Term, list[Term]]:
    """Head and arguments of nested applications."""
    arguments: list[Term] = []
    while term.kind == "application":
        arguments.append(term.argument)
        term = term.function
    return term, arguments[::-1]


def under_lambdas(term: Term) -> tuple[int, Term]:
    """How many λ there are in front, and what is under them."""
    depth = 0
    while term.kind == "lambda":
        depth, term = depth + 1, term.body
    return depth, term


@dataclass
class Strictness:
    """Answers about the functions' bodies; ``bodies`` are η-long."""

    functions: Functions
    bodies: dict[Term, Term]
    _strict: dict[Term, frozenset[int]] = field(default_factory=dict[Term, frozenset[int]])
    _total: dict[Term, bool] = field(default_factory=dict[Term, bool])

    def strict_arguments(self, abstraction: Term) -> frozenset[int]:
        """Positions of the arguments that a call of it surely evaluates."""
        if abstraction not in self._strict:
            self._strict[abstraction] = self.strict_parameters(self.bodies[abstraction])
        return self._strict[abstraction]

    def strict_parameters(self, function: Term) -> frozenset[int]:
        """The same of λ-terms."""
        count, body = under_lambdas(function)
        return frozenset(count - 1 - index for index in self.evaluated(body) if index < count)

    def evaluated(self, term: Term) -> frozenset[int]:
        """Indices of the variables that are evaluated whenever the term is."""
        head, arguments = spine(term)
        if head.kind == "index":
            return frozenset({head.index})
        if head.kind == "abstraction":
            strict = self.strict_arguments(head)
            return self._union(argument for i, argument in enumerate(arguments) if i in strict)
        if head.kind == "primitive":
            arguments = arguments[: self._arity(head)]
            if head == self.functions.surface.conditional:
                condition, chosen, other = arguments
                return self._union([condition]) | (self._union([chosen]) & self._union([other]))
            return self._union(arguments)
        return frozenset()

    def has_value(self, term: Term, scope: Scope, false: frozenset[Term] = frozenset()) -> bool:
        """Whether evaluating the term surely fails nowhere, for all that is known.

        false: conditions, in this scope, that are known to be false. Bounds on the size of integers and on
        time count as no failure.
        """
        head, arguments = spine(term)
        if head.kind == "lambda":
            return not arguments
        if head.kind == "index":
            return not arguments and scope[head.index]
        if head.kind == "abstraction":
            return self._is_total(head) and all(
                self.has_value(argument, scope, false) for argument in arguments
            )
        if len(arguments) > self._arity(head) or self._may_fail(head, arguments, false):
            return False
        if head == self.functions.surface.conditional:
            condition, chosen, other = arguments
            return (
                self._runs(condition, scope, false)
                and self._runs(chosen, scope, false)
                and self._runs(other, scope, false | {condition})
            )
        return all(self._runs(argument, scope, false) for argument in arguments)

    def _runs(self, argument: Term, scope: Scope, false: frozenset[Term]) -> bool:
        """A function must not fail either when it is called, with values."""
        count, body = under_lambdas(argument)
        return self.has_value(body, (True,) * count + scope, frozenset() if count else false)

    def _may_fail(self, primitive: Term, arguments: list[Term], false: frozenset[Term]) -> bool:
        """Whether the primitive itself may, on arguments that have values."""
        fails = self.functions.domain.partial.get(primitive.name)
        if fails is None:
            return False
        if not fails:
            return True
        condition = Term.parse(fails)
        for argument in arguments:
            condition = Term.apply(condition, argument)
        condition = condition.beta_normal(inline=False)
        if condition in false:
            return False
        try:
            [fails_here] = self.functions.language.evaluate(condition, Type.parse("bool"), [()])
        except EngineError:  # it has variables
            return True
        return fails_here is not False

    def _is_total(self, abstraction: Term) -> bool:
        if abstraction not in self._total:
            count, body = under_lambdas(self.bodies[abstraction])
            self._total[abstraction] = self.has_value(body, (True,) * count)
        return self._total[abstraction]

    def _arity(self, primitive: Term) -> int:
        type_ = self.functions.surface.types.get(primitive)
        return len(type_.arguments) if type_ is not None else 0

    def _union(self, terms: Iterable[Term]) -> frozenset[int]:
        found: frozenset[int] = frozenset()
        for term in terms:
            if term.kind != "lambda":
                found |= self.evaluated(term)
        return found
