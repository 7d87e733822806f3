"""DreamCoder's grammars over η-long programs, one hole at a time and without tricks.

At a hole of (non-arrow) type T the candidates are the productions and the variables in scope whose final
result unifies with T. A production weighs what the grammar says; each variable candidate weighs
log_variable − log(number of variable candidates). Weights are normalised over the candidates.
A token is a production's number, or P + i for variable $i.

`fix1` is no candidate. With it in the language, a program of one argument is `λ BODY`, and in BODY the
program itself is one more variable, $1, outside of the argument $0. A BODY that uses it is written
`λ fix1 $0 (λ λ BODY)`, $0 in η-long form; one of two arguments `λ λ fix1 $1 (λ λ λ BODY) $0`, and so on.
The token of the program itself is that of `fix1`. In a contextual grammar it weighs what the grammar says of
`fix1`, and what it is called with is in the contexts of the arguments of `fix1`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.reference import types
from tests.reference.evaluation import FIX
from tests.reference.terms import Apply, Index, Lambda, Primitive, Term, free, shift, spine
from tests.reference.types import Constructor, IllTyped, Substitution, Supply, Type


class OutsideSupport(Exception):
    """The grammar never generates this term."""


@dataclass(frozen=True)
class Candidate:
    token: int
    head: Term
    log_probability: float
    argument_types: tuple[Type, ...]
    known: Substitution


@dataclass(frozen=True)
class Hole:
    """A hole as it was when the program filled it."""

    row: int
    candidates: tuple[Candidate, ...]
    chosen: Candidate


class ReferenceGrammar:
    """weights: one row, or one per context (2 + Σ arities); P + 1 columns, the last for variables."""

    def __init__(self, productions: Sequence[tuple[Term, Type]], weights: Sequence[Sequence[float]]) -> None:
        self.productions = list(productions)
        self.weights = [list(row) for row in weights]
        self.contextual = len(self.weights) > 1
        self.first_row: list[int] = []
        row = 2
        for _, type_ in self.productions:
            self.first_row.append(row)
            row += len(types.arguments(type_))
        self.supply = Supply()
        self.fix = next((i for i, production in enumerate(self.productions) if is_fix(*production)), -1)

    @classmethod
    def uniform(cls, productions: Sequence[tuple[Term, Type]]) -> ReferenceGrammar:
        return cls(productions, [[0.0] * (len(productions) + 1)])

    def candidates(
        self, wanted: Type, scope: list[Type], row: int, known: Substitution, recursive: bool = False
    ) -> list[Candidate]:
        """`recursive`: the outermost of the scope is the program itself."""
        weights = self.weights[row]
        found: list[tuple[int, Term, float, Type, Substitution]] = []
        for token, (head, type_) in enumerate(self.productions):
            if is_fix(head, type_):
                continue
            instance = self.supply.instance(type_)
            after = _unified(types.returns(instance), wanted, known)
            if after is not None:
                found.append((token, head, weights[token], instance, after))
        variables: list[tuple[int, Term, Type, Substitution]] = []
        for i, type_ in enumerate(scope):
            type_ = types.apply(known, type_)
            after = _unified(types.returns(type_), wanted, known)
            if after is not None:
                variables.append((len(self.productions) + i, Index(i), type_, after))
        outermost = Index(len(scope) - 1) if recursive else None
        sharing = sum(not (self.contextual and head == outermost) for _, head, _, _ in variables)
        for token, head, type_, after in variables:
            itself = head == outermost
            apart = itself and self.contextual
            weight = weights[self.fix] if apart else weights[-1] - math.log(sharing)
            found.append((self.fix if itself else token, head, weight, type_, after))
        total = _log_sum(weight for _, _, weight, _, _ in found)
        return [
            Candidate(token, head, weight - total, tuple(types.arguments(type_)), after)
            for token, head, weight, type_, after in found
        ]

    def calls_itself(self, request: Type) -> bool:
        """Whether programs of the request may call themselves."""
        fixed = any(is_fix(head, type_) for head, type_ in self.productions)
        return fixed and len(types.arguments(request)) > 0

    def next_row(self, token: int, argument: int, arguments: int) -> int:
        if not self.contextual:
            return 0
        if token == self.fix >= 0 and arguments != 2:
            return self.first_row[token]
        return self.first_row[token] + argument if token < len(self.productions) else 1

    def holes(self, term: Term, request: Type) -> list[Hole]:
        """The program's holes in order, left to right. Raises OutsideSupport."""
        found: list[Hole] = []

        def visit(term: Term, wanted: Type, scope: list[Type], row: int, known: Substitution) -> Substitution:
            wanted = types.apply(known, wanted)
            if isinstance(wanted, Constructor) and wanted.name == "->":
                if not isinstance(term, Lambda):
                    raise OutsideSupport
                return visit(term.body, wanted.parameters[1], [wanted.parameters[0], *scope], row, known)
            head, arguments = spine(term)
            candidates = self.candidates(wanted, scope, row, known, recursive)
            chosen = next((candidate for candidate in candidates if candidate.head == head), None)
            if chosen is None or len(arguments) != len(chosen.argument_types):
                raise OutsideSupport
            found.append(Hole(row, tuple(candidates), chosen))
            known = chosen.known
            for i, (argument, type_) in enumerate(zip(arguments, chosen.argument_types, strict=True)):
                known = visit(argument, type_, scope, self.next_row(chosen.token, i, len(arguments)), known)
            return known

        recursive = self.calls_itself(request)
        if recursive:
            arguments = types.arguments(request)
            scope = [*reversed(arguments), request]
            visit(_body(term, arguments), types.returns(request), scope, 0, {})
        else:
            visit(term, request, [], 0, {})
        return found

    def log_likelihood(self, term: Term, request: Type) -> float:
        try:
            return sum(hole.chosen.log_probability for hole in self.holes(term, request))
        except OutsideSupport:
            return -math.inf

    def programs(self, request: Type, upper: float) -> list[tuple[Term, float]]:
        """Every program that costs less than `upper` nats, with its cost."""

        def grow(
            wanted: Type, scope: list[Type], row: int, known: Substitution, budget: float
        ) -> Iterator[tuple[Term, float, Substitution]]:
            wanted = types.apply(known, wanted)
            if isinstance(wanted, Constructor) and wanted.name == "->":
                argument, result = wanted.parameters
                for body, cost, after in grow(result, [argument, *scope], row, known, budget):
                    yield Lambda(body), cost, after
                return
            for candidate in self.candidates(wanted, scope, row, known, recursive):
                if -candidate.log_probability < budget:
                    yield from fill(
                        candidate,
                        0,
                        candidate.head,
                        -candidate.log_probability,
                        scope,
                        candidate.known,
                        budget,
                    )

        def fill(
            candidate: Candidate,
            i: int,
            term: Term,
            cost: float,
            scope: list[Type],
            known: Substitution,
            budget: float,
        ) -> Iterator[tuple[Term, float, Substitution]]:
            if i == len(candidate.argument_types):
                yield term, cost, known
                return
            row = self.next_row(candidate.token, i, len(candidate.argument_types))
            for argument, more, after in grow(candidate.argument_types[i], scope, row, known, budget - cost):
                yield from fill(candidate, i + 1, Apply(term, argument), cost + more, scope, after, budget)

        recursive = self.calls_itself(request)
        if recursive:
            arguments = types.arguments(request)
            bodies = grow(types.returns(request), [*reversed(arguments), request], 0, {}, upper)
            return [(_program(body, arguments), cost) for body, cost, _ in bodies]
        return [(term, cost) for term, cost, _ in grow(request, [], 0, {}, upper)]


