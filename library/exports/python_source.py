"""Functions as Python source: readable, and with the engine's semantics.

Bodies are printed η-long, so that every function is called with all its arguments. A function of a declared
type ``a -> b -> c`` takes its two arguments together; where only a type variable says what it is, its
arguments come one by one. Arguments that may fail wait (library.exports.lazy_runtime) where the function may
not look at them.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine import Term, Type
from engine.python_names import Typed, annotate, names_for
from engine.python_surface import CONSTANT_CALLS, MAX_NUMBER, OPERATORS
from library.exports.graph import Function, Functions
from library.exports.strictness import Strictness, spine
from library.snapshot import LibraryError

LAZY_NAMES = ("call", "later", "lazy", "now")
SHOWN_AS = {"list(char)": "as_text", "list(list(char))": "as_texts"}
"""What a domain's plain Python makes of lists of characters, where a function returns them."""
_OPERATORS: dict[str, ast.operator | ast.cmpop] = {
    "+": ast.Add(),
    "-": ast.Sub(),
    "*": ast.Mult(),
    "/": ast.Div(),
    "//": ast.FloorDiv(),
    "%": ast.Mod(),
    "**": ast.Pow(),
    "==": ast.Eq(),
    "!=": ast.NotEq(),
    ">": ast.Gt(),
    "<": ast.Lt(),
    ">=": ast.GtE(),
    "<=": ast.LtE(),
}


@dataclass(frozen=True)
class _Variable:
    """``declared`` is its type where its maker is known by one, None where a type variable hides it."""

    name: str
    declared: Type | None
    waits: bool = False


@dataclass
class _Plan:
    """Which parameters are given arguments that wait, and whether unknown functions are."""

    parameters: set[tuple[Term, int]] = field(default_factory=set[tuple[Term, int]])
    unknown: bool = False


@dataclass(frozen=True)
class Definition:
    """A function's parameters and the expression that it returns."""

    function: Function
    parameters: tuple[str, ...]
    result: ast.expr


