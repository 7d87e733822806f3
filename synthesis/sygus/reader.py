"""Reads SyGuS-IF, versions 1 and 2.1, as far as it states a function by examples (the PBE tracks).

Understood are `set-logic`, `synth-fun`, `declare-var`, `constraint` and `check-synth`; `set-option`,
`set-info` and `set-feature` are skipped. A constraint gives one value of the function, `(= (f "a" 1) "b")`,
either way round; for a truth value also `(f "a")` and `(not (f "a"))`; `and` joins several. Whether an
operator of the grammar can be used is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from synthesis.sygus.problem import (
    SORTS,
    Anything,
    Applied,
    Expression,
    Literally,
    Named,
    Nonterminal,
    PbeExample,
    Problem,
    Sort,
    SygusError,
    Value,
)
from synthesis.sygus.s_expressions import Atom, Group, SExpression, read_s_expressions

_SKIPPED = ("set-option", "set-info", "set-feature", "set-options")
_VALUE_SORTS: dict[type, Sort] = {str: "String", int: "Int", bool: "Bool"}


def read_problem(text: str, name: str) -> Problem:
    """The problem that the text of a file states; `name` is the problem's. Raises SygusError."""
    reading = _Reading(name)
    for command in read_s_expressions(text):
        reading.command(command)
    return reading.problem()


@dataclass
class _Function:
    name: str
    parameters: tuple[tuple[str, Sort], ...]
    returns: Sort
    grammar: tuple[Nonterminal, ...] | None
    version: int


@dataclass
class _Reading:
    """What a file has said so far."""

    name: str
    logic: str = "SLIA"
    function: _Function | None = None
    variables: dict[str, Sort] = field(default_factory=dict[str, Sort])
    examples: list[PbeExample] = field(default_factory=list[PbeExample])
    checked: bool = False

    def command(self, command: SExpression) -> None:
        if not isinstance(command, Group) or not command.items or not isinstance(command.items[0], Atom):
            raise SygusError(
                "malformed", "a command is written (name ...), such as (check-synth)", command.line
            )
        name, given = command.items[0].text, command.items[1:]
        if self.checked and name not in _SKIPPED:
            raise SygusError(
                "unsupported",
                f"({name} ...) after (check-synth): put every problem in its own file",
                command.line,
            )
        match name:
            case "set-logic":
                self.logic = _text_of(_one(given, "set-logic takes the name of a logic", command))
            case "synth-fun":
                self._synth_fun(given, command)
            case "declare-var":
                if len(given) != 2:
                    raise SygusError("malformed", "write (declare-var NAME SORT)", command.line)
                self.variables[_text_of(given[0])] = _sort(given[1])
            case "constraint":
                self._constraint(_one(given, "a constraint is one formula", command))
            case "check-synth":
                self.checked = True
            case _ if name in _SKIPPED:
                pass
            case _:
                known = "set-logic, synth-fun, declare-var, constraint, check-synth"
                detail = f"({name} ...) is not understood, only {known}; state the function by examples"
                raise SygusError("unsupported", detail, command.line)

    def problem(self) -> Problem:
        if self.function is None:
            raise SygusError("malformed", "there is no (synth-fun ...): say which function is wanted")
        if not self.checked:
            raise SygusError("malformed", "there is no (check-synth): the file may have been cut short")
        if not self.examples:
            detail = f"there are no constraints on {self.function.name}; give examples of its values"
            raise SygusError("unsupported", detail)
        one = self.function
        return Problem(
            self.name, one.name, one.parameters, one.returns, one.grammar, tuple(self.examples), self.logic,
            one.version,
        )  # fmt: skip

    def _synth_fun(self, given: tuple[SExpression, ...], command: Group) -> None:
        if self.function is not None:
            raise SygusError(
                "unsupported", "a second synth-fun; only one function can be found", command.line
            )
        if not 3 <= len(given) <= 5 or not isinstance(given[1], Group):
            detail = "write (synth-fun NAME ((PARAMETER SORT) ...) SORT GRAMMAR)"
            raise SygusError("malformed", detail, command.line)
        parameters = tuple(_declaration(item) for item in given[1].items)
        if len({name for name, _ in parameters}) < len(parameters):
            raise SygusError("malformed", "two parameters have one name; rename one", command.line)
        if not parameters:
            detail = "the function has no parameters: it is a constant, which needs no search"
            raise SygusError("unsupported", detail, command.line)
        name, returns = _text_of(given[0]), _sort(given[2])
        # Version 2 declares the nonterminals before their productions.
        groups = [group for group in given[3:] if isinstance(group, Group)]
        if len(groups) < len(given[3:]):
            raise SygusError("malformed", "a grammar is written in parentheses", command.line)
        version = 1 if len(groups) == 1 else 2
        declared = [_declaration(item) for item in groups[0].items] if len(groups) == 2 else None
        grammar = _grammar(groups[-1], dict(parameters)) if groups else None
        if declared is not None and [(one.name, one.sort) for one in grammar or ()] != declared:
            detail = (
                "the nonterminals declared aren't those with productions, in the same order; correct one list"
            )
            raise SygusError("malformed", detail, groups[0].line)
        if grammar and grammar[0].sort != returns:
            detail = f"the grammar starts with {grammar[0].name} of sort {grammar[0].sort}, not {returns}"
            raise SygusError("ill-typed", f"{detail}; correct one", command.line)
        self.function = _Function(name, parameters, returns, grammar, version)

    def _constraint(self, formula: SExpression) -> None:
        line = formula.line
        if self.function is None:
            raise SygusError("malformed", "a constraint before the synth-fun that it is about; move it", line)
        match formula:
            case Group((Atom("symbol", "and"), *parts)):
                for part in parts:
                    self._constraint(part)
            case Group((Atom("symbol", "not"), call)) if self._is_call(call):
                self._example(call, False, line)
            case _ if self._is_call(formula):
                self._example(formula, True, line)
            case Group((Atom("symbol", "="), left, right)) if self._is_call(left) != self._is_call(right):
                call, value = (left, right) if self._is_call(left) else (right, left)
                self._example(call, _constant(value), line)
            case _:
                form = f'(= ({self.function.name} "input") "output")'
                detail = f"this constraint is no example, such as {form}; only examples can be read"
                raise SygusError("unsupported", detail, line)

    def _is_call(self, item: SExpression) -> bool:
        return (
            self.function is not None
            and isinstance(item, Group)
            and bool(item.items)
            and isinstance(item.items[0], Atom)
            and item.items[0] == Atom("symbol", self.function.name, item.items[0].line)
        )

    def _example(self, call: SExpression, output: Value | None, line: int) -> None:
        function = self.function
        assert function is not None and isinstance(call, Group)
        inputs = [_constant(item) for item in call.items[1:]]
        known = [value for value in inputs if value is not None]
        if len(known) < len(inputs) or output is None:
            detail = "an example's inputs and output have to be constants; variables can't be solved for"
            raise SygusError("unsupported", detail, line)
        if len(known) != len(function.parameters):
            detail = (
                f"{function.name} is given {len(known)} inputs and has {len(function.parameters)} parameters"
            )
            raise SygusError("ill-typed", f"{detail}; correct one", line)
        wanted = [*function.parameters, ("the output", function.returns)]
        for value, (what, sort) in zip([*known, output], wanted, strict=True):
            if _VALUE_SORTS[type(value)] != sort:
                found = _VALUE_SORTS[type(value)]
                raise SygusError(
                    "ill-typed", f"{value!r} for {what} is of sort {found}, not {sort}; correct it", line
                )
        self.examples.append(PbeExample(tuple(known), output, line))


