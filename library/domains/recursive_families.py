"""The table of the recursive domain's task families: what plain recursion over a list, over two lists or
down a number gives.

Positions count from 0. The easy ones come first in each group: what is learned from them is what makes the
later ones short. Some inputs are lists of lists, some are two arguments.
"""

from __future__ import annotations

import random
from itertools import pairwise, takewhile
from typing import Any

from library.domains.families import Family, Inputs
from library.domains.list_families import (
    EMPTY,
    INT_TO_INT,
    INT_TO_INTS,
    INTS_TO_INT,
    INTS_TO_INTS,
    ONCE,
    an_int,
    each,
    numbers,
    salted,
)

LISTS_TO_INTS = "list(list(int)) -> list(int)"
TWO_LISTS = "list(int) -> list(int) -> list(int)"
INT_AND_INTS_TO_INT = "int -> list(int) -> int"
INT_AND_INTS_TO_INTS = "int -> list(int) -> list(int)"


def lists_of_numbers(shortest: int = 0) -> Inputs:
    """One list of lists, none of those shorter than ``shortest``."""

    def draw(rng: random.Random, *parameters: Any) -> tuple[Any, ...]:
        return ([numbers(0, 9, shortest, 4)(rng)[0] for _ in range(rng.randint(1, 4))],)

    return draw


def two_lists(same_length: bool = False) -> Inputs:
    """Two lists of small numbers."""

    def draw(rng: random.Random, *parameters: Any) -> tuple[Any, ...]:
        [first] = numbers(0, 9, longest=5)(rng)
        length = len(first) if same_length else rng.randint(0, 5)
        return (first, [rng.randint(0, 9) for _ in range(length)])

    return draw


def position_and_numbers(first: int = 0) -> Inputs:
    """A position, counted from ``first``, and a list that has one element more at least."""

    def draw(rng: random.Random, *parameters: Any) -> tuple[Any, ...]:
        position = rng.randint(0, 4)
        return (position + first, [rng.randint(0, 9) for _ in range(position + rng.randint(1, 3))])

    return draw


