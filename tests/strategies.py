"""Hypothesis strategies: types, terms, well-typed programs with their requests, values."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.reference import types
from tests.reference.evaluation import LIST_PRIMITIVES
from tests.reference.generation import ProgramSource, random_value
from tests.reference.terms import Abstraction, Apply, Index, Lambda, Primitive, Term

REQUESTS = (
    "list(int) -> list(int)",
    "list(int) -> int",
    "list(int) -> bool",
    "int -> int",
    "int -> list(int)",
    "list(int) -> int -> list(int)",
    "list(list(int)) -> list(int)",
    "list(bool) -> bool -> list(int)",
    "int -> int -> bool",
    "list(int)",
    "bool",
)


def reference_types(max_variables: int = 4) -> st.SearchStrategy[types.Type]:
    leaves = st.one_of(
        st.sampled_from(["int", "bool", "char", "tower"]).map(types.Constructor),
        st.integers(0, max_variables - 1).map(types.Variable),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(types.arrow, inner, inner),
            inner.map(lambda element: types.Constructor("list", (element,))),
            st.tuples(inner, inner).map(lambda pair: types.Constructor("pair", pair)),
        ),
        max_leaves=8,
    )


def any_terms(open_terms: bool = True) -> st.SearchStrategy[Term]:
    """Terms that needn't have a type, with indices that may be free unless `open_terms` is false."""
    names = st.sampled_from([name for name, _ in LIST_PRIMITIVES])

    def closed(term: Term, binders: int = 0) -> Term:
        """Indices that are free become primitives."""
        match term:
            case Index(number):
                return term if number < binders else Primitive("0")
            case Lambda(body):
                return Lambda(closed(body, binders + 1))
            case Apply(function, argument):
                return Apply(closed(function, binders), closed(argument, binders))
            case _:
                return term

    grown = st.recursive(
        st.one_of(st.integers(0, 3).map(Index), names.map(Primitive)),
        lambda inner: st.one_of(
            st.builds(Apply, inner, inner),
            st.builds(Lambda, inner),
            inner.map(lambda body: Abstraction(closed(body))),
        ),
        max_leaves=15,
    )
    return grown if open_terms else grown.map(closed)


@st.composite
def programs(
    draw: st.DrawFn, *, depth: int = 4, redexes: float = 0.0, abstractions: float = 0.0
) -> tuple[Term, str]:
    """A well-typed closed program and its request."""
    request = draw(st.sampled_from(REQUESTS))
    source = ProgramSource(depth=depth, redexes=redexes, abstractions=abstractions)
    return source.program(draw(st.randoms(use_true_random=False)), request), request


@st.composite
def inputs_for(draw: st.DrawFn, request: str) -> tuple[object, ...]:
    choose = draw(st.randoms(use_true_random=False))
    return tuple(random_value(choose, argument) for argument in types.arguments(types.parse(request)))
