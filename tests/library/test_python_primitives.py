"""The decorator: what it reads from a function, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from engine import Likelihood, Term, Type
from library.domain import Domain, DomainError, get_domain, shipped_primitives
from library.python_primitives import primitive, primitives_in, python_primitives
from library.snapshot import surface_of

A = TypeVar("A")
B = TypeVar("B")


@primitive
def keep(f: Callable[[A], bool], xs: list[A]) -> list[A]:
    """the elements for which f is true

    >>> keep(lambda x: x > 1, [1, 2, 3])
    [2, 3]
    """
    return [x for x in xs if f(x)]


@primitive
def join(parts: list[str], between: str) -> str:
    """the parts in one text

    >>> join(["a", "b"], "-")
    'a-b'
    """
    return between.join(parts)


@primitive()
def fold(f: Callable[[A, B], B], start: B, xs: list[A]) -> B:
    """f on each element and what came before"""
    for x in xs:
        start = f(x, start)
    return start


@primitive("real -> bool", name="warm?", doc="whether it is warm", cpu_seconds=2.0)
def is_warm(degrees):
    return degrees > 20


@primitive
def two() -> int:
    """a pair's size"""
    return 2


MADE = {made.name: made for made in primitives_in(globals())}


def test_types_come_from_annotations_or_a_text() -> None:
    assert {name: made.type for name, made in MADE.items()} == {
        "keep": "(t0 -> bool) -> list(t0) -> list(t0)",
        "join": "list(list(char)) -> list(char) -> list(char)",
        "fold": "(t0 -> t1 -> t1) -> t1 -> list(t0) -> t1",
        "warm?": "real -> bool",
        "two": "int",
    }


def test_how_they_are_shown_and_written() -> None:
    assert MADE["keep"].doc == "keep(f, xs): the elements for which f is true"
    assert (MADE["two"].doc, MADE["warm?"].doc) == (
        "two: a pair's size",
        "warm_(degrees): whether it is warm",
    )
    assert [made.python for made in MADE.values()] == [
        "call:keep",
        "call:join",
        "call:fold",
        "call:warm_",
        "call:two",
    ]
    called = MADE["warm?"].function
    assert called is not None and called.cpu_seconds == 2.0


def test_a_first_example_with_plain_values_is_a_program() -> None:
    example = MADE["join"].example
    assert example is not None and example.program == "(lambda (lambda (join $1 $0)))"
    assert (example.inputs, example.output) == ((["a", "b"], "-"), "a-b")
    assert MADE["keep"].example is None and MADE["two"].example is None


def test_a_decorated_function_stays_an_ordinary_one() -> None:
    assert keep(lambda x: x != 2, [1, 2]) == [1] and two() == 2


def test_a_domain_of_them_evaluates_and_reads_as_python() -> None:
    domain = Domain("mine", "of a test", tuple(MADE.values()), ("list(int) -> int",), lambda: ([], []))
    program, request = (
        Term.parse("(lambda (fold (lambda (lambda two)) two $0))"),
        Type.parse("list(int) -> int"),
    )
    assert domain.language().evaluate(program, request, [([5],)]) == [2]
    assert surface_of(domain).primitive("two") is not None
    assert domain.likelihood == Likelihood.exact()


def test_shipped_primitives_by_name() -> None:
    (plus,) = shipped_primitives("+")
    assert plus in get_domain("list").primitives
    with pytest.raises(DomainError, match="'plus'; there are: map, unfold"):
        shipped_primitives("+", "plus")


def undocumented(n: int) -> int:
    return n


def unannotated(n, m: int):
    """something"""
    return n


def of_a_dict(n: dict[str, int]) -> int:
    """something"""
    return len(n)


def starred(*n: int) -> int:
    """something"""
    return 0


def higher(f: Callable[[Callable[[int], int]], int]) -> int:
    """something"""
    return 0


@pytest.mark.parametrize(
    ("type_", "function", "message"),
    [
        (None, undocumented, "primitive undocumented: it needs a line"),
        (None, unannotated, "no annotation for n, return"),
        (None, of_a_dict, "is none of int, bool, float, str"),
        (None, starred, r"without \* and \*\*"),
        ("int -> int -> int", of_a_dict, "has 2 arguments, the function 1"),
        ("int ->", of_a_dict, "primitive of_a_dict: "),
    ],
)
def test_what_cannot_be_one_is_refused(
    type_: str | None, function: Callable[..., object], message: str
) -> None:
    with pytest.raises(DomainError, match=message):
        primitive(type_)(function)


def test_types_and_examples_are_checked_when_a_domain_is_made() -> None:
    with pytest.raises(DomainError, match=r"higher: the type .* can't cross"):
        python_primitives([primitive(higher)])
    with pytest.raises(DomainError, match="has no @primitive"):
        python_primitives([undocumented])


def test_an_example_that_is_not_so_is_shown() -> None:
    @primitive
    def wrong(n: int) -> int:
        """one more

        >>> wrong(1)
        3
        """
        return n + 1

    with pytest.raises(
        DomainError, match=r"(?s)primitive wrong: an example isn't so.*Expected:\s+3\s+Got:\s+2"
    ):
        python_primitives([wrong])


def test_an_example_must_also_do_in_the_engine() -> None:
    @primitive
    def half(n: int) -> int:
        """half of it

        >>> half(4)
        2.0
        """
        return n / 2  # type: ignore[return-value]

    with pytest.raises(DomainError, match=r"primitive half: half\(4\) fails: gave float where int is wanted"):
        python_primitives([half])
