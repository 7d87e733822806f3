"""Python expressions to terms: `ast` over a white list of nodes; nothing is ever executed.

Beyond what `to_python` writes it reads what people and models write where that can mean one thing only:
`len(xs)`, `xs[i]`, `-x`, list displays, the comparisons that the language lacks (`x < y` is `y > x`, `x >= y`
is `x + 1 > y`), and `not`, `and`, `or`, `!=`, `True`, `False` through the conditional.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NoReturn

from engine._engine import EngineError, ParseError, Term
from engine.python_surface import CONSTANT_CALLS, MAX_NUMBER, Surface

MAX_CHARACTERS = 10_000
MAX_NESTING = 100  # of Python expressions
MAX_ELEMENTS = 100
MAX_DEPTH = 400  # of the term; the reader of s-expressions allows 500

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Gt: ">",
    ast.Lt: "<",
    ast.GtE: ">=",
    ast.LtE: "<=",
}


def from_python(text: str, surface: Surface) -> Term:
    """The closed term that a Python expression stands for; it is not type-checked.

    Raises ParseError, with line and column, for everything else, hostile text included.
    """
    if len(text) > MAX_CHARACTERS:
        raise ParseError(f"line 1, column 1: longer than {MAX_CHARACTERS} characters")
    stripped = text.lstrip()
    before = text[: len(text) - len(stripped)]
    lines_before, columns_before = before.count("\n"), len(before) - (before.rfind("\n") + 1)
    try:
        tree = ast.parse(stripped, mode="eval").body
        term = _Parser(surface).expression(tree, (), 0)
    except SyntaxError as error:
        line, column, what = error.lineno or 1, error.offset or 1, error.msg
    except _Refused as refused:
        line, column, what = refused.line, refused.column, refused.what
    except (RecursionError, MemoryError):
        line, column, what = 1, 1, "nested too deep"
    except ValueError as error:  # NUL, lone surrogates, numbers of more than 4300 digits
        line, column, what = 1, 1, str(error)
    else:
        if _deeper_than(term, MAX_DEPTH):
            raise ParseError(f"line 1, column 1: the program is nested more than {MAX_DEPTH} deep")
        return term
    if line == 1:
        column += columns_before
    raise ParseError(f"line {line + lines_before}, column {max(column, 1)}: {what}")


def from_node(node: ast.expr, surface: Surface) -> Term:
    """The closed term of an expression that `ast` has parsed already, as a part of a file.

    Raises ParseError with the file's line and column.
    """
    try:
        term = _Parser(surface).expression(node, (), 0)
    except _Refused as refused:
        raise ParseError(f"line {refused.line}, column {refused.column}: {refused.what}") from None
    except RecursionError:
        raise ParseError(f"line {node.lineno}, column {node.col_offset + 1}: nested too deep") from None
    if _deeper_than(term, MAX_DEPTH):
        where = f"line {node.lineno}, column {node.col_offset + 1}"
        raise ParseError(f"{where}: the program is nested more than {MAX_DEPTH} deep")
    return term


class _Refused(Exception):
    def __init__(self, node: ast.expr | ast.arg, what: str) -> None:
        super().__init__(what)
        self.line, self.column, self.what = node.lineno, node.col_offset + 1, what


def _refuse(node: ast.expr | ast.arg, what: str) -> NoReturn:
    raise _Refused(node, what)


def _apply(function: Term, *arguments: Term) -> Term:
    for argument in arguments:
        function = Term.apply(function, argument)
    return function


def _deeper_than(term: Term, limit: int) -> bool:
    """Whether some path through the term has more than `limit` nodes."""
    seen: dict[Term, int] = {}
    open_terms = [(term, 1)]
    while open_terms:
        part, depth = open_terms.pop()
        if depth > limit:
            return True
        if seen.get(part, 0) >= depth:
            continue
        seen[part] = depth
        if part.kind == "application":
            open_terms += [(part.function, depth + 1), (part.argument, depth + 1)]
        elif part.kind == "lambda":
            open_terms.append((part.body, depth + 1))
    return False


class _Parser:
    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.readers: dict[type[ast.expr], Callable[..., Term]] = {
            ast.Name: self.name,
            ast.Constant: self.constant,
            ast.List: self.list_display,
            ast.Call: self.call,
            ast.Lambda: self.function,
            ast.IfExp: self.choice,
            ast.BinOp: self.operation,
            ast.UnaryOp: self.unary,
            ast.BoolOp: self.connective,
            ast.Compare: self.comparison,
            ast.Subscript: self.subscript,
        }

    def expression(self, node: ast.expr, scope: tuple[str, ...], depth: int) -> Term:
        """scope: names of the variables, innermost first. depth: of the node in the expression."""
        if depth > MAX_NESTING:
            _refuse(node, f"nested more than {MAX_NESTING} deep")
        reader = self.readers.get(type(node))
        if reader is None:
            _refuse(node, f"{_describe(node)} is not part of the language")
        return reader(node, scope, depth + 1)

    def name(self, node: ast.Name, scope: tuple[str, ...], depth: int) -> Term:
        if node.id in scope:
            return Term.index_of(scope.index(node.id))
        found = self.surface.functions.get(node.id)
        if found is None:
            _refuse(node, f"unknown name {node.id!r}")
        return found

    def constant(self, node: ast.Constant, scope: tuple[str, ...], depth: int) -> Term:
        found = self.surface.literals.get(repr(node.value))
        if found is not None:
            return found
        if isinstance(node.value, bool):
            return self.truth(node, node.value)
        if isinstance(node.value, float | str):
            return self.written(node, node.value)
        if not isinstance(node.value, int):
            _refuse(node, f"{_describe(node)} is not part of the language")
        one, plus = self.surface.literals.get("1"), self.surface.operators.get("+")
        if one is None or plus is None or node.value < 1:
            _refuse(node, "the language has no such number")
        if node.value > MAX_NUMBER:
            _refuse(node, f"numbers above {MAX_NUMBER} can't be written out")
        term = one
        for _ in range(node.value - 1):
            term = _apply(plus, one, term)
        return term

    def written(self, node: ast.expr, value: float | str) -> Term:
        """A constant that isn't one of the language's literals."""
        try:
            term = self.surface.constant(value)
        except EngineError as error:  # an infinity, half a character, a text too long
            _refuse(node, str(error))
        if term is None:
            _refuse(node, f"a literal of type {type(value).__name__} is not part of the language")
        return term

    def truth(self, node: ast.expr, value: bool) -> Term:
        found = self.surface.literals.get(repr(value))
        if found is not None:
            return found
        zero, one = self.surface.literals.get("0"), self.surface.literals.get("1")
        if zero is None or one is None:
            _refuse(node, f"the language has no {value}")
        return _apply(self.operator(node, "=="), zero, zero if value else one)

    def list_display(self, node: ast.List, scope: tuple[str, ...], depth: int) -> Term:
        empty, cons = self.surface.literals.get("[]"), self.surface.primitive("cons")
        if empty is None or (node.elts and cons is None):
            _refuse(node, "the language has no lists written like this")
        if len(node.elts) > MAX_ELEMENTS:
            _refuse(node, f"a list of more than {MAX_ELEMENTS} elements")
        elements = [self.expression(element, scope, depth) for element in node.elts]
        term = empty
        for element in reversed(elements):
            term = _apply(cons, element, term) if cons is not None else term
        return term

    def call(self, node: ast.Call, scope: tuple[str, ...], depth: int) -> Term:
        if node.keywords:
            _refuse(node.keywords[0].value, "arguments by name are not part of the language")
        if not node.args:
            _refuse(node, "a call without arguments")
        constant = self.constant_call(node, scope)
        if constant is not None:
            return constant
        function = self.expression(node.func, scope, depth)
        return _apply(function, *(self.expression(argument, scope, depth) for argument in node.args))

    def constant_call(self, node: ast.Call, scope: tuple[str, ...]) -> Term | None:
        """`str("-")` and `float(1.0)`, unless the names mean something else here."""
        if not isinstance(node.func, ast.Name) or len(node.args) != 1:
            return None
        name, value = node.func.id, _literal(node.args[0])
        if name in scope or name in self.surface.functions or CONSTANT_CALLS.get(type(value)) != name:
            return None
        return self.written(node, value) if isinstance(value, float | str) else None

    def function(self, node: ast.Lambda, scope: tuple[str, ...], depth: int) -> Term:
        given = node.args
        if given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults:
            _refuse(node, "a lambda may have plain parameters only")
        names = [argument.arg for argument in given.args]
        if not names:
            _refuse(node, "a lambda without parameters")
        if len(set(names)) < len(names):
            _refuse(node, "a lambda with two parameters of one name")
        term = self.expression(node.body, (*reversed(names), *scope), depth)
        for _ in names:
            term = Term.lambda_(term)
        return term

    def choice(self, node: ast.IfExp, scope: tuple[str, ...], depth: int) -> Term:
        test, chosen, other = node.test, node.body, node.orelse
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, chosen, other = test.operand, other, chosen
        parts = [self.expression(part, scope, depth) for part in (test, chosen, other)]
        return self.conditional(node, *parts)

    def conditional(self, node: ast.expr, test: Term, chosen: Term, other: Term) -> Term:
        if self.surface.conditional is None:
            _refuse(node, "the language has no conditional")
        return _apply(self.surface.conditional, test, chosen, other)

    def operation(self, node: ast.BinOp, scope: tuple[str, ...], depth: int) -> Term:
        operator = self.operator(node, _BINARY.get(type(node.op), type(node.op).__name__))
        return _apply(
            operator, self.expression(node.left, scope, depth), self.expression(node.right, scope, depth)
        )

    def unary(self, node: ast.UnaryOp, scope: tuple[str, ...], depth: int) -> Term:
        value = _literal(node)
        if isinstance(value, float) and "REAL" in self.surface.forms:
            return self.surface.literals.get(repr(value)) or self.written(node, value)
        operand = self.expression(node.operand, scope, depth)
        if isinstance(node.op, ast.USub):
            zero = self.surface.literals.get("0")
            if zero is None:
                _refuse(node, "the language has no 0 to subtract from")
            return _apply(self.operator(node, "-"), zero, operand)
        if isinstance(node.op, ast.Not):
            return self.conditional(node, operand, self.truth(node, False), self.truth(node, True))
        _refuse(node, f"{_describe(node)} is not part of the language")

    def connective(self, node: ast.BoolOp, scope: tuple[str, ...], depth: int) -> Term:
        *others, term = [self.expression(part, scope, depth) for part in node.values]
        for other in reversed(others):
            if isinstance(node.op, ast.And):
                term = self.conditional(node, other, term, self.truth(node, False))
            else:
                term = self.conditional(node, other, self.truth(node, True), term)
        return term

    def comparison(self, node: ast.Compare, scope: tuple[str, ...], depth: int) -> Term:
        operator = _COMPARISONS.get(type(node.ops[0]))
        if len(node.ops) > 1 or operator is None:
            _refuse(node, f"{_describe(node)} is not part of the language")
        left = self.expression(node.left, scope, depth)
        right = self.expression(node.comparators[0], scope, depth)
        if operator in self.surface.operators:
            return _apply(self.operator(node, operator), left, right)
        if operator == "!=":
            equal = _apply(self.operator(node, "=="), left, right)
            return self.conditional(node, equal, self.truth(node, False), self.truth(node, True))
        if operator in ("<", "<="):
            left, right = right, left
        if operator in ("<=", ">="):  # whole numbers: x ≥ y just when x + 1 > y
            one = self.surface.literals.get("1")
            if one is None:
                _refuse(node, f"the language has no {operator}")
            left = _apply(self.operator(node, "+"), left, one)
        return _apply(self.operator(node, ">"), left, right)

    def subscript(self, node: ast.Subscript, scope: tuple[str, ...], depth: int) -> Term:
        index = self.surface.primitive("index")
        if index is None:
            _refuse(node, "subscripts are not part of the language")
        if isinstance(node.slice, ast.UnaryOp):
            _refuse(node.slice, "a negative subscript doesn't count from the end here")
        position = self.expression(node.slice, scope, depth)
        return _apply(index, position, self.expression(node.value, scope, depth))

    def operator(self, node: ast.expr, text: str) -> Term:
        found = self.surface.operators.get(text)
        if found is None:
            _refuse(node, f"the language has no operator {text}")
        return found


def _literal(node: ast.expr) -> object:
    """The value of a literal, of a real with a minus before it too; None for other expressions."""
    if isinstance(node, ast.Constant):
        return node.value
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    operand = node.operand if minus and isinstance(node, ast.UnaryOp) else None
    if isinstance(operand, ast.Constant) and isinstance(operand.value, float):
        return -operand.value
    return None


def _describe(node: ast.expr) -> str:
    """A kind of expression in words."""
    if isinstance(node, ast.Constant):
        return f"a literal of type {type(node.value).__name__}"
    if isinstance(node, ast.Compare):
        return "this comparison (a chain, `in` or `is`)"
    names: dict[type[ast.expr], str] = {
        ast.Attribute: "an attribute",
        ast.JoinedStr: "an f-string",
        ast.ListComp: "a comprehension",
        ast.NamedExpr: "an assignment",
        ast.Slice: "a slice",
        ast.Starred: "a starred argument",
        ast.UnaryOp: "this operator",
    }
    return names.get(type(node), type(node).__name__)
