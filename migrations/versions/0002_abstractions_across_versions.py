"""Abstractions across versions

An abstraction was a row of one run. Now it is known by its body within its domain, and library versions hold
it. What older rows don't say is read from the snapshots and from the sleeps' records, as text: an abstraction
is inline in every program and body that uses it. Gains weren't measured before and stay empty.

Revision: 0002
After: 0001
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_runs = sa.table("runs", sa.column("id"), sa.column("domain"))
_tasks = sa.table("tasks", sa.column("id"), sa.column("domain"), sa.column("name"))
_versions = sa.table(
    "library_versions",
    sa.column("id"),
    sa.column("domain"),
    sa.column("snapshot", sa.JSON()),
    sa.column("run_id"),
)
_sleeps = sa.table(
    "sleeps",
    sa.column("run_id"),
    sa.column("iteration"),
    sa.column("library_id"),
    sa.column("record", sa.JSON()),
)


def upgrade() -> None:
    connection = op.get_bind()
    old = list(connection.execute(sa.text("SELECT * FROM abstractions ORDER BY id")).mappings())
    op.drop_table("abstractions")
    with op.batch_alter_table("sleeps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sleeps_library_id"), ["library_id"], unique=False)

    op.create_table(
        "abstractions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("docstring", sa.Text(), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("first_library_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_library_id"],
            ["library_versions.id"],
            name=op.f("fk_abstractions_first_library_id_library_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abstractions")),
        sa.UniqueConstraint("domain", "body_hash", name=op.f("uq_abstractions_domain_body_hash")),
    )
    op.create_table(
        "abstraction_parts",
        sa.Column("abstraction_id", sa.String(length=40), nullable=False),
        sa.Column("part_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["abstraction_id"],
            ["abstractions.id"],
            name=op.f("fk_abstraction_parts_abstraction_id_abstractions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["abstractions.id"], name=op.f("fk_abstraction_parts_part_id_abstractions")
        ),
        sa.PrimaryKeyConstraint("abstraction_id", "part_id", name=op.f("pk_abstraction_parts")),
    )
    with op.batch_alter_table("abstraction_parts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_abstraction_parts_part_id"), ["part_id"], unique=False)

    op.create_table(
        "library_members",
        sa.Column("library_id", sa.String(length=40), nullable=False),
        sa.Column("abstraction_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("docstring", sa.Text(), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("gain", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["abstraction_id"],
            ["abstractions.id"],
            name=op.f("fk_library_members_abstraction_id_abstractions"),
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["library_versions.id"],
            name=op.f("fk_library_members_library_id_library_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("library_id", "abstraction_id", name=op.f("pk_library_members")),
        sa.UniqueConstraint("library_id", "position", name=op.f("uq_library_members_library_id_position")),
    )
    with op.batch_alter_table("library_members", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_members_abstraction_id"), ["abstraction_id"], unique=False
        )

    op.create_table(
        "abstraction_uses",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("iteration", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("abstraction_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["abstraction_id"],
            ["abstractions.id"],
            name=op.f("fk_abstraction_uses_abstraction_id_abstractions"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["sleeps.run_id", "sleeps.iteration"],
            name="fk_abstraction_uses_sleeps",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_abstraction_uses_task_id_tasks")),
        sa.PrimaryKeyConstraint(
            "run_id", "iteration", "abstraction_id", "task_id", name=op.f("pk_abstraction_uses")
        ),
    )
    with op.batch_alter_table("abstraction_uses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_abstraction_uses_abstraction_id"), ["abstraction_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_abstraction_uses_task_id"), ["task_id"], unique=False)

    op.create_table(
        "retirements",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("iteration", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("abstraction_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("saving", sa.Double(), nullable=True),
        sa.Column("successor_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["abstraction_id"], ["abstractions.id"], name=op.f("fk_retirements_abstraction_id_abstractions")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["sleeps.run_id", "sleeps.iteration"],
            name="fk_retirements_sleeps",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["abstractions.id"], name=op.f("fk_retirements_successor_id_abstractions")
        ),
        sa.PrimaryKeyConstraint("run_id", "iteration", "abstraction_id", name=op.f("pk_retirements")),
    )
    with op.batch_alter_table("retirements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retirements_abstraction_id"), ["abstraction_id"], unique=False)

    ids = _fill_abstractions(connection, old)
    members = _fill_members(connection, ids, old)
    _fill_sleeps(connection, members)


def downgrade() -> None:
    rows = list(_rows_of_runs(op.get_bind()))
    with op.batch_alter_table("retirements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retirements_abstraction_id"))

    op.drop_table("retirements")
    with op.batch_alter_table("abstraction_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_abstraction_uses_task_id"))
        batch_op.drop_index(batch_op.f("ix_abstraction_uses_abstraction_id"))

    op.drop_table("abstraction_uses")
    with op.batch_alter_table("library_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_library_members_abstraction_id"))

    op.drop_table("library_members")
    with op.batch_alter_table("abstraction_parts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_abstraction_parts_part_id"))

    op.drop_table("abstraction_parts")
    op.drop_table("abstractions")
    with op.batch_alter_table("sleeps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sleeps_library_id"))

    op.create_table(
        "abstractions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("docstring", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("retired_in", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_abstractions_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abstractions")),
        sa.UniqueConstraint("run_id", "body_hash", name=op.f("uq_abstractions_run_id_body_hash")),
    )
    _insert("abstractions", rows)


def _fill_abstractions(connection: sa.Connection, old: list[Any]) -> dict[tuple[str, str], str]:
    """Every abstraction of every snapshot, in the order of the versions; ids by domain and body."""
    ids: dict[tuple[str, str], str] = {}
    rows: list[dict[str, Any]] = []
    of_run = {(row["run_id"], row["body"]): row for row in old}
    for version in _all_versions(connection):
        domain = version["domain"]
        for abstraction in version["snapshot"]["abstractions"]:
            body = abstraction["body"]
            if (domain, body) in ids:
                continue
            known = of_run.get((version["run_id"], body))
            ids[domain, body] = known["id"] if known else _made_id(domain, body)
            rows.append(
                {
                    "id": ids[domain, body],
                    "domain": domain,
                    "body": body,
                    "body_hash": hashlib.sha256(body.encode()).hexdigest(),
                    "name": abstraction["name"],
                    "type": abstraction["type"],
                    "docstring": abstraction["docstring"],
                    "python": known["python"] if known else "",
                    "first_library_id": version["id"],
                }
            )
    _insert("abstractions", rows)
    # Runs made all versions so far: what an abstraction of theirs is built on is in its version too.
    edges = ((ids.get((domain, part)), id) for (domain, body), id in ids.items() for part in _parts(body))
    _insert("abstraction_parts", [{"abstraction_id": id, "part_id": part} for part, id in edges if part])
    return ids


def _fill_members(
    connection: sa.Connection, ids: dict[tuple[str, str], str], old: list[Any]
) -> dict[str, list[dict[str, Any]]]:
    """What each version holds, by the version's id, each with its body."""
    python = {row["body"]: row["python"] for row in old}
    python |= {(row["run_id"], row["body"]): row["python"] for row in old}
    members: dict[str, list[dict[str, Any]]] = {}
    for version in _all_versions(connection):
        abstractions, weights = version["snapshot"]["abstractions"], version["snapshot"]["weights"]
        learned = weights[len(weights) - 1 - len(abstractions) : -1]  # after the primitives, before variables
        members[version["id"]] = [
            {
                "library_id": version["id"],
                "abstraction_id": ids[version["domain"], abstraction["body"]],
                "position": position,
                "name": abstraction["name"],
                "docstring": abstraction["docstring"],
                "python": python.get((version["run_id"], abstraction["body"]))
                or python.get(abstraction["body"], ""),
                "weight": weight,
                "gain": None,
                "body": abstraction["body"],
            }
            for position, (abstraction, weight) in enumerate(zip(abstractions, learned, strict=True))
        ]
    rows = [row for held in members.values() for row in held]
    _insert("library_members", [{k: v for k, v in row.items() if k != "body"} for row in rows])
    return members