def is_fix(head: Term, type_: Type) -> bool:
    return head == Primitive(FIX[0]) and types.canonical(type_) == types.canonical(types.parse(FIX[1]))


def _body(program: Term, arguments: Sequence[Type]) -> Term:
    """What a program that may call itself does with its arguments, $0 the last, and itself beyond them."""
    count = len(arguments)
    inner = _under(program, count)
    if isinstance(inner, Apply) and spine(inner)[0] == Primitive(FIX[0]):
        _, given = spine(inner)
        if len(given) == count + 1:
            body = _under(given[1], count + 1)
            if _program(body, arguments) == program and count in free(body) and max(free(body)) == count:
                return body
        raise OutsideSupport
    if free(inner) - set(range(count)):
        raise OutsideSupport
    return inner


def _under(term: Term, lambdas: int) -> Term:
    for _ in range(lambdas):
        if not isinstance(term, Lambda):
            raise OutsideSupport
        term = term.body
    return term


def _program(body: Term, arguments: Sequence[Type]) -> Term:
    count = len(arguments)
    program = body
    if count in free(body):
        for _ in range(count + 1):
            program = Lambda(program)
        first, *others = [_eta_long(Index(count - 1 - i), argument) for i, argument in enumerate(arguments)]
        program = Apply(Apply(Primitive(FIX[0]), first), program)
        for other in others:
            program = Apply(program, other)
    for _ in range(count):
        program = Lambda(program)
    return program


def _eta_long(term: Term, type_: Type) -> Term:
    """Of a variable applied to η-long arguments."""
    if isinstance(type_, Constructor) and type_.name == "->":
        argument, result = type_.parameters
        return Lambda(_eta_long(Apply(shift(term, 1), _eta_long(Index(0), argument)), result))
    return term


def _unified(left: Type, right: Type, known: Substitution) -> Substitution | None:
    try:
        return types.unify(left, right, known)
    except IllTyped:
        return None


def _log_sum(values: Iterator[float]) -> float:
    kept = [value for value in values if value > -math.inf]
    if not kept:
        return -math.inf
    largest = max(kept)
    return largest + math.log(sum(math.exp(value - largest) for value in kept))
