"""Dreams and model versions

The networks move from the dream sleeps' rows into versions, which have numbers, parents and a state:
promoted, or retired. What older rows don't say, over which dreams a network learned, stays empty. On the way
down, dreams and adapters are lost, and a network that was rolled back is one that wasn't promoted.

Revision: 0003
After: 0002
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_runs = sa.table("runs", sa.column("id"), sa.column("domain"))
_models = sa.table(
    "models",
    sa.column("id"),
    sa.column("run_id"),
    sa.column("iteration"),
    sa.column("network", sa.LargeBinary()),
    sa.column("promoted", sa.Boolean()),
    sa.column("metrics", sa.JSON()),
    sa.column("created_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    versions = op.create_table(
        "model_versions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("parent_id", sa.String(length=40), nullable=True),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data_hash", sa.String(length=64), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["models.run_id", "models.iteration"],
            name="fk_model_versions_models",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["model_versions.id"],
            name=op.f("fk_model_versions_parent_id_model_versions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("domain", "kind", "number", name=op.f("uq_model_versions_domain_kind_number")),
        sa.UniqueConstraint(
            "run_id", "iteration", "kind", name=op.f("uq_model_versions_run_id_iteration_kind")
        ),
    )
    _fill_versions(versions)
    # Without a copy of the table, which SQLite would drop and with it, by cascade, the versions.
    with op.batch_alter_table("models", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("network")
        batch_op.drop_column("promoted")

    op.create_table(
        "dreams",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("log_prior", sa.Double(), nullable=True),
        sa.Column("held_out", sa.Boolean(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_dreams_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dreams")),
        sa.UniqueConstraint(
            "run_id", "iteration", "position", name=op.f("uq_dreams_run_id_iteration_position")
        ),
    )
    with op.batch_alter_table("dreams", schema=None) as batch_op:
        batch_op.create_index("ix_dreams_run_id_id", ["run_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("dreams", schema=None) as batch_op:
        batch_op.drop_index("ix_dreams_run_id_id")

    op.drop_table("dreams")
    with op.batch_alter_table("models", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("network", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("promoted", sa.Boolean(), nullable=True))
    version = (
        "FROM model_versions v WHERE v.kind = 'network' AND v.run_id = models.run_id"
        " AND v.iteration = models.iteration"
    )
    used = "v.promoted_at IS NOT NULL AND v.retired_at IS NULL"
    op.execute(
        f"UPDATE models SET network = (SELECT v.content {version}),"
        f" promoted = EXISTS (SELECT 1 {version} AND {used})"
    )
    op.drop_table("model_versions")
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.alter_column("promoted", existing_type=sa.Boolean(), nullable=False)


def _fill_versions(versions: sa.Table) -> None:
    """A version for every network, one at a time: they are large."""
    connection = op.get_bind()
    query = sa.select(_models.c.id, _models.c.run_id, _models.c.iteration, _runs.c.domain)
    query = query.join(_runs, _runs.c.id == _models.c.run_id).where(_models.c.network.is_not(None))
    numbers: Counter[str] = Counter()
    promoted: dict[str, str] = {}  # by run, the version promoted last
    for row in list(connection.execute(query.order_by(_models.c.id))):
        model = connection.execute(sa.select(_models).where(_models.c.id == row.id)).one()
        numbers[row.domain] += 1
        digest = hashlib.sha256(model.network).hexdigest()
        values: dict[str, Any] = {
            "id": "version_" + row.id.removeprefix("model_"),
            "run_id": row.run_id,
            "iteration": row.iteration,
            "domain": row.domain,
            "kind": "network",
            "number": numbers[row.domain],
            "name": f"network-{digest[:12]}",
            "parent_id": promoted.get(row.run_id),
            "sha256": digest,
            "content": model.network,
            "metrics": model.metrics.get("training", {}),
            "promoted_at": model.created_at if model.promoted else None,
            "created_at": model.created_at,
        }
        connection.execute(versions.insert().values(**values))
        if model.promoted:
            promoted[row.run_id] = values["id"]