FAMILIES: tuple[Family, ...] = (
    # a number from a list
    Family("number of elements plus {0}", INTS_TO_INT, lambda xs, k: len(xs) + k, numbers(0, 9),
           each(1, 2), each(3), EMPTY),
    Family("twice the number of elements", INTS_TO_INT, lambda xs: 2 * len(xs), numbers(0, 9), ONCE, (),
           EMPTY),
    Family("sum of the elements plus {0}", INTS_TO_INT, lambda xs, k: sum(xs) + k, numbers(0, 9),
           each(1), each(2), EMPTY),
    Family("minus the sum of the elements", INTS_TO_INT, lambda xs: -sum(xs), numbers(0, 9), ONCE, (), EMPTY),
    Family("how many elements are {0}", INTS_TO_INT, lambda xs, k: xs.count(k), salted(4), each(0), each(1),
           EMPTY),
    Family("last element of all", INTS_TO_INT, lambda xs: xs[-1], numbers(0, 9, shortest=1), ONCE),
    Family("largest element", INTS_TO_INT, lambda xs: max(xs, default=0), numbers(0, 9), (), ONCE, EMPTY),
    # the same done to every element
    Family("{0} more than every element", INTS_TO_INTS, lambda xs, k: [x + k for x in xs], numbers(0, 9),
           each(2), each(3), EMPTY),
    Family("{0} less than every element", INTS_TO_INTS, lambda xs, k: [x - k for x in xs], numbers(0, 9),
           each(1), each(2), EMPTY),
    Family("every element three times over", INTS_TO_INTS, lambda xs: [3 * x for x in xs], numbers(0, 9),
           ONCE, (), EMPTY),
    Family("{0} without every element", INTS_TO_INTS, lambda xs, k: [k - x for x in xs], numbers(0, 9),
           each(1), each(2), EMPTY),
    Family("{0} in place of every element", INTS_TO_INTS, lambda xs, k: [k for _ in xs], numbers(0, 9),
           each(0), each(1), EMPTY),
    # some elements, in their order
    Family("elements other than {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x != k], salted(4),
           each(1), each(2), EMPTY),
    Family("elements that are {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x == k], salted(4),
           each(1), each(2), EMPTY),
    Family("elements above {0}", INTS_TO_INTS, lambda xs, k: [x for x in xs if x > k], salted(5), each(1),
           each(2), EMPTY),
    Family("elements before the first {0}", INTS_TO_INTS,
           lambda xs, k: [*takewhile(lambda x: x != k, xs)], lambda rng, k: ([*numbers(0, 5)(rng)[0], k],),
           each(0), each(1)),
    Family("every second element, from the second", INTS_TO_INTS, lambda xs: xs[1::2],
           lambda rng: ([rng.randint(0, 9) for _ in range(2 * rng.randint(0, 4))],), (), ONCE, EMPTY),
    # longer lists
    Family("{0} at the end", INTS_TO_INTS, lambda xs, k: [*xs, k], numbers(0, 9), each(1), each(2), EMPTY),
    Family("{0} before every element", INTS_TO_INTS, lambda xs, k: [y for x in xs for y in (k, x)],
           numbers(0, 9, longest=5), each(0), each(1), EMPTY),
    Family("every element and its double", INTS_TO_INTS, lambda xs: [y for x in xs for y in (x, 2 * x)],
           numbers(0, 9, longest=5), (), ONCE, EMPTY),
    Family("sums of an element and its neighbour", INTS_TO_INTS,
           lambda xs: [x + y for x, y in pairwise(xs)], numbers(0, 9, shortest=1), (), ONCE),
    # down or up a number
    Family("numbers from n to 1", INT_TO_INTS, lambda n: [*range(n, 0, -1)], an_int(0, 11), ONCE),
    Family("numbers from n - 1 to 0", INT_TO_INTS, lambda n: [*range(n - 1, -1, -1)], an_int(0, 11), ONCE),
    Family("{0}, n times", INT_TO_INTS, lambda n, k: [k] * n, an_int(0, 11), each(0, 1), each(2)),
    Family("doubles of the numbers from n to 1", INT_TO_INTS, lambda n: [2 * i for i in range(n, 0, -1)],
           an_int(0, 11), (), ONCE),
    Family("numbers from 1 up to n", INT_TO_INTS, lambda n: [*range(1, n + 1)], an_int(0, 11), ONCE),
    Family("sum of the numbers up to n", INT_TO_INT, lambda n: n * (n + 1) // 2, an_int(0, 11), ONCE),
    # lists of lists
    Family("heads of all lists", LISTS_TO_INTS, lambda xss: [xs[0] for xs in xss], lists_of_numbers(1), ONCE),
    Family("sums of all lists", LISTS_TO_INTS, lambda xss: [sum(xs) for xs in xss], lists_of_numbers(), ONCE),
    Family("lengths of all lists and 1", LISTS_TO_INTS, lambda xss: [len(xs) + 1 for xs in xss],
           lists_of_numbers(), (), ONCE),
    Family("all lists in one", LISTS_TO_INTS, lambda xss: [x for xs in xss for x in xs], lists_of_numbers(),
           (), ONCE),
    # two arguments
    Family("one list and then the other", TWO_LISTS, lambda xs, ys: xs + ys, two_lists(), ONCE),
    Family("elements and those of the other list, one more than their sum", TWO_LISTS,
           lambda xs, ys: [x + y + 1 for x, y in zip(xs, ys, strict=True)], two_lists(True), ONCE),
    Family("the other list's elements without those of the one", TWO_LISTS,
           lambda xs, ys: [y - x for x, y in zip(xs, ys, strict=True)], two_lists(True), (), ONCE),
    Family("element at position n and 1 more", INT_AND_INTS_TO_INT, lambda n, xs: xs[n] + 1,
           position_and_numbers(), ONCE),
    Family("all but the first n elements", INT_AND_INTS_TO_INTS, lambda n, xs: xs[n:],
           position_and_numbers(), ONCE),
    Family("the first n elements", INT_AND_INTS_TO_INTS, lambda n, xs: xs[:n], position_and_numbers(), (),
           ONCE),
    Family("n more than every element", INT_AND_INTS_TO_INTS, lambda n, xs: [x + n for x in xs],
           position_and_numbers(), (), ONCE),
)  # fmt: skip
