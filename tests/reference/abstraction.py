"""Rewriting with an abstraction, slowly and plainly: every place is tried, nothing is remembered.

Only for abstractions that apply no parameter: where one is applied, what it stands for is a choice.
"""

from __future__ import annotations

from engine import Term


def cost(term: Term) -> int:
    """Stitch's: 1 for λ and application, 100 for every leaf."""
    if term.kind == "lambda":
        return 1 + cost(term.body)
    if term.kind == "application":
        return 1 + cost(term.function) + cost(term.argument)
    return 100


def applies_a_parameter(body: Term, arity: int) -> bool:
    """Whether a parameter of the closed body is the head of an application."""

    def visit(term: Term, depth: int) -> bool:
        if term.kind == "lambda":
            return visit(term.body, depth + 1)
        if term.kind != "application":
            return False
        function = term.function
        is_parameter = function.kind == "index" and function.index >= depth
        return is_parameter or visit(function, depth) or visit(term.argument, depth)

    return visit(_below(body, arity), 0)


def cheapest(program: Term, body: Term, arity: int, close_uses: bool) -> int:
    """Least cost of the program with calls of the abstraction, a leaf, wherever its body is met.

    With ``close_uses``, ``λ…λ (fn a… $k … $0)`` may be ``(fn a…)`` where the a's don't use those variables.
    """
    inside = _below(body, arity)

    def calls(place: Term) -> list[int]:
        found: list[int] = []
        below = place
        for left_out in range(arity + 1):
            arguments: dict[int, Term] = {}
            if _matches(inside, below, 0, arguments):
                given = [arguments[arity - 1 - i] for i in range(arity)]
                last = given[arity - left_out :]
                if [str(one) for one in last] == [f"${left_out - 1 - i}" for i in range(left_out)]:
                    kept = [_lowered(one, left_out) for one in given[: arity - left_out]]
                    if None not in kept:
                        found.append(100 + sum(1 + least(one) for one in kept if one is not None))
            if not close_uses or below.kind != "lambda":
                break
            below = below.body
        return found

    def least(place: Term) -> int:
        if place.kind == "lambda":
            return min([1 + least(place.body), *calls(place)])
        if place.kind == "application":
            return min([1 + least(place.function) + least(place.argument), *calls(place)])
        return 100

    return least(program)


def _below(body: Term, arity: int) -> Term:
    for _ in range(arity):
        body = body.body
    return body


def _matches(pattern: Term, term: Term, depth: int, arguments: dict[int, Term]) -> bool:
    if pattern.kind == "index" and pattern.index >= depth:
        argument = _lowered(term, depth)
        return argument is not None and arguments.setdefault(pattern.index - depth, argument) == argument
    if pattern.kind != term.kind:
        return False
    if pattern.kind == "lambda":
        return _matches(pattern.body, term.body, depth + 1, arguments)
    if pattern.kind == "application":
        return _matches(pattern.function, term.function, depth, arguments) and _matches(
            pattern.argument, term.argument, depth, arguments
        )
    return pattern == term


def _lowered(term: Term, by: int, under: int = 0) -> Term | None:
    """The term seen from ``by`` binders further out; None if it uses one of them."""
    if term.kind == "index":
        if term.index < under:
            return term
        return Term.index_of(term.index - by) if term.index >= under + by else None
    if term.kind == "lambda":
        body = _lowered(term.body, by, under + 1)
        return None if body is None else Term.lambda_(body)
    if term.kind == "application":
        function, argument = _lowered(term.function, by, under), _lowered(term.argument, by, under)
        return None if function is None or argument is None else Term.apply(function, argument)
    return term
