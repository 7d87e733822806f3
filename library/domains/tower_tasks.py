"""Our own tasks of the tower domain: walls, gates, fences, stairs and what else a child builds.

Each family is a program with parameters left open, which the engine's primitives then render; which
parameters train and which are held out follows from their sum.
"""

from __future__ import annotations

from itertools import product
from typing import Any

REQUEST = "tower -> tower"

_GATE = "(1x3 (right {w} (1x3 (left {h} (3x1 {rest})))))"

FAMILIES: dict[str, tuple[str, dict[str, tuple[int, ...]]]] = {
    "column of {n} lying blocks": (
        "(lambda (tower_loopM {n} (lambda (lambda (3x1 $0))) $0))", {"n": (2, 3, 4, 5, 6)},
    ),
    "fence of {n} posts, {s} apart": (
        "(lambda (tower_loopM {n} (lambda (lambda (1x3 (right {s} $0)))) $0))", {"n": (3, 5, 6), "s": (3, 5)},
    ),
    "fence of {n} posts, {s} apart, leftwards": (
        "(lambda (tower_loopM {n} (lambda (lambda (1x3 (left {s} $0)))) $0))", {"n": (4, 5), "s": (3, 4)},
    ),
    "stairs of {n} lying blocks, {s} apart": (
        "(lambda (tower_loopM {n} (lambda (lambda (3x1 (right {s} $0)))) $0))",
        {"n": (3, 4, 5), "s": (2, 5)},
    ),
    "gate {w} wide": (f"(lambda {_GATE.format(w='{w}', h='2', rest='$0')})", {"w": (3, 5, 6)}),
    "{n} gates, {s} apart": (
        "(lambda (tower_loopM {n} (lambda (lambda (1x3 (right 4 (1x3 (left 2 (3x1 (right {s} $0)))))))) $0))",
        {"n": (2, 3, 5), "s": (5, 8)},
    ),
    "{n} posts with a roof each": (
        "(lambda (tower_loopM {n} (lambda (lambda (1x3 (3x1 (right 7 $0))))) $0))", {"n": (1, 2, 3, 4)},
    ),
    "{n} tables, {s} apart": (
        "(lambda (tower_loopM {n} (lambda (lambda (tower_embed (lambda (1x3 (right 3 "
        "(1x3 (left 1 (3x1 $0)))))) (right {s} $0)))) $0))",
        {"n": (2, 4), "s": (8, 9)},
    ),
    "{n} columns that grow": (
        "(lambda (tower_loopM {n} (lambda (lambda (tower_loopM $1 (lambda (lambda (3x1 $0))) "
        "(right 7 $0)))) $0))",
        {"n": (3, 4, 5)},
    ),
    "wall of {n} rows of {m}": (
        "(lambda (tower_loopM {n} (lambda (lambda (tower_embed (lambda (tower_loopM {m} (lambda (lambda "
        "(3x1 (right 6 $0)))) $0)) $0))) $0))",
        {"n": (2, 3), "m": (2, 4, 5)},
    ),
}  # fmt: skip


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    return rendered_tasks("tower", REQUEST, FAMILIES)


def rendered_tasks(
    domain: str, request: str, families: dict[str, tuple[str, dict[str, tuple[int, ...]]]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Tasks of each family's program with each choice of its parameters; those with an odd sum of positions
    are held out, in families of more than three.
    """
    # Here, because the domains' modules import this one.
    from library.domain import get_domain
    from library.rendering import example_of

    language = get_domain(domain).language()
    train: list[dict[str, Any]] = []
    test: list[dict[str, Any]] = []
    for name, (program, parameters) in families.items():
        choices = [list(enumerate(values)) for values in parameters.values()]
        for chosen in product(*choices):
            values = dict(zip(parameters, (value for _, value in chosen), strict=True))
            filled = program
            for parameter, value in values.items():
                filled = filled.replace("{" + parameter + "}", str(value))
            task = {
                "name": name.format(**values),
                "request": request,
                "examples": [example_of(language, filled, request)],
            }
            held_out = sum(position for position, _ in chosen) % 2 == 1
            (test if held_out else train).append(task)
    return train, test
