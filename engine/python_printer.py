"""Terms to Python expressions, with as few parentheses as Python needs to read the same term back."""

from __future__ import annotations

from engine._engine import EngineError, Term, Type, UnknownName
from engine.python_names import Typed, annotate, names_for
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


def to_python(term: Term, surface: Surface, request: Type | str | None = None) -> str:
    """The closed term as a Python expression; variables are named by their types, which the request sharpens.

    An abstraction that the surface doesn't name is written as its body. Raises UnknownName for a primitive
    that the surface lacks, EngineError for an open term and for one nested too deep to print.
    """
    if isinstance(request, str):
        request = Type.parse(request)
    printer = _Printer(surface)
    try:
        return printer.expression(annotate(term, surface.types, request), (), outermost=True)[0]
    except RecursionError:
        raise EngineError("the program is nested too deep to be written as Python") from None


class _Printer:
    """Each method returns (text, binding strength of the text's outermost operator)."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.one, self.zero = surface.literals.get("1"), surface.literals.get("0")
        self.plus, self.minus = surface.operators.get("+"), surface.operators.get("-")
        self.empty, self.cons = surface.literals.get("[]"), surface.primitive("cons")

    def expression(self, node: Typed, scope: tuple[str, ...], outermost: bool = False) -> tuple[str, int]:
        """scope: variables, innermost first. outermost: only the program's own lambdas are around."""
        kind = node.term.kind
        if kind == "lambda":
            return self.function(node, scope, outermost)
        if kind == "application":
            return self.application(node, scope)
        if kind == "index":
            if node.term.index >= len(scope):
                raise EngineError(
                    f"${node.term.index} is bound by no lambda: only closed terms can be printed"
                )
            return scope[node.term.index], ATOM
        name = self.surface.names.get(node.term)
        if name is not None:
            return name, ATOM
        if kind == "abstraction":
            return self.expression(node.parts[0], ())
        form, spelling = self.surface.forms.get(node.term.name, ("", ""))
        value = node.term.constant_value
        if not form and value is not None and self.surface.constant(value) is not None:
            return self.constant(value)
        if form not in ("literal", "integer"):
            raise UnknownName(f"{node.term.name} has no Python form")
        return spelling, ATOM

    def constant(self, value: float | str) -> tuple[str, int]:
        text = repr(value)
        if text in self.surface.literals:
            return f"{CONSTANT_CALLS[type(value)]}({text})", CALL
        return text, UNARY if text.startswith("-") else ATOM

    def function(self, node: Typed, scope: tuple[str, ...], outermost: bool) -> tuple[str, int]:
        names: list[str] = []
        while node.term.kind == "lambda":
            free = (
                name
                for name in names_for(node.bound, outermost)
                if name not in scope and name not in self.surface.functions
            )
            name = next(free)
            names.append(name)
            scope = (name, *scope)
            node = node.parts[0]
        return f"lambda {', '.join(names)}: {self.expression(node, scope)[0]}", ANY

    def application(self, node: Typed, scope: tuple[str, ...]) -> tuple[str, int]:
        number = self.sum_of_ones(node.term)
        if number is not None:
            return str(number), ATOM
        head, *arguments = node.parts
        if head.term.kind == "primitive":
            form, spelling = self.surface.forms.get(head.term.name, ("", ""))
            if form == "binary" and len(arguments) == 2:
                return self.operation(spelling, head.term, arguments, scope)
            if form == "conditional" and len(arguments) == 3:
                condition, chosen, other = arguments
                parts = (
                    self.at(OR, chosen, scope),
                    self.at(OR, condition, scope),
                    self.at(ANY, other, scope),
                )
                return "{} if {} else {}".format(*parts), CONDITIONAL
        elements = self.list_elements(node)
        if elements is not None:
            return f"[{', '.join(self.at(ANY, element, scope) for element in elements)}]", ATOM
        inside = ", ".join(self.at(ANY, argument, scope) for argument in arguments)
        return f"{self.at(CALL, head, scope)}({inside})", CALL

    def operation(
        self, operator: str, primitive: Term, arguments: list[Typed], scope: tuple[str, ...]
    ) -> tuple[str, int]:
        left, right = arguments
        if self.zero is not None and primitive == self.minus and left.term == self.zero:
            return f"-{self.at(UNARY, right, scope)}", UNARY
        strength, _ = OPERATORS[operator]
        left_needs, right_needs = operand_strengths(operator)
        return f"{self.at(left_needs, left, scope)} {operator} {self.at(right_needs, right, scope)}", strength

    def at(self, needed: int, node: Typed, scope: tuple[str, ...]) -> str:
        text, strength = self.expression(node, scope)
        return text if strength >= needed else f"({text})"

    def sum_of_ones(self, term: Term) -> int | None:
        """n for (+ 1 (+ 1 … 1)) with n ≥ 2 ones, unless a literal is written n already."""
        if self.one is None or self.plus is None:
            return None
        total = 1
        while term.kind == "application" and term.function.kind == "application":
            if term.function.function != self.plus or term.function.argument != self.one:
                return None
            total += 1
            term = term.argument
        if term != self.one or not 1 < total <= MAX_NUMBER or str(total) in self.surface.literals:
            return None
        return total

    def list_elements(self, node: Typed) -> list[Typed] | None:
        """The elements of (cons a (cons b … empty)); None for anything else."""
        if self.cons is None or self.empty is None:
            return None
        elements: list[Typed] = []
        while len(node.parts) == 3 and node.parts[0].term == self.cons:
            elements.append(node.parts[1])
            node = node.parts[2]
        return elements if elements and node.term == self.empty else None
