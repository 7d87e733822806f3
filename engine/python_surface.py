"""How each primitive and abstraction of a language looks in Python: names, operators and literals."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from engine._engine import EngineError, Term, Type
from engine.python_names import inferred_type

# Operator -> (binding strength as in Python's grammar, name of the operator as a function).
OPERATORS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "==": (6, "eq"),
        "!=": (6, "ne"),
        ">": (6, "gt"),
        "<": (6, "lt"),
        ">=": (6, "ge"),
        "<=": (6, "le"),
        "+": (11, "add"),
        "-": (11, "sub"),
        "*": (12, "mul"),
        "/": (12, "truediv"),
        "//": (12, "floordiv"),
        "%": (12, "mod"),
        "**": (14, "pow"),
    }
)
# Binding strengths of what isn't an operator of two arguments, weakest first; OR is only needed, never had.
ANY, CONDITIONAL, OR, UNARY, CALL, ATOM = 1, 2, 3, 13, 16, 17
_COMPARISON, _POWER = 6, 14
CONDITIONAL_NAME = "if_else"
# Names that models write for a primitive of another name.
SYNONYMS: Mapping[str, str] = MappingProxyType({"len": "length"})
# Where a constant looks like a literal of the language, it is written as a call: `str("-")`, `float(1.0)`.
CONSTANT_CALLS: Mapping[type, str] = MappingProxyType({str: "str", float: "float"})
MAX_NUMBER = 100  # a number above the literals is that many nested sums


def operand_strengths(operator: str) -> tuple[int, int]:
    """How strongly the left and the right operand must bind to go without parentheses."""
    strength, _ = OPERATORS[operator]
    if strength == _COMPARISON:  # Python would read a chain
        return strength + 1, strength + 1
    if strength == _POWER:  # binds to the right, and tighter than a minus on its left
        return CALL, UNARY
    return strength, strength + 1


def literal_key(text: str) -> str | None:
    """One spelling for each literal (`'a'` and `"a"` agree); None for text that is no literal we allow."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.List) and not node.elts:
        return "[]"
    return None


@dataclass(frozen=True)
class Surface:
    """The Python look of a language.

    primitives: (name, type, form), where form is one of
        "call:is_prime"  a function of that Python name
        "binary:+"       an operator of two arguments
        "literal:[]"     a constant, written as that literal
        "integer"        a whole number; the primitive's own name is its value
        "conditional"    `if`: condition, then, else; written `a if c else b`
    abstractions: (Python name, the `#(...)` term that it stands for)
    Raises EngineError for a form that isn't one of these, and for names that clash or aren't identifiers.
    """

    primitives: tuple[tuple[str, str, str], ...]
    abstractions: tuple[tuple[str, Term], ...] = ()

    def __post_init__(self) -> None:
        taken: dict[str, str] = {}

        def claim(spelling: str, owner: str) -> None:
            if taken.setdefault(spelling, owner) != owner:
                raise EngineError(
                    f"{owner} and {taken[spelling]} would both be written {spelling!r} in Python"
                )

        for name, _, form in self.primitives:
            kind, _, spelling = form.partition(":")
            if not _is_form(name, kind, spelling):
                raise EngineError(f"primitive {name}: {form!r} is no way to write it in Python")
            claim(name if kind == "integer" else spelling, f"primitive {name}")
        for name, term in self.abstractions:
            if term.kind != "abstraction":
                raise EngineError(f"{name} should stand for an abstraction `#(...)`, not for {term}")
            if not is_identifier(name):
                raise EngineError(f"{name!r} can't name an abstraction: it is not a Python identifier")
            claim(name, f"abstraction {term}")

    @cached_property
    def forms(self) -> Mapping[str, tuple[str, str]]:
        """Primitive -> (kind, spelling)."""
        split = {name: form.partition(":") for name, _, form in self.primitives}
        return {name: (kind, name if kind == "integer" else rest) for name, (kind, _, rest) in split.items()}

    @cached_property
    def types(self) -> Mapping[Term, Type]:
        """Of the primitives and the named abstractions."""
        types = {Term.primitive(name): Type.parse(type_) for name, type_, _ in self.primitives}
        for _, term in sorted(self.abstractions, key=lambda named: named[1].size):
            types[term] = inferred_type(term.body, types)
        return types

    @cached_property
    def names(self) -> Mapping[Term, str]:
        """Primitive or abstraction -> its Python name; operators and the conditional have one too, for where
        they are not applied to all their arguments. Literals have none."""
        named = {term: name for name, term in self.abstractions}
        for name, (kind, spelling) in self.forms.items():
            if kind == "call":
                named[Term.primitive(name)] = spelling
        taken = set(named.values())
        for name, (kind, spelling) in self.forms.items():
            if kind in ("binary", "conditional"):
                free = OPERATORS[spelling][1] if kind == "binary" else CONDITIONAL_NAME
                while free in taken:
                    free += "_"
                taken.add(free)
                named[Term.primitive(name)] = free
        return named

    @cached_property
    def functions(self) -> Mapping[str, Term]:
        """Python name -> primitive or abstraction."""
        named = {name: term for term, name in self.names.items()}
        for synonym, name in SYNONYMS.items():
            if name in self.forms:
                named.setdefault(synonym, Term.primitive(name))
        return named

    @cached_property
    def operators(self) -> Mapping[str, Term]:
        """Operator -> primitive."""
        return {text: Term.primitive(name) for name, (kind, text) in self.forms.items() if kind == "binary"}

    @cached_property
    def literals(self) -> Mapping[str, Term]:
        """Normal spelling of a literal -> primitive; whole numbers included."""
        found: dict[str, Term] = {}
        for name, (kind, spelling) in self.forms.items():
            key = literal_key(spelling) if kind in ("literal", "integer") else None
            if key is not None:
                found[key] = Term.primitive(name)
        return found

    @cached_property
    def conditional(self) -> Term | None:
        found = [name for name, (kind, _) in self.forms.items() if kind == "conditional"]
        return Term.primitive(found[0]) if found else None

    def constant(self, value: float | str) -> Term | None:
        """The constant, if the language has constants of its type: the production REAL or STRING."""
        hole = "STRING" if isinstance(value, str) else "REAL"
        return Term.constant(value) if hole in self.forms else None

    def primitive(self, name: str) -> Term | None:
        """The primitive of this name, if the language has it."""
        return Term.primitive(name) if name in self.forms else None


def is_identifier(text: str) -> bool:
    """Whether a function can be called that in Python."""
    return text.isidentifier() and not keyword.iskeyword(text)


def _is_form(name: str, kind: str, spelling: str) -> bool:
    if kind == "call":
        return is_identifier(spelling)
    if kind == "binary":
        return spelling in OPERATORS
    if kind == "literal":
        return literal_key(spelling) is not None
    return not spelling and (kind == "conditional" or (kind == "integer" and name.isdecimal()))
