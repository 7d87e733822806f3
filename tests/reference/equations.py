"""Equations between programs as rewriting of whole programs, by plain matching of terms.

A rewriting replaces an instance of a left side, and the program gets smaller, or keeps its size and comes
earlier in the order of its tokens. Search may leave a program out only for one that costs no more; under a
grammar without contexts it leaves out all that can be rewritten in holes and scopes without type variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.reference import terms, types
from tests.reference.terms import Apply, Index, Lambda, Primitive, Term, spine
from tests.reference.types import Constructor, Substitution, Supply, Type


@dataclass(frozen=True)
class Equation:
    left: Term
    right: Term
    variables: tuple[str, ...]  # of the left side
    right_is_anything: bool  # a variable that isn't on the left

    @classmethod
    def parse(cls, text: str, names: Sequence[str]) -> Equation:
        """Names that aren't among `names` are variables."""
        left, right = (terms.parse(side) for side in text.split(" = "))
        found = {name: None for name in _names(left) if name not in names}
        anything = isinstance(right, Primitive) and right.name not in names and right.name not in found
        return cls(left, right, tuple(found), anything)

    def match(self, term: Term) -> dict[str, Term] | None:
        """The variables' values that make the left side this term."""
        known: dict[str, Term] = {}

        def same(pattern: Term, term: Term) -> bool:
            match pattern, term:
                case Primitive(name), _ if name in self.variables:
                    return known.setdefault(name, term) == term
                case Apply(function, argument), Apply(other, value):
                    return same(function, other) and same(argument, value)
                case Lambda(body), Lambda(other):
                    return same(body, other)
                case _:
                    return pattern == term

        return known if same(self.left, term) else None

    def instance(self, side: Term, values: dict[str, Term]) -> Term:
        """A side with the variables replaced; they stand below no λ."""
        match side:
            case Primitive(name) if name in self.variables:
                return values[name]
            case Apply(function, argument):
                return Apply(self.instance(function, values), self.instance(argument, values))
            case _:
                return side


def _names(term: Term) -> Iterator[str]:
    match term:
        case Primitive(name):
            yield name
        case Apply(function, argument):
            yield from _names(function)
            yield from _names(argument)
        case Lambda(body):
            yield from _names(body)
        case _:
            pass


class Rewriting:
    def __init__(self, productions: Sequence[tuple[Term, Type]], equations: Sequence[str]) -> None:
        names = [head.name for head, _ in productions if isinstance(head, Primitive)]
        self.types = dict(productions)
        self.tokens = {head: token for token, (head, _) in enumerate(productions)}
        self.equations = [Equation.parse(text, names) for text in equations]
        self.constants = [head for head, type_ in productions if not types.arguments(type_)]

    def key(self, term: Term) -> tuple[int, list[int]]:
        """What a rewriting makes smaller: nodes, then the tokens in order."""
        tokens: list[int] = []

        def visit(term: Term) -> None:
            while isinstance(term, Lambda):
                term = term.body
            head, arguments = spine(term)
            tokens.append(len(self.tokens) + head.number if isinstance(head, Index) else self.tokens[head])
            for argument in arguments:
                visit(argument)

        visit(term)
        return len(tokens), tokens

    def rewritings(self, term: Term, request: Type, *, ground: bool = False) -> Iterator[Term]:
        """What one use of an equation makes of this program, all smaller by key(), not all well typed.

        With `ground`, only in holes and scopes without type variables. Where the right side is anything, it
        is a constant or a variable.
        """
        supply, before = Supply(), self.key(term)
        found: list[Term] = []

        def visit(
            term: Term, wanted: Type, scope: list[Type], known: Substitution, whole: Callable[[Term], Term]
        ) -> Substitution:
            wanted = types.apply(known, wanted)
            if isinstance(wanted, Constructor) and wanted.name == "->":
                assert isinstance(term, Lambda)
                argument, result = wanted.parameters
                return visit(term.body, result, [argument, *scope], known, lambda body: whole(Lambda(body)))
            if not (ground and any(types.variables(types.apply(known, type_)) for type_ in [wanted, *scope])):
                for equation in self.equations:
                    if (values := equation.match(term)) is None:
                        continue
                    if equation.right_is_anything:
                        found.extend(map(whole, [*self.constants, *map(Index, range(len(scope)))]))
                    else:
                        found.append(whole(equation.instance(equation.right, values)))
            head, arguments = spine(term)
            if isinstance(head, Index):
                type_ = types.apply(known, scope[head.number])
            else:
                type_ = supply.instance(self.types[head])
            known = types.unify(types.returns(type_), wanted, known)
            for i, (argument, argument_type) in enumerate(
                zip(arguments, types.arguments(type_), strict=True)
            ):

                def replace(
                    changed: Term, i: int = i, head: Term = head, arguments: list[Term] = arguments
                ) -> Term:
                    term = head
                    for argument in [*arguments[:i], changed, *arguments[i + 1 :]]:
                        term = Apply(term, argument)
                    return whole(term)

                known = visit(argument, argument_type, scope, known, replace)
            return known

        visit(term, request, [], {}, lambda term: term)
        return (changed for changed in found if self.key(changed) < before)