def _fill_sleeps(connection: sa.Connection, members: dict[str, list[dict[str, Any]]]) -> None:
    """Who used what after each sleep, and what was gone since the one before."""
    query = sa.select(_tasks.c.name, _tasks.c.id, _runs.c.id.label("run")).join(
        _runs, _runs.c.domain == _tasks.c.domain
    )
    task_ids = {(row.run, row.name): row.id for row in connection.execute(query)}
    keys = sa.select(_sleeps.c.run_id, _sleeps.c.iteration, _sleeps.c.library_id)
    before: tuple[str, list[dict[str, Any]]] = ("", [])
    for run_id, iteration, library_id in list(connection.execute(keys.order_by("run_id", "iteration"))):
        key = {"run_id": run_id, "iteration": iteration}
        query = sa.select(_sleeps.c.record).where(
            _sleeps.c.run_id == run_id, _sleeps.c.iteration == iteration
        )
        frontiers = connection.execute(query).scalar_one()["frontiers"]
        best = [
            (frontier["task"], frontier["entries"][0]["program"])
            for frontier in frontiers
            if frontier["entries"]
        ]
        held = members[library_id]
        _insert(
            "abstraction_uses",
            [
                {**key, "abstraction_id": member["abstraction_id"], "task_id": task_ids[run_id, task]}
                for member in held
                for task, program in best
                if member["body"] in program
            ],
        )
        kept = {member["abstraction_id"] for member in held}
        names = {member["name"]: member["abstraction_id"] for member in held}
        gone = before[1] if before[0] == run_id else []
        _insert(
            "retirements",
            [
                {
                    **key,
                    "abstraction_id": member["abstraction_id"],
                    "name": member["name"],
                    "saving": None,
                    "successor_id": names.get(member["name"]),
                }
                for member in gone
                if member["abstraction_id"] not in kept
            ],
        )
        before = (run_id, held)


