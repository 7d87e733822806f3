"""Terms to Python expressions, with as few parentheses as Python needs to read the same term back."""

from __future__ import annotations

from engine._engine import EngineError, Term, Type, UnknownName
from engine.python_names import Typed, annotate, names_for
from engine.python_surface import CONSTANT_CALLS, MAX_NUMBER, OPERATORS, Surface

# Binding strengths of Python's grammar, weakest first (operators in between: python_surface.OPERATORS).
_ANY, _CONDITIONAL, _OR, _UNARY, _CALL, _ATOM = 1, 2, 3, 13, 16, 17
_COMPARISON, _POWER = 6, 14


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
            return scope[node.term.index], _ATOM
        name = self.surface.names.get(node.term)
        if name is not None:
            return name, _ATOM
        if kind == "abstraction":
            return self.expression(node.parts[0], ())
        form, spelling = self.surface.forms.get(node.term.name, ("", ""))
        value = node.term.constant_value
        if not form and value is not None and self.surface.constant(value) is not None:
            return self.constant(value)
        if form not in ("literal", "integer"):
            raise UnknownName(f"{node.term.name} has no Python form")
        return spelling, _ATOM

    def constant(self, value: float | str) -> tuple[str, int]:
        text = repr(value)
        if text in self.surface.literals:
            return f"{CONSTANT_CALLS[type(value)]}({text})", _CALL
        return text, _UNARY if text.startswith("-") else _ATOM

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
        return f"lambda {', '.join(names)}: {self.expression(node, scope)[0]}", _ANY

    def application(self, node: Typed, scope: tuple[str, ...]) -> tuple[str, int]:
        number = self.sum_of_ones(node.term)
        if number is not None:
            return str(number), _ATOM
        head, *arguments = node.parts
        if head.term.kind == "primitive":
            form, spelling = self.surface.forms.get(head.term.name, ("", ""))
            if form == "binary" and len(arguments) == 2:
                return self.operation(spelling, head.term, arguments, scope)
            if form == "conditional" and len(arguments) == 3:
                condition, chosen, other = arguments
                parts = (
                    self.at(_OR, chosen, scope),
                    self.at(_OR, condition, scope),
                    self.at(_ANY, other, scope),
                )
                return "{} if {} else {}".format(*parts), _CONDITIONAL
        elements = self.list_elements(node)
        if elements is not None:
            return f"[{', '.join(self.at(_ANY, element, scope) for element in elements)}]", _ATOM
        inside = ", ".join(self.at(_ANY, argument, scope) for argument in arguments)
        return f"{self.at(_CALL, head, scope)}({inside})", _CALL

    def operation(
        self, operator: str, primitive: Term, arguments: list[Typed], scope: tuple[str, ...]
    ) -> tuple[str, int]:
        left, right = arguments
        if self.zero is not None and primitive == self.minus and left.term == self.zero:
            return f"-{self.at(_UNARY, right, scope)}", _UNARY
        strength, _ = OPERATORS[operator]
        left_needs, right_needs = strength, strength + 1
        if strength == _COMPARISON:  # Python would read a chain
            left_needs = strength + 1
        elif strength == _POWER:  # binds to the right, and tighter than a minus on its left
            left_needs, right_needs = _CALL, _UNARY
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
