"""A version's abstractions as a graph to draw: depth, age, and who is built on whom, small enough to send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db.repositories import AbstractionRepository


@dataclass(frozen=True)
class Graph:
    """`nodes`: id, name, depth, age, gain in nats, index into `types`, and whether the version lists it.
    `edges`: places in `nodes`, of the user and of what it uses. Depth 0 is built on primitives alone; age 0
    was there first, of `ages`.
    """

    nodes: list[tuple[str, str, int, int, float | None, int, bool]]
    edges: list[tuple[int, int]]
    types: list[str]
    ages: int

    def to_json(self) -> dict[str, Any]:
        return {"nodes": self.nodes, "edges": self.edges, "types": self.types, "ages": self.ages}


def graph_of(session: Session, library_id: str) -> Graph:
    """The version's members and what only stands inside their bodies."""
    repository = AbstractionRepository(session)
    rows = repository.nodes(library_id)
    places = {row.id: place for place, (row, _) in enumerate(rows)}
    edges = [(places[edge.abstraction_id], places[edge.part_id]) for edge in repository.edges(library_id)]
    depths = depths_of(len(rows), edges)
    versions = sorted({row.first_library_id for row, _ in rows})  # ids rise in the order of making
    ages = {version: age for age, version in enumerate(versions)}
    types = list(dict.fromkeys(row.type for row, _ in rows))
    numbered = {type_: number for number, type_ in enumerate(types)}
    nodes = [
        (
            row.id,
            row.name if member is None else member.name,
            depths[place],
            ages[row.first_library_id],
            member and member.gain and round(member.gain, 1),
            numbered[row.type],
            member is not None,
        )
        for place, (row, member) in enumerate(rows)
    ]
    return Graph(nodes, edges, types, len(versions))


def depths_of(size: int, edges: list[tuple[int, int]]) -> list[int]:
    """Of each node, the steps of its longest way down. `edges`: user and part; there are no cycles."""
    users: list[list[int]] = [[] for _ in range(size)]
    waiting = [0] * size
    for user, part in edges:
        users[part].append(user)
        waiting[user] += 1
    depths = [0] * size
    ready = [place for place in range(size) if not waiting[place]]
    while ready:
        part = ready.pop()
        for user in users[part]:
            depths[user] = max(depths[user], depths[part] + 1)
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    return depths
