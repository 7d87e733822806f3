"""The table of the list domain's task families: a name, a request, a reference function, where its inputs
come from.

Positions count from 0. Reference functions take the task's inputs first and the family's parameters after
them; input generators take a random source and the parameters. Remainders are taken of naturals only, where
the truncated and the floored one agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import isqrt, prod
from typing import Any

from library.domains.families import Family, Inputs

INTS_TO_INTS = "list(int) -> list(int)"
INTS_TO_INT = "list(int) -> int"
INTS_TO_BOOL = "list(int) -> bool"
INTS_TO_BOOLS = "list(int) -> list(bool)"
INT_TO_INTS = "int -> list(int)"
INT_TO_INT = "int -> int"


def is_prime(n: int) -> bool:
    return n >= 2 and all(n % d for d in range(2, isqrt(n) + 1))


def is_square(n: int) -> bool:
    return n >= 0 and isqrt(n) ** 2 == n


def numbers(low: int = 0, high: int = 16, shortest: int = 0, longest: int = 8) -> Inputs:
    """One list of integers low … high, of a length shortest … longest."""

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        return ([rng.randint(low, high) for _ in range(rng.randint(shortest, longest))],)

    return draw


def longer(low: int = 0, high: int = 16, extra: int = 1, longest: int = 5) -> Inputs:
    """One list that has at least ``extra`` elements more than the largest parameter."""

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        length = max(parameters) + rng.randint(extra, longest)
        return ([rng.randint(low, high) for _ in range(length)],)

    return draw


def around() -> Inputs:
    """One list, not empty, of numbers as likely above the parameter as not."""

    def draw(rng: random.Random, parameter: int) -> tuple[Any, ...]:
        return ([rng.randint(0, 2 * parameter + 1) for _ in range(rng.randint(1, 6))],)

    return draw


def salted(high: int = 9, longest: int = 8) -> Inputs:
    """One list in which the parameters themselves, and their neighbours, are common."""

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        salt = [p + d for p in parameters for d in (0, 0, 0, -1, 1) if p + d >= 0]
        length = rng.randint(0, longest)
        return ([rng.choice(salt) if rng.random() < 0.4 else rng.randint(0, high) for _ in range(length)],)

    return draw


def chosen(interesting: Callable[[int], bool], high: int, shortest: int = 0, longest: int = 8) -> Inputs:
    """One list of naturals up to ``high``, about half of them interesting."""
    those = [n for n in range(high + 1) if interesting(n)]

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        length = rng.randint(shortest, longest)
        return ([rng.choice(those) if rng.random() < 0.4 else rng.randint(0, high) for _ in range(length)],)

    return draw


def mostly(interesting: Callable[[int], bool], high: int, longest: int = 5) -> Inputs:
    """One list of interesting naturals, in half of the draws with one that is not."""
    those = [n for n in range(high + 1) if interesting(n)]
    others = [n for n in range(high + 1) if not interesting(n)]

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        values = [rng.choice(those) for _ in range(rng.randint(1, longest))]
        if rng.random() < 0.5:
            values[rng.randrange(len(values))] = rng.choice(others)
        return (values,)

    return draw


def an_int(low: int, high: int) -> Inputs:
    """One integer."""

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        return (rng.randint(low, high),)

    return draw


def an_int_and_numbers(low: int = 0, high: int = 9, longest: int = 7) -> Inputs:
    """An integer, and a list in which it is common."""

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        n = rng.randint(low, high)
        length = rng.randint(0, longest)
        return n, [n if rng.random() < 0.3 else rng.randint(low, high) for _ in range(length)]

    return draw


def two_lists(high: int = 12, longest: int = 5) -> Inputs:
    """Two lists of naturals."""

    def draw(rng: random.Random, *parameters: int) -> tuple[Any, ...]:
        first, second = ([rng.randint(0, high) for _ in range(rng.randint(0, longest))] for _ in range(2))
        return first, second

    return draw


ONCE: tuple[tuple[int, ...], ...] = ((),)
"""The one task of a family without parameters."""
EMPTY: tuple[tuple[Any, ...], ...] = (([],),)


def each(*values: int) -> tuple[tuple[int, ...], ...]:
    """One task for each value of a family's only parameter."""
    return tuple((value,) for value in values)


