"""The primitives of the strings domain as plain Python functions: SMT-LIB's functions on strings.

All are total but ``to_int``, which the program learner's engine bounds. Addition, subtraction and ``==`` are
Python's own operators.
"""

from __future__ import annotations


def concat(s: str, t: str) -> str:
    """s followed by t.

    >>> concat("ab", "c")
    'abc'
    """
    return s + t


def char_at(s: str, i: int) -> str:
    """The character of s at position i, counted from 0; "" outside of s.

    >>> char_at("abc", 1), char_at("abc", -1)
    ('b', '')
    """
    return substring(s, i, 1)


def substring(s: str, i: int, n: int) -> str:
    """At most n characters of s from position i; "" where i is outside of s or n is not positive.

    >>> substring("abcd", 1, 2), substring("abcd", 3, 9), substring("abcd", -1, 2)
    ('bc', 'd', '')
    """
    return s[i : i + n] if 0 <= i < len(s) and n > 0 else ""


def index_of(s: str, t: str, i: int) -> int:
    """The first position of t in s that is not before i; -1 where there is none.

    >>> index_of("a-b-", "-", 0), index_of("a-b-", "-", 2), index_of("a-b-", "+", 0)
    (1, 3, -1)
    """
    return s.find(t, i) if 0 <= i <= len(s) else -1


def replace_first(s: str, t: str, u: str) -> str:
    """s with its first t replaced by u; u in front of s where t is "".

    >>> replace_first("a-b-c", "-", "."), replace_first("ab", "", ">")
    ('a.b-c', '>ab')
    """
    return s.replace(t, u, 1)


def length(s: str) -> int:
    """The number of characters.

    >>> length("a-b")
    3
    """
    return len(s)


def from_int(n: int) -> str:
    """The decimal digits of n; "" for a negative n.

    >>> from_int(42), from_int(-1)
    ('42', '')
    """
    return str(n) if n >= 0 else ""


def to_int(s: str) -> int:
    """The number that the decimal digits of s make; -1 where s is "" or has anything else in it.

    >>> to_int("042"), to_int("4 2")
    (42, -1)
    """
    return int(s) if s.isascii() and s.isdigit() else -1


def is_prefix(s: str, t: str) -> bool:
    """Whether t starts with s.

    >>> is_prefix("a", "abc")
    True
    """
    return t.startswith(s)


def is_suffix(s: str, t: str) -> bool:
    """Whether t ends with s.

    >>> is_suffix("a", "abc")
    False
    """
    return t.endswith(s)


def contains(s: str, t: str) -> bool:
    """Whether t occurs in s.

    >>> contains("abc", "b")
    True
    """
    return t in s