class PythonSource:
    """The functions' definitions, and other terms that use them.

    twin: names that the plain Python primitives define. Raises LibraryError for a primitive that they lack.
    """

    def __init__(self, functions: Functions, twin: frozenset[str]) -> None:
        self.functions, self.twin, self.surface = functions, twin, functions.surface
        self.used: set[str] = set()
        """Names of primitives and of the lazy runtime that what was printed needs."""
        self.bodies = {
            function.term: functions.language.eta_long(function.term.body, function.type)
            for function in functions.functions
        }
        self.strictness = Strictness(functions, self.bodies)
        taken = {*self.surface.functions, *twin}
        self.lazy_names = {name: _free(name, taken) for name in LAZY_NAMES}
        self.reserved = taken | {*self.lazy_names.values()}
        self._plan = _Plan()

    def definitions(self) -> list[Definition]:
        """In dependency order. Who waits is found by printing until nothing new turns up."""
        while True:
            before = (len(self._plan.parameters), self._plan.unknown)
            self.used = set()
            made = [self._define(function) for function in self.functions.functions]
            if before == (len(self._plan.parameters), self._plan.unknown):
                return made

    def expression(self, term: Term, declared: Type) -> ast.expr:
        """A closed η-long term at a place where a value of the declared type is wanted."""
        return self._argument(annotate(term, self.surface.types, declared), declared, (), frozenset())

    def _define(self, function: Function) -> Definition:
        node = annotate(self.bodies[function.term], self.surface.types, function.type)
        scope: tuple[_Variable, ...] = ()
        for position, declared in enumerate(function.type.arguments):
            waits = (function.term, position) in self._plan.parameters
            scope = (_Variable(self._name(node, scope, True), declared, waits), *scope)
            node = node.parts[0]
        names = tuple(variable.name for variable in reversed(scope))
        result = self._expression(node, scope, frozenset())
        shown = SHOWN_AS.get(str(function.type.returns))
        if shown in self.twin:
            self.used.add(shown)
            result = ast.Call(ast.Name(shown), [result], [])
        return Definition(function, names, result)

    def _name(self, node: Typed, scope: Sequence[_Variable], outermost: bool) -> str:
        around = {variable.name for variable in scope}
        free = (name for name in names_for(node.bound, outermost) if name not in around | self.reserved)
        return next(free)

    def _argument(
        self, node: Typed, declared: Type | None, scope: tuple[_Variable, ...], false: frozenset[Term]
    ) -> ast.expr:
        if node.term.kind == "lambda":
            return self._function(node, declared, scope, by_primitive=False)
        return self._expression(node, scope, false)

    def _function(
        self, node: Typed, declared: Type | None, scope: tuple[_Variable, ...], by_primitive: bool
    ) -> ast.expr:
        """A lambda; by_primitive: a primitive calls it, with values."""
        types: Sequence[Type | None] = declared.arguments if declared else ()
        types = types or (None,)
        data = [position for position, type_ in enumerate(types) if type_ is None or not type_.arguments]
        strict = self.strictness.strict_parameters(_cut(node.term, len(types)))
        # A lazy function may be given any of its data late.
        lazy = self._plan.unknown and not by_primitive and not strict.issuperset(data)
        names: list[str] = []
        for position, type_ in enumerate(types):
            name = self._name(node, scope, False)
            names.append(name)
            scope = (_Variable(name, type_, lazy and position in data), *scope)
            node = node.parts[0]
        body = self._argument(node, None, scope, frozenset())
        made = ast.Lambda(_parameters(names), body)
        return self._call_name("lazy", made) if lazy else made

    def _expression(self, node: Typed, scope: tuple[_Variable, ...], false: frozenset[Term]) -> ast.expr:
        head, arguments = (
            (node.parts[0], list(node.parts[1:])) if node.term.kind == "application" else (node, [])
        )
        kind = head.term.kind
        if kind == "primitive":
            return self._primitive(node, head.term, arguments, scope, false)
        if kind == "abstraction":
            function = self.functions.by_term[head.term]
            return self._known_call(function, arguments, scope, false)
        if kind == "index":
            variable = scope[head.term.index]
            name: ast.expr = ast.Name(variable.name)
            if variable.waits:
                name = self._call_name("now", name)
            return self._unknown_call(name, variable.declared, arguments, scope, false)
        function_ = self._function(head, None, scope, by_primitive=False)
        return self._unknown_call(function_, None, arguments, scope, false)

    def _known_call(
        self,
        function: Function,
        arguments: list[Typed],
        scope: tuple[_Variable, ...],
        false: frozenset[Term],
    ) -> ast.expr:
        types = function.type.arguments
        strict = self.strictness.strict_arguments(function.term)
        given: list[ast.expr] = []
        for position, (argument, declared) in enumerate(zip(arguments, types, strict=False)):
            made = self._argument(argument, declared, scope, false)
            if position not in strict and self._may_fail(argument, scope, false):
                self._plan.parameters.add((function.term, position))
                made = self._waiting(made)
            given.append(made)
        called = ast.Call(ast.Name(function.name), given, [])
        return self._unknown_call(called, None, arguments[len(types) :], scope, false)

    def _unknown_call(
        self,
        function: ast.expr,
        declared: Type | None,
        arguments: list[Typed],
        scope: tuple[_Variable, ...],
        false: frozenset[Term],
    ) -> ast.expr:
        """Of a variable or of what an expression gives; nothing is known of what it does."""
        types: Sequence[Type | None] = declared.arguments if declared else ()
        while arguments:
            together = list(zip(arguments, types or (None,), strict=False))
            arguments, types = arguments[len(together) :], ()
            given: list[ast.expr] = []
            waiting = False
            for argument, type_ in together:
                made = self._argument(argument, type_, scope, false)
                if self._may_fail(argument, scope, false):
                    made, waiting = self._waiting(made), True
                given.append(made)
            if waiting:
                self._plan.unknown = True
                function = self._call_name("call", function, *given)
            else:
                function = ast.Call(function, given, [])
        return function

    def _primitive(
        self,
        node: Typed,
        primitive: Term,
        arguments: list[Typed],
        scope: tuple[_Variable, ...],
        false: frozenset[Term],
    ) -> ast.expr:
        number = self._sum_of_ones(node.term)
        if number is not None:
            return ast.Constant(number)
        form, spelling = self.surface.forms.get(primitive.name, ("", ""))
        if not form:
            return self._constant(primitive)
        if form in ("literal", "integer"):
            return ast.parse(spelling, mode="eval").body
        types = self.surface.types[primitive].arguments
        later, arguments = arguments[len(types) :], arguments[: len(types)]
        elements = self._elements(node)
        if elements is not None:
            made: ast.expr = ast.List([self._argument(part, None, scope, false) for part in elements])
        elif form == "conditional":
            chosen_by, *branches = arguments
            condition = self._expression(chosen_by, scope, false)
            chosen, other = (
                self._argument(branch, None, scope, known)
                for branch, known in zip(branches, (false, false | {chosen_by.term}), strict=True)
            )
            made = ast.IfExp(condition, chosen, other)
        else:
            given = [
                self._function(argument, declared, scope, by_primitive=bool(declared.arguments))
                if argument.term.kind == "lambda"
                else self._expression(argument, scope, false)
                for argument, declared in zip(arguments, types, strict=True)
            ]
            made = self._apply(form, spelling, given)
        return self._unknown_call(made, None, later, scope, false)

    def _apply(self, form: str, spelling: str, given: list[ast.expr]) -> ast.expr:
        name = OPERATORS[spelling][1] if form == "binary" else spelling
        if name in self.twin:
            self.used.add(name)
            return ast.Call(ast.Name(name), given, []) if given else ast.Name(name)
        if form != "binary":
            raise LibraryError(f"domain {self.functions.domain.name}: {name} has no plain Python form")
        left, right = given
        operator = _OPERATORS[spelling]
        if isinstance(operator, ast.cmpop):
            return ast.Compare(left, [operator], [right])
        return ast.BinOp(left, operator, right)

    def _constant(self, primitive: Term) -> ast.expr:
        """A real or a text; as a call where the literal alone would be read as a primitive."""
        value = primitive.constant_value
        literal = ast.Constant(value)
        if repr(value) in self.surface.literals:
            return ast.Call(ast.Name(CONSTANT_CALLS[type(value)]), [literal], [])
        return literal

    def _sum_of_ones(self, term: Term) -> int | None:
        """n for (+ 1 (+ 1 … 1)), as the Python form has it."""
        one, plus = self.surface.literals.get("1"), self.surface.operators.get("+")
        total = 1
        while one is not None and plus is not None:
            head, arguments = spine(term)
            if term == one:
                return total if 1 < total <= MAX_NUMBER else None
            if head != plus or len(arguments) != 2 or arguments[0] != one:
                return None
            total, term = total + 1, arguments[1]
        return None

    def _elements(self, node: Typed) -> list[Typed] | None:
        """The elements of (cons a (cons b … empty)); None for anything else."""
        cons, empty = self.surface.primitive("cons"), self.surface.literals.get("[]")
        elements: list[Typed] = []
        while len(node.parts) == 3 and node.parts[0].term == cons:
            elements.append(node.parts[1])
            node = node.parts[2]
        return elements if elements and node.term == empty else None

    def _may_fail(self, argument: Typed, scope: tuple[_Variable, ...], false: frozenset[Term]) -> bool:
        values = tuple(not variable.waits for variable in scope)
        return not self.strictness.has_value(argument.term, values, false)

    def _waiting(self, expression: ast.expr) -> ast.expr:
        match expression:
            case ast.Call(func=ast.Name(id=name), args=[waiting]) if name == self.lazy_names["now"]:
                return waiting
        return self._call_name("later", ast.Lambda(_parameters([]), expression))

    def _call_name(self, name: str, *arguments: ast.expr) -> ast.expr:
        self.used.add(name)
        return ast.Call(ast.Name(self.lazy_names[name]), list(arguments), [])


def _cut(term: Term, count: int) -> Term:
    """The function of ``count`` arguments: a λ under them is a value of its own, evaluated when called."""
    rest, depth = term, 0
    while rest.kind == "lambda" and depth <= count:
        rest, depth = rest.body, depth + 1
    return term if depth <= count else Term.index_of(0)


def _parameters(names: Sequence[str]) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[]
    )


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
