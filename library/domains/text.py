"""The ``text`` domain: programs on texts, which are lists of characters, from DreamCoder's primitives."""

from __future__ import annotations

from pathlib import Path

from library.domain import Domain, Primitive, engine_primitive, shipped_primitives
from library.domains.list import EQUATIONS as LIST_EQUATIONS
from library.domains.list import LIST
from library.domains.text_tasks import shipped_tasks


def _character(name: str, character: str, called: str) -> Primitive:
    return engine_primitive(
        name, "char", f"literal:{character!r}", f"{character!r}: {called}.",
        f"(lambda (cons {name} $0))", "list(char) -> list(char)", ("ab",), f"{character}ab",
    )  # fmt: skip


_OF_LISTS = (
    "map", "unfold", "range", "index", "fold", "length", "if", "+", "-", "empty", "cons", "car", "cdr",
    "empty?", "0", "1",
)  # fmt: skip

PRIMITIVES: tuple[Primitive, ...] = (
    *shipped_primitives(*_OF_LISTS),
    engine_primitive(
        "char-eq?", "char -> char -> bool", "binary:==", "c == d: whether two characters are the same.",
        "(lambda (char-eq? (car $0) '-'))", "list(char) -> bool", ("-a",), True,
    ),
    engine_primitive(
        "STRING", "list(char)", "call:STRING",
        "STRING: any text, written as itself, such as 'ab c'; the search looks for it in the examples.",
        '(lambda (fold $0 " Ltd" (lambda (lambda (cons $1 $0)))))',
        "list(char) -> list(char)", ("ab",), "ab Ltd",
    ),
    _character("','", ",", "a comma"),
    _character("'.'", ".", "a full stop"),
    _character("'-'", "-", "a hyphen"),
    _character("SPACE", " ", "a space"),
    _character("LPAREN", "(", "an opening parenthesis"),
    _character("RPAREN", ")", "a closing parenthesis"),
)  # fmt: skip

_ABSENT = ("(* ", "(mod ", "(eq? ")
EQUATIONS: tuple[str, ...] = (
    *(equation for equation in LIST_EQUATIONS if not equation.startswith(_ABSENT)),
    "(char-eq? a b) = (char-eq? b a)",
)

IDIOMS: tuple[tuple[str, str], ...] = (
    ("(fold _ empty (lambda (lambda (if (char-eq? _ _) empty (cons $1 $0)))))", "until"),
    ("(unfold _ (lambda (char-eq? _ _)) (lambda (car $0)) (lambda (cdr $0)))", "until"),
    ("(fold _ empty (lambda (lambda (if (char-eq? _ _) _ (cons $1 $0)))))", "skip"),
    ("(map (lambda (if (char-eq? _ _) _ $0)) _)", "replace"),
    ("(fold _ 0 (lambda (lambda (if _ (+ 1 $0) $0))))", "count_if"),
    ("(fold _ _ (lambda (lambda (cons $1 $0))))", "append"),
    ("(map (lambda (index $0 _)) (range _))", "take"),
    ("(fold _ _ (lambda (lambda _)))", "fold"),
    ("(cdr (cdr (cdr _)))", "drop_three"),
    ("(cdr (cdr _))", "drop_two"),
)

TEXT = Domain(
    name="text",
    description="functions on texts, which are lists of characters",
    primitives=PRIMITIVES,
    requests=(
        "list(char) -> list(char)",
        "list(char) -> list(char) -> list(char)",
        "list(char) -> list(char) -> list(char) -> list(char)",
        "list(char) -> int",
        "list(char) -> bool",
        "list(char) -> list(list(char))",
    ),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=IDIOMS,
    twin=Path(__file__).with_name("text_python.py"),
    partial={name: fails for name, fails in LIST.partial.items() if name in _OF_LISTS},
)
