"""The ``strings`` domain: programs on whole strings, from SMT-LIB's functions on strings and integers.

A string is a list of characters inside, as in the text domain, but programs see it as one value. All
functions are SMT-LIB's, and total: a position outside of a string is no error, there is just nothing there.
The primitives have SMT-LIB's names; two have others there, ``if`` (ite) and ``eq?`` (=).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from library.domain import Domain, Primitive, PrimitiveExample, shipped_primitives
from library.domains.strings_tasks import shipped_tasks


def _primitive(
    name: str, type: str, python: str, doc: str, program: str, inputs: tuple[Any, ...], output: Any
) -> Primitive:
    returns = "bool" if isinstance(output, bool) else "int" if isinstance(output, int) else "str"
    request = " -> ".join(["str"] * len(inputs) + [returns])
    return Primitive(name, type, doc, python, PrimitiveExample(program, request, inputs, output))


PRIMITIVES: tuple[Primitive, ...] = (
    _primitive(
        "str.++", "str -> str -> str", "call:concat",
        "concat(s, t): s followed by t.",
        '(lambda (str.++ $0 "!"))', ("ab",), "ab!",
    ),
    _primitive(
        "str.at", "str -> int -> str", "call:char_at",
        "char_at(s, i): the character of s at position i, counted from 0; '' outside of s.",
        "(lambda (str.at $0 1))", ("abc",), "b",
    ),
    _primitive(
        "str.substr", "str -> int -> int -> str", "call:substring",
        "substring(s, i, n): at most n characters of s from position i; '' where i is outside of s or "
        "n is not positive.",
        "(lambda (str.substr $0 1 (str.len $0)))", ("abc",), "bc",
    ),
    _primitive(
        "str.indexof", "str -> str -> int -> int", "call:index_of",
        "index_of(s, t, i): the first position of t in s that isn't before i; -1 where there is none.",
        '(lambda (str.indexof $0 "-" 0))', ("ab-c",), 2,
    ),
    _primitive(
        "str.replace", "str -> str -> str -> str", "call:replace_first",
        "replace_first(s, t, u): s with its first t replaced by u; u in front of s where t is ''.",
        '(lambda (str.replace $0 "-" "."))', ("a-b-c",), "a.b-c",
    ),
    _primitive(
        "str.len", "str -> int", "call:length",
        "length(s): the number of characters.",
        "(lambda (str.len $0))", ("abc",), 3,
    ),
    _primitive(
        "str.from_int", "int -> str", "call:from_int",
        "from_int(n): the decimal digits of n; '' for a negative n.",
        "(lambda (str.from_int (str.len $0)))", ("abc",), "3",
    ),
    _primitive(
        "str.to_int", "str -> int", "call:to_int",
        "to_int(s): the number that the decimal digits of s make; -1 where s is '' or has anything else "
        "in it.",
        "(lambda (str.to_int $0))", ("042",), 42,
    ),
    _primitive(
        "str.prefixof", "str -> str -> bool", "call:is_prefix",
        "is_prefix(s, t): whether t starts with s.",
        '(lambda (str.prefixof "a" $0))', ("abc",), True,
    ),
    _primitive(
        "str.suffixof", "str -> str -> bool", "call:is_suffix",
        "is_suffix(s, t): whether t ends with s.",
        '(lambda (str.suffixof "a" $0))', ("abc",), False,
    ),
    _primitive(
        "str.contains", "str -> str -> bool", "call:contains",
        "contains(s, t): whether t occurs in s.",
        '(lambda (str.contains $0 "b"))', ("abc",), True,
    ),
    Primitive(
        "if", "bool -> t0 -> t0 -> t0",
        "a if c else b: a when c is true, else b; only the one chosen is evaluated.", "conditional",
        PrimitiveExample(
            '(lambda (if (str.contains $0 ".") $0 (str.++ $0 ".")))', "str -> str", ("ab",), "ab.",
        ),
    ),
    *shipped_primitives("+", "-", "eq?", "0", "1"),
    _primitive(
        "STRING", "str", "call:STRING",
        "STRING: any text, written as itself, such as 'ab c'; the search looks for it in the examples.",
        '(lambda (str.++ "Dr. " $0))', ("Ada",), "Dr. Ada",
    ),
)  # fmt: skip

EQUATIONS: tuple[str, ...] = (
    "(+ a 0) = a",
    "(+ 0 a) = a",
    "(- a 0) = a",
    "(+ a b) = (+ b a)",
    "(- a a) = 0",
    "(eq? a b) = (eq? b a)",
    "(if c a a) = a",
    "(str.replace a b b) = a",
    "(str.replace a a b) = b",
)

STRINGS = Domain(
    name="strings",
    description="functions on strings, from SMT-LIB's",
    primitives=PRIMITIVES,
    requests=(
        "str -> str",
        "str -> str -> str",
        "str -> str -> str -> str",
        "str -> int",
        "str -> bool",
    ),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=(
        ('(str.substr _ 0 (str.indexof _ _ 0))', "until"),
        ("(str.substr _ _ (str.len _))", "rest"),
        ("(str.++ _ (str.++ _ _))", "join"),
        ("(str.at _ 0)", "initial"),
        ("(if _ _ _)", "choose"),
    ),
    twin=Path(__file__).with_name("strings_python.py"),
)  # fmt: skip
