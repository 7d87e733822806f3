"""Hindley–Milner types and inference in the plainest way: substitutions are dictionaries."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.reference.terms import Abstraction, Apply, Index, Lambda, Primitive, Term


@dataclass(frozen=True)
class Variable:
    number: int


@dataclass(frozen=True)
class Constructor:
    name: str
    parameters: tuple[Type, ...] = ()


Type = Variable | Constructor
Substitution = dict[Variable, Type]


class IllTyped(Exception):
    """The term has no type."""


def arrow(argument: Type, result: Type) -> Type:
    return Constructor("->", (argument, result))


def parse(text: str) -> Type:
    tokens = re.findall(r"->|[(),]|\w+", text)
    position = 0

    def peek() -> str | None:
        return tokens[position] if position < len(tokens) else None

    def take() -> str:
        nonlocal position
        position += 1
        return tokens[position - 1]

    def whole() -> Type:
        left = atom()
        if peek() == "->":
            take()
            return arrow(left, whole())
        return left

    def atom() -> Type:
        name = take()
        if name == "(":
            inner = whole()
            assert take() == ")"
            return inner
        if re.fullmatch(r"t\d+", name):
            return Variable(int(name[1:]))
        parameters: list[Type] = []
        if peek() == "(":
            while take() in ("(", ","):
                parameters.append(whole())
        return Constructor(name, tuple(parameters))

    return whole()


def show(type_: Type) -> str:
    match type_:
        case Variable(number):
            return f"t{number}"
        case Constructor("->", (argument, result)):
            left = show(argument)
            is_arrow = isinstance(argument, Constructor) and argument.name == "->"
            return f"({left}) -> {show(result)}" if is_arrow else f"{left} -> {show(result)}"
        case Constructor(name, parameters):
            return f"{name}({', '.join(map(show, parameters))})" if parameters else name


def arguments(type_: Type) -> list[Type]:
    found: list[Type] = []
    while isinstance(type_, Constructor) and type_.name == "->":
        found.append(type_.parameters[0])
        type_ = type_.parameters[1]
    return found


def returns(type_: Type) -> Type:
    while isinstance(type_, Constructor) and type_.name == "->":
        type_ = type_.parameters[1]
    return type_


def variables(type_: Type) -> list[Variable]:
    """In order of appearance, each once."""
    if isinstance(type_, Variable):
        return [type_]
    return list(dict.fromkeys(itertools.chain.from_iterable(map(variables, type_.parameters))))


def apply(substitution: Substitution, type_: Type) -> Type:
    if isinstance(type_, Variable):
        return apply(substitution, substitution[type_]) if type_ in substitution else type_
    return Constructor(type_.name, tuple(apply(substitution, parameter) for parameter in type_.parameters))


def unify(left: Type, right: Type, substitution: Substitution) -> Substitution:
    """The substitution extended so that both become equal. Raises IllTyped."""
    left, right = apply(substitution, left), apply(substitution, right)
    if left == right:
        return substitution
    if isinstance(left, Variable):
        if left in variables(right):
            raise IllTyped(f"{show(left)} occurs in {show(right)}")
        return {**substitution, left: right}
    if isinstance(right, Variable):
        return unify(right, left, substitution)
    if left.name != right.name or len(left.parameters) != len(right.parameters):
        raise IllTyped(f"{show(left)} is not {show(right)}")
    for mine, theirs in zip(left.parameters, right.parameters, strict=True):
        substitution = unify(mine, theirs, substitution)
    return substitution


def canonical(type_: Type) -> Type:
    """Variables numbered from 0 in order of appearance."""
    return apply_once({variable: Variable(i) for i, variable in enumerate(variables(type_))}, type_)


def apply_once(renaming: dict[Variable, Variable], type_: Type) -> Type:
    """A renaming; unlike a substitution it may map a variable to one that it also renames."""
    if isinstance(type_, Variable):
        return renaming[type_]
    return Constructor(type_.name, tuple(apply_once(renaming, parameter) for parameter in type_.parameters))


@dataclass
class Supply:
    """Fresh type variables."""

    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    def fresh(self) -> Variable:
        return Variable(next(self.numbers))

    def instance(self, type_: Type) -> Type:
        return apply_once({variable: self.fresh() for variable in variables(type_)}, type_)


def infer(term: Term, primitives: dict[str, Type]) -> Type:
    """The most general type of a closed term. Raises IllTyped; KeyError for an unknown primitive."""
    supply = Supply()

    def of(term: Term, scope: list[Type], known: Substitution) -> tuple[Type, Substitution]:
        match term:
            case Index(number):
                if number >= len(scope):
                    raise IllTyped("open term")
                return scope[number], known
            case Primitive(name):
                return supply.instance(primitives[name]), known
            case Abstraction(body):
                return supply.instance(infer(body, primitives)), known
            case Lambda(body):
                argument = supply.fresh()
                result, known = of(body, [argument, *scope], known)
                return arrow(argument, result), known
            case Apply(function, argument_term):
                function_type, known = of(function, scope, known)
                argument_type, known = of(argument_term, scope, known)
                result_variable = supply.fresh()
                known = unify(function_type, arrow(argument_type, result_variable), known)
                return result_variable, known

    found, known = of(term, [], {})
    return canonical(apply(known, found))
