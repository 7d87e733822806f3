"""Programs as Stitch counts and writes them: what a term costs, and abstractions by name."""

from __future__ import annotations

from engine import Term

LEAF_COST, NODE_COST = 100, 1  # a primitive, variable or abstraction; an application or λ


def cost(term: Term) -> int:
    """Stitch's cost of a program. An abstraction is a leaf: its body is paid for once, elsewhere."""
    total, left = 0, [term]
    while left:
        here = left.pop()
        if here.kind == "application":
            total += NODE_COST
            left += [here.function, here.argument]
        elif here.kind == "lambda":
            total += NODE_COST
            left.append(here.body)
        else:
            total += LEAF_COST
    return total


def with_names(text: str, named: list[tuple[str, Term]]) -> str:
    """The text with each abstraction by its name; ``named`` are oldest first, and may hold older ones."""
    for name, term in reversed(named):
        text = text.replace(str(term), name)
    return text
