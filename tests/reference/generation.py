"""Random well-typed programs, to compare the engine with the reference on more than what is likely."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.reference import types
from tests.reference.evaluation import LIST_PRIMITIVES
from tests.reference.terms import Abstraction, Apply, Index, Lambda, Primitive, Term
from tests.reference.types import Constructor, IllTyped, Substitution, Supply, Type, Variable

ARGUMENT_TYPES = ["int", "bool", "list(int)", "list(bool)", "list(list(int))", "int -> int", "int -> bool"]


class DeadEnd(Exception):
    """No production closes a hole: draw again."""


class ProgramSource:
    """Draws η-long programs; redexes and abstractions come with the given probabilities."""

    def __init__(
        self,
        primitives: Sequence[tuple[str, str]] = LIST_PRIMITIVES,
        *,
        depth: int = 5,
        redexes: float = 0.0,
        abstractions: float = 0.0,
    ) -> None:
        self.productions = [(Primitive(name), types.parse(type_)) for name, type_ in primitives]
        self.depth, self.redexes, self.abstractions = depth, redexes, abstractions

    def program(self, choose: random.Random, request: str) -> Term:
        while True:
            try:
                supply = Supply()
                return self._fill(choose, supply, types.parse(request), [], {}, self.depth)[0]
            except DeadEnd:
                continue

    def _fill(
        self,
        choose: random.Random,
        supply: Supply,
        wanted: Type,
        scope: list[Type],
        known: Substitution,
        depth: int,
    ) -> tuple[Term, Substitution]:
        wanted = types.apply(known, wanted)
        if isinstance(wanted, Constructor) and wanted.name == "->":
            argument, result = wanted.parameters
            if self.abstractions and choose.random() < self.abstractions:
                closed, known = self._fill(choose, supply, result, [argument], known, depth)
                return Abstraction(Lambda(closed)), known
            body, known = self._fill(choose, supply, result, [argument, *scope], known, depth)
            return Lambda(body), known
        if depth > 1 and choose.random() < self.redexes:
            argument_type = types.parse(choose.choice(ARGUMENT_TYPES))
            value, known = self._fill(choose, supply, argument_type, scope, known, depth - 2)
            if isinstance(value, Abstraction | Lambda):
                value = value if isinstance(value, Lambda) else value.body
            body, known = self._fill(choose, supply, wanted, [argument_type, *scope], known, depth - 1)
            return Apply(Lambda(body), value), known
        head, argument_types, known = self._head(choose, supply, wanted, scope, known, depth)
        for type_ in argument_types:
            argument, known = self._fill(choose, supply, type_, scope, known, depth - 1)
            head = Apply(head, argument)
        return head, known

    def _head(
        self,
        choose: random.Random,
        supply: Supply,
        wanted: Type,
        scope: list[Type],
        known: Substitution,
        depth: int,
    ) -> tuple[Term, list[Type], Substitution]:
        """Some production or variable that fits, variables as likely as the productions together."""
        order: list[tuple[Term, Type]] = choose.sample(self.productions, len(self.productions))
        variables: list[tuple[Term, Type]] = [
            (Index(i), types.apply(known, type_)) for i, type_ in enumerate(scope)
        ]
        choose.shuffle(variables)
        order = [*variables, *order] if choose.random() < 0.5 else [*order, *variables]
        if depth <= 0:  # close the holes: fewest arguments first
            order.sort(key=lambda production: len(types.arguments(production[1])))
        if depth < -6:
            raise DeadEnd
        for head, type_ in order:
            result = types.returns(type_)
            if (
                isinstance(result, Constructor)
                and isinstance(wanted, Constructor)
                and result.name != wanted.name
            ):
                continue
            instance = type_ if isinstance(head, Index) else supply.instance(type_)
            try:
                after = types.unify(types.returns(instance), wanted, known)
            except IllTyped:
                continue
            return head, types.arguments(instance), after
        raise DeadEnd


def random_value(choose: random.Random, type_: Type | str) -> object:
    """A value of a ground type, small more often than not."""
    if isinstance(type_, str):
        type_ = types.parse(type_)
    assert not isinstance(type_, Variable)
    if type_.name == "int":
        return choose.choice([0, 1, 2, 3, -1, choose.randint(-9, 20), choose.randint(-(2**40), 2**40)])
    if type_.name == "bool":
        return choose.random() < 0.5
    if type_.name == "real":
        return choose.choice(
            [
                0.0,
                1.0,
                2.0,
                -0.5,
                choose.uniform(-9, 9),
                choose.uniform(-1, 1) * 10 ** choose.randint(-300, 300),
            ]
        )
    if type_.name == "char":
        return choose.choice("ab.,- ()é\U0001f600")
    assert type_.name == "list", type_
    return [random_value(choose, type_.parameters[0]) for _ in range(choose.choice([0, 1, 2, 3, 4, 7]))]
