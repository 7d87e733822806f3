"""The table of the text domain's task families: splitting, replacing, abbreviating, joining.

Positions count from 0. Words are ours; they hold no delimiter. Some families take two or three texts. Where a
constant is wanted that isn't among the inputs (a title, a suffix, brackets), the examples have to show it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from library.domains.families import Family, Inputs

DELIMITERS = (",", ".", "-", " ", "(", ")")
WORDS = re.findall(
    r"\S+",
    "Ada Alan Amina Barbara Blaise Chen Dana Edith Emmy Farid Grace Hedy Hypatia Ines Jonas Kurt Lise Maryam "
    "Noor Olga Paula Radia Sofia Tycho Uma Vera Wim Yuki Zoe Bergen Cairo Delft Essen Fez Graz Hanoi Izmir "
    "Kyoto Lima Minsk Nairobi Oslo Porto Quito Riga Salta Turin Utrecht Vienna Warsaw Zagreb "
    "amber basil copper denim ebony flint ivory jade linen maple olive pearl quartz rust slate teak "
    "7 12 40 86 105 2024 +31 +44 B7 X12 K9 M40 v2 no3 T800",
)

TEXT = "str -> str"
TWO_TEXTS = "str -> str -> str"
THREE_TEXTS = "str -> str -> str -> str"
TEXT_TO_INT = "str -> int"
TEXT_TO_BOOL = "str -> bool"
TEXT_TO_TEXTS = "str -> list(str)"


# ---- where inputs come from


def word(rng: random.Random, shortest: int = 1) -> str:
    return rng.choice([word for word in WORDS if len(word) >= shortest])


def words(at_least: int = 2, at_most: int = 4, between: int | str = 0) -> Inputs:
    """One text of several words. ``between``: what stands between them, or which parameter says so."""

    def draw(rng: random.Random, *parameters: Any) -> tuple[Any, ...]:
        delimiter = between if isinstance(between, str) else parameters[between]
        return (delimiter.join(word(rng) for _ in range(rng.randint(at_least, at_most))),)

    return draw


def single(shortest: int = 1, longer_than: int | None = None) -> Inputs:
    """One word, of more characters than the parameter numbered ``longer_than`` says."""

    def draw(rng: random.Random, *parameters: Any) -> tuple[Any, ...]:
        return (word(rng, shortest if longer_than is None else parameters[longer_than] + 1),)

    return draw


def several(count: int) -> Inputs:
    """As many texts of one word."""

    def draw(rng: random.Random, *parameters: Any) -> tuple[Any, ...]:
        return tuple(word(rng) for _ in range(count))

    return draw


def enclosed(rng: random.Random, opening: str, closing: str) -> tuple[Any, ...]:
    """A word between two delimiters, among others."""
    inside = word(rng)
    tail = rng.choice(DELIMITERS) + word(rng) if rng.random() < 0.5 else ""
    return (word(rng) + opening + inside + closing + word(rng) + tail,)


def with_suffix(rng: random.Random, suffix: str) -> tuple[Any, ...]:
    """Words that end with the suffix in about half of the draws."""
    text = " ".join(word(rng) for _ in range(rng.randint(1, 2)))
    return (text + suffix if rng.random() < 0.5 else text,)


# ---- reference functions of more than a line


def initials(text: str, delimiter: str, after: str = "") -> str:
    return "".join(part[0] + after for part in text.split(delimiter))


def change_word(text: str, n: int, change: Callable[[str], str], delimiter: str = " ") -> str:
    parts = text.split(delimiter)
    parts[n] = change(parts[n])
    return delimiter.join(parts)


def between(text: str, opening: str, closing: str) -> str:
    rest = text.split(opening, 1)[1]
    return rest.split(closing, 1)[0]


def each(*parameters: Any) -> tuple[tuple[Any, ...], ...]:
    """Parameters of families that have one."""
    return tuple((parameter,) for parameter in parameters)


ONCE: tuple[tuple[Any, ...], ...] = ((),)
_PAIRS = tuple((one, other) for one in DELIMITERS for other in DELIMITERS if one != other)
_ENCLOSINGS = (("(", ")"), ("-", "-"), (",", "."), (".", ","), ("-", "("), (",", ","), (")", "-"), (" ", "-"))

FAMILIES: tuple[Family, ...] = (
    # one character for another
    Family("replace {0!r} by {1!r}", TEXT, lambda s, d, e: s.replace(d, e), words(), _PAIRS[::2],
           _PAIRS[1::4]),
    Family("remove every {0!r}", TEXT, lambda s, d: s.replace(d, ""), words(), each(",", ".", "-", "("),
           each(" ", ")")),
    Family("double every {0!r}", TEXT, lambda s, d: s.replace(d, d + d), words(), each("-", "."), each(" ")),
    Family("replace {0!r} by {1!r}, twice", TEXT, lambda s, d, e: s.replace(d, e), words(3, 5),
           (("-", ", "), (" ", "--")), ((",", ". "),)),
    # splitting
    Family("word {1} split at {0!r}", TEXT, lambda s, d, n: s.split(d)[n], words(3, 4),
           (*((d, n) for d in DELIMITERS[:4] for n in (0, 1)), (",", 2), ("(", 0), (")", 0)),
           (("-", 2), ("(", 1), (")", 1))),
    Family("last word split at {0!r}", TEXT, lambda s, d: s.split(d)[-1], words(), each(",", ".", " ", "("),
           each("-", ")")),
    Family("all after the first {0!r}", TEXT, lambda s, d: s.split(d, 1)[1], words(),
           each(",", ".", " ", ")"), each("-", "(")),
    Family("all before the last {0!r}", TEXT, lambda s, d: s.rsplit(d, 1)[0], words(), each("-", " "),
           each(".")),
    Family("between {0!r} and {1!r}", TEXT, between, enclosed, _ENCLOSINGS[:5], _ENCLOSINGS[5:]),
    Family("words split at {0!r}", TEXT_TO_TEXTS, lambda s, d: s.split(d), words(), each(",", " "),
           each("-")),
    # cutting
    Family("first {0} characters", TEXT, lambda s, n: s[:n], single(longer_than=0), each(2, 3, 4), each(5)),
    Family("all but the first {0} characters", TEXT, lambda s, n: s[n:], single(longer_than=0), each(1, 2),
           each(3)),
    Family("all but the last {0} characters", TEXT, lambda s, n: s[:-n], single(longer_than=0), each(1, 2),
           each(3)),
    Family("last character", TEXT, lambda s: s[-1], single(2), ONCE),
    Family("first and last character", TEXT, lambda s: s[0] + s[-1], single(3), (), ONCE),
    # abbreviating
    Family("initials of words split at {0!r}", TEXT, initials, words(2, 4), each(" ", "-", "."),
           each(",", "(")),
    Family("initials of words split at {0!r}, each with {1!r}", TEXT, initials, words(2, 3),
           (*((d, ".") for d in DELIMITERS[:5]), (" ", "-")), ((")", "."), ("-", ","))),
    Family("first character, then {0!r}", TEXT, lambda s, d: s[0] + d, single(2), each(".", ",", "-", ")"),
           each(" ", "(")),
    Family("first word, then the initial of the second with {0!r}", TEXT,
           lambda s, d: s.split(" ")[0] + " " + s.split(" ")[1][0] + d, words(2, 2, " "), each("."),
           each("-")),
    Family("first {0} characters, then {1!r}", TEXT, lambda s, n, d: s[:n] + d, single(longer_than=0),
           ((3, "."), (2, "-"), (4, "...")), ((2, "."),)),
    # constants in front, at the end, around
    Family("{0!r} in front", TEXT, lambda s, c: c + s, single(),
           each("Dr. ", "No. ", "+31 ", "id-", "(", "Hotel "), each("Prof. ", "x")),
    Family("{0!r} at the end", TEXT, lambda s, c: s + c, single(),
           each(" Ltd", ".txt", " GmbH", "@home.org", ")", "..."), each(" Inc.", "-old")),
    Family("{0!r} before the first word", TEXT, lambda s, c: c + s.split(" ")[0], words(2, 3, " "),
           each("Dr. ", "ref", "+49", "x-"), each("Ms. ")),
    Family("first word, then {0!r}", TEXT, lambda s, c: s.split(" ")[0] + c, words(2, 3, " "),
           each(".", ", etc.", "@work.org"), each(" et al.")),
    Family("{0!r} and {1!r} around it", TEXT, lambda s, o, c: o + s + c, single(),
           (("(", ")"), ("-", "-"), ("[", "]"), ("<b>", "</b>")), (("{{", "}}"),)),
    Family("parentheses around word {0}", TEXT, lambda s, n: "(" + s.split(" ")[n] + ")", words(3, 4, " "),
           each(0, 1), each(2)),
    Family("parentheses around word {0} in its place", TEXT,
           lambda s, n: change_word(s, n, lambda w: f"({w})"), words(3, 4, " "), each(0), each(1)),
    Family("ends with {0!r}, added where it is missing", TEXT,
           lambda s, c: s if s.endswith(c) else s + c, with_suffix, each(".", "!", "-7"), each(" Ltd")),
    # two and three texts
    Family("one text, {0!r}, the other", TWO_TEXTS, lambda s, t, c: s + c + t, several(2),
           each(" ", ", ", "-", ".", "..", "(", ")", " - ", "@"), each(",", ". ", "/")),
    Family("one text and the other", TWO_TEXTS, lambda s, t: s + t, several(2), ONCE),
    Family("the other text, {0!r}, the one", TWO_TEXTS, lambda s, t, c: t + c + s, several(2),
           each(" ", ", ", "-"), each(",")),
    Family("initials of two texts, each with {0!r}", TWO_TEXTS, lambda s, t, c: s[0] + c + t[0] + c,
           several(2), each(".", "-", ""), each(",")),
    Family("initial of the one, {0!r}, the other", TWO_TEXTS, lambda s, t, c: s[0] + c + t, several(2),
           each(". ", "", "."), each("-")),
    Family("address of two names at {0!r}", TWO_TEXTS, lambda s, t, c: s + "." + t + c, several(2),
           each("@lab.org"), each("@home.net")),
    Family("three texts with {0!r} between them", THREE_TEXTS, lambda s, t, u, c: c.join((s, t, u)),
           several(3), each("-", " ", ""), each(",", ".")),
    Family("first text, initial of the second with {0!r}, third", THREE_TEXTS,
           lambda s, t, u, c: f"{s} {t[0]}{c} {u}", several(3), each("."), each("-")),
    # counting and asking
    Family("how often {0!r}", TEXT_TO_INT, lambda s, d: s.count(d), words(1, 6), each(",", "-"), each(".")),
    Family("how many words split at {0!r}", TEXT_TO_INT, lambda s, d: len(s.split(d)), words(1, 6), each(" "),
           each(",")),
    Family("how many characters", TEXT_TO_INT, len, single(), ONCE),
    Family("does {0!r} occur", TEXT_TO_BOOL, lambda s, d: d in s, words(1, 2), each("-", "."), each(",")),
    Family("does it start with {0!r}", TEXT_TO_BOOL, lambda s, d: s[0] == d,
           lambda rng, d: (d * rng.randint(0, 1) + word(rng),), each("(", "-"), each(".")),
)  # fmt: skip