def _grammar(group: Group, parameters: dict[str, Sort]) -> tuple[Nonterminal, ...]:
    rules: list[tuple[str, Sort, Group]] = []
    for item in group.items:
        match item:
            case Group((Atom("symbol", name), sort, Group() as productions)):
                rules.append((name, _sort(sort), productions))
            case _:
                detail = "a nonterminal is written (NAME SORT (PRODUCTION ...))"
                raise SygusError("malformed", detail, item.line)
    if not rules:
        raise SygusError("malformed", "the grammar has no nonterminals", group.line)
    names = [name for name, _, _ in rules]
    for name in names:
        if names.count(name) > 1 or name in parameters:
            raise SygusError(
                "malformed", f"the nonterminal {name} has a name twice used; rename it", group.line
            )
    known = set(names) | set(parameters)
    return tuple(
        Nonterminal(name, sort, tuple(_expression(item, known) for item in productions.items))
        for name, sort, productions in rules
    )


def _expression(item: SExpression, known: set[str]) -> Expression:
    match item:
        case Atom("symbol", name) if name in known:
            return Named(name)
        case Atom() if (value := _constant(item)) is not None:
            return Literally(value)
        case Atom("symbol", name):
            raise SygusError(
                "malformed", f"{name} is neither a parameter nor a nonterminal; correct it", item.line
            )
        case Group((Atom("symbol", "Constant" | "Variable" as of), sort)) | Group(
            (Atom("symbol", "InputVariable" | "LocalVariable" as of), sort)
        ):
            return Anything("Constant" if of == "Constant" else "Variable", _sort(sort))
        case Group() if (value := _constant(item)) is not None:
            return Literally(value)
        case Group((Atom("symbol", function), *arguments)) if arguments:
            return Applied(function, tuple(_expression(argument, known) for argument in arguments))
        case _:
            raise SygusError("malformed", "this is no expression: write (FUNCTION ARGUMENT ...)", item.line)


def _constant(item: SExpression) -> Value | None:
    """The value of a constant; None for anything else."""
    match item:
        case Atom("string", text):
            return text
        case Atom("integer", digits) if len(digits) <= 18:
            return int(digits)
        case Atom("integer"):
            raise SygusError(
                "unsupported", "an integer of more than 18 digits can't be computed with", item.line
            )
        case Atom("symbol", "true" | "false" as truth):
            return truth == "true"
        case Group((Atom("symbol", "-"), Atom("integer", digits))) if len(digits) <= 18 and digits[0] != "-":
            return -int(digits)
        case _:
            return None


def _declaration(item: SExpression) -> tuple[str, Sort]:
    match item:
        case Group((Atom("symbol", name), sort)):
            return name, _sort(sort)
        case _:
            raise SygusError("malformed", "write (NAME SORT)", item.line)


def _sort(item: SExpression) -> Sort:
    name = item.text if isinstance(item, Atom) else "of more than one word"
    if name not in SORTS:
        raise SygusError(
            "unsupported", f"the sort {name} is not understood, only {', '.join(SORTS)}", item.line
        )
    return SORTS[name]


def _text_of(item: SExpression) -> str:
    if not isinstance(item, Atom) or item.kind != "symbol":
        raise SygusError("malformed", "a name was expected here", item.line)
    return item.text


def _one(given: tuple[SExpression, ...], rule: str, command: Group) -> SExpression:
    if len(given) != 1:
        raise SygusError("malformed", rule, command.line)
    return given[0]