FAMILIES: tuple[Family, ...] = (
    # arithmetic on every element
    Family("add {0} to every element", INTS_TO_INTS, lambda xs, k: [x + k for x in xs],
           numbers(), each(1, 2, 3, 4), each(5), EMPTY),
    Family("subtract {0} from every element", INTS_TO_INTS, lambda xs, k: [x - k for x in xs],
           numbers(), each(2), each(3), EMPTY),
    Family("multiply every element by {0}", INTS_TO_INTS, lambda xs, k: [x * k for x in xs],
           numbers(), each(2, 3), each(4), EMPTY),
    Family("square every element", INTS_TO_INTS, lambda xs: [x * x for x in xs], numbers(), ONCE, (), EMPTY),
    Family("double every element and add {0}", INTS_TO_INTS, lambda xs, k: [2 * x + k for x in xs],
           numbers(), each(1), each(2), EMPTY),
    Family("remainder of every element by {0}", INTS_TO_INTS, lambda xs, k: [x % k for x in xs],
           numbers(), each(2, 3), each(4), EMPTY),
    Family("subtract every element from {0}", INTS_TO_INTS, lambda xs, k: [k - x for x in xs],
           numbers(), each(2), each(4), EMPTY),
    Family("cap every element at {0}", INTS_TO_INTS, lambda xs, k: [min(x, k) for x in xs],
           salted(), each(3), each(4), EMPTY),
    Family("add the first element to every element", INTS_TO_INTS, lambda xs: [x + xs[0] for x in xs],
           numbers(shortest=1), ONCE),
    Family("add the length to every element", INTS_TO_INTS, lambda xs: [x + len(xs) for x in xs],
           numbers(), (), ONCE, EMPTY),
    # which elements stay
    Family("keep elements greater than {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x > k],
           salted(), each(1, 2, 3), each(4), EMPTY),
    Family("keep elements smaller than {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x < k],
           salted(), each(3), each(4), EMPTY),
    Family("keep multiples of {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x % k == 0],
           numbers(), each(2, 3), each(4), EMPTY),
    Family("drop multiples of {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x % k],
           numbers(), each(2), each(3), EMPTY),
    Family("drop elements equal to {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x != k],
           salted(5), each(0, 1, 2), each(3), EMPTY),
    Family("keep the prime elements", INTS_TO_INTS, lambda xs: [x for x in xs if is_prime(x)],
           chosen(is_prime, 30), ONCE, (), EMPTY),
    Family("drop the prime elements", INTS_TO_INTS, lambda xs: [x for x in xs if not is_prime(x)],
           chosen(is_prime, 30), (), ONCE, EMPTY),
    Family("keep the square elements", INTS_TO_INTS, lambda xs: [x for x in xs if is_square(x)],
           chosen(is_square, 30), ONCE, (), EMPTY),
    Family("drop the square elements", INTS_TO_INTS, lambda xs: [x for x in xs if not is_square(x)],
           chosen(is_square, 30), ONCE, (), EMPTY),
    # one number from many
    Family("sum of the elements", INTS_TO_INT, sum, numbers(), ONCE, (), EMPTY),
    Family("sum of the squares of the elements", INTS_TO_INT, lambda xs: sum(x * x for x in xs),
           numbers(0, 9), (), ONCE, EMPTY),
    Family("product of the elements", INTS_TO_INT, prod, numbers(1, 6, longest=5), ONCE, (), EMPTY),
    Family("largest element", INTS_TO_INT, lambda xs: max(xs, default=0), numbers(0, 40), ONCE, (), EMPTY),
    Family("twice the largest element", INTS_TO_INT, lambda xs: 2 * max(xs, default=0),
           numbers(0, 40), (), ONCE, EMPTY),
    Family("alternating sum of the elements", INTS_TO_INT,
           lambda xs: sum(x if i % 2 == 0 else -x for i, x in enumerate(xs)), numbers(), ONCE, (), EMPTY),
    Family("number of elements equal to {0}", INTS_TO_INT, lambda xs, k: xs.count(k),
           salted(5), each(1, 2), each(3), EMPTY),
    Family("number of elements greater than {0}", INTS_TO_INT, lambda xs, k: sum(x > k for x in xs),
           salted(), each(2), each(3), EMPTY),
    Family("number of prime elements", INTS_TO_INT, lambda xs: sum(map(is_prime, xs)),
           chosen(is_prime, 30), ONCE, (), EMPTY),
    Family("number of square elements", INTS_TO_INT, lambda xs: sum(map(is_square, xs)),
           chosen(is_square, 30), (), ONCE, EMPTY),
    Family("length plus {0}", INTS_TO_INT, lambda xs, k: len(xs) + k,
           numbers(longest=12), each(2), each(3), EMPTY),
    Family("element at position {0}", INTS_TO_INT, lambda xs, k: xs[k], longer(), each(2, 3), each(4)),
    Family("last element", INTS_TO_INT, lambda xs: xs[-1], numbers(shortest=1), ONCE),
    Family("first element plus {0}", INTS_TO_INT, lambda xs, k: xs[0] + k,
           numbers(shortest=1), each(2), each(3)),
    # parts of a list, and its order
    Family("drop the first {0} elements", INTS_TO_INTS, lambda xs, k: xs[k:],
           longer(extra=0), each(2, 3), each(4)),
    Family("first {0} elements", INTS_TO_INTS, lambda xs, k: xs[:k], longer(extra=0), each(2, 3), each(4)),
    Family("elements from position {0} to position {1}", INTS_TO_INTS, lambda xs, k, n: xs[k : n + 1],
           longer(), ((1, 2),), ((2, 4),)),
    Family("all elements but the last", INTS_TO_INTS, lambda xs: xs[:-1], numbers(shortest=1), ONCE),
    Family("elements in reverse order", INTS_TO_INTS, lambda xs: xs[::-1], numbers(), ONCE, (), EMPTY),
    Family("elements in ascending order", INTS_TO_INTS, sorted, numbers(shortest=1), ONCE),
    Family("elements in descending order", INTS_TO_INTS, lambda xs: sorted(xs, reverse=True),
           numbers(shortest=1), (), ONCE),
    # longer lists
    Family("put {0} in front", INTS_TO_INTS, lambda xs, k: [k, *xs], numbers(), each(2, 3), each(4), EMPTY),
    Family("put {0} at the end", INTS_TO_INTS, lambda xs, k: [*xs, k],
           numbers(), each(0, 2, 3), each(4), EMPTY),
    Family("put the length in front", INTS_TO_INTS, lambda xs: [len(xs), *xs], numbers(), ONCE, (), EMPTY),
    Family("put the sum in front", INTS_TO_INTS, lambda xs: [sum(xs), *xs], numbers(), (), ONCE, EMPTY),
    Family("list followed by itself", INTS_TO_INTS, lambda xs: xs + xs, numbers(longest=6), ONCE, (), EMPTY),
    Family("every element twice in a row", INTS_TO_INTS, lambda xs: [x for x in xs for _ in range(2)],
           numbers(longest=6), ONCE, (), EMPTY),
    Family("sums of all suffixes", INTS_TO_INTS, lambda xs: [sum(xs[i:]) for i in range(len(xs))],
           numbers(), ONCE, (), EMPTY),
    # yes or no
    Family("does {0} occur", INTS_TO_BOOL, lambda xs, k: k in xs, salted(7, 5), each(2), each(3), EMPTY),
    Family("is the first element greater than {0}", INTS_TO_BOOL, lambda xs, k: xs[0] > k,
           around(), each(2, 3), each(4)),
    Family("are there more than {0} elements", INTS_TO_BOOL, lambda xs, k: len(xs) > k,
           numbers(longest=7), each(2, 3), each(4), EMPTY),
    Family("is the sum prime", INTS_TO_BOOL, lambda xs: is_prime(sum(xs)),
           numbers(0, 9, longest=5), (), ONCE, EMPTY),
    Family("is every element prime", INTS_TO_BOOL, lambda xs: all(map(is_prime, xs)),
           mostly(is_prime, 30), (), ONCE, EMPTY),
    # a yes or no for every element
    Family("which elements equal {0}", INTS_TO_BOOLS, lambda xs, k: [x == k for x in xs],
           salted(5), each(2), each(3), EMPTY),
    Family("which elements are greater than {0}", INTS_TO_BOOLS, lambda xs, k: [x > k for x in xs],
           salted(), each(2), each(4), EMPTY),
    Family("which elements are multiples of {0}", INTS_TO_BOOLS, lambda xs, k: [x % k == 0 for x in xs],
           numbers(), each(2), each(3), EMPTY),
    # from one number
    Family("numbers from 1 to n", INT_TO_INTS, lambda n: [*range(1, n + 1)], an_int(0, 15), ONCE),
    Family("numbers from n down to 1", INT_TO_INTS, lambda n: [*range(n, 0, -1)], an_int(0, 15), (), ONCE),
    Family("first n multiples of {0}", INT_TO_INTS, lambda n, k: [k * i for i in range(n)], an_int(0, 15),
           each(2), each(3)),
    Family("sum of the numbers below n", INT_TO_INT, lambda n: n * (n - 1) // 2, an_int(0, 20), ONCE),
    Family("n squared plus {0}", INT_TO_INT, lambda n, k: n * n + k, an_int(0, 20), each(1), each(2)),
    # two arguments
    Family("add n to every element", "int -> list(int) -> list(int)", lambda n, xs: [x + n for x in xs],
           an_int_and_numbers(), ONCE),
    Family("number of elements equal to n", "int -> list(int) -> int", lambda n, xs: xs.count(n),
           an_int_and_numbers(), (), ONCE),
    Family("first list followed by the second", "list(int) -> list(int) -> list(int)", lambda xs, ys: xs + ys,
           two_lists(), ONCE),
)  # fmt: skip