def _rows_of_runs(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """For each run the abstractions of its versions, as the last one that holds each has it."""
    held = connection.execute(
        sa.text(
            "SELECT s.run_id, s.iteration, a.id, a.domain, m.name, a.body, a.body_hash, a.type, m.python,"
            " m.docstring, (SELECT count(*) FROM abstraction_uses u WHERE u.run_id = s.run_id"
            " AND u.iteration = s.iteration AND u.abstraction_id = a.id) AS uses,"
            " (SELECT max(n.iteration) FROM sleeps n WHERE n.run_id = s.run_id) AS newest"
            " FROM sleeps s JOIN library_members m ON m.library_id = s.library_id"
            " JOIN abstractions a ON a.id = m.abstraction_id ORDER BY s.run_id, s.iteration, m.position"
        )
    )
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    taken: set[str] = set()
    for found in held.mappings():
        row = dict(found)
        last, newest, domain = row["iteration"], row.pop("newest"), row.pop("domain")
        row["retired_in"] = None if last == newest else last + 1
        earlier = rows.get((row["run_id"], row["body"]))
        if earlier is not None:
            row |= {"id": earlier["id"], "iteration": earlier["iteration"]}
        elif row["id"] in taken:  # an id was of one run
            row["id"] = _made_id(row["run_id"], domain, row["body"])
        taken.add(row["id"])
        rows[row["run_id"], row["body"]] = row
    yield from rows.values()


def _all_versions(connection: sa.Connection) -> Iterator[Any]:
    yield from connection.execute(sa.select(_versions).order_by(_versions.c.id)).mappings()


def _parts(body: str) -> list[str]:
    """The abstractions that stand directly in an abstraction's body, each once."""
    parts: list[str] = []
    start = body.find("#(", 1)
    while start >= 0:
        end, depth = start + 1, 0
        while True:
            depth += {"(": 1, ")": -1}.get(body[end], 0)
            end += 1
            if depth == 0:
                break
        parts.append(body[start:end])
        start = body.find("#(", end)
    return list(dict.fromkeys(parts))


def _made_id(*parts: str) -> str:
    """An id that follows from what it is the id of."""
    return f"abstraction_{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:22]}"


def _insert(table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.bulk_insert(sa.table(table, *map(sa.column, rows[0])), rows)
