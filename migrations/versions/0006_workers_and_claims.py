"""Workers, claims and priorities

Processes that carry work tell that they are alive, and which tasks of a wake they have taken. Nothing of it
outlives them: on the way down it is dropped, as are the priorities of runs.

Revision: 0006
After: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_index(op.f("ix_workers_recovered_at"), "workers", ["recovered_at"])
    op.create_table(
        "claims",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("iteration", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("worker_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_claims_run_id_runs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_claims_task_id_tasks")),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["workers.id"], name=op.f("fk_claims_worker_id_workers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "iteration", "task_id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_worker_id"), "claims", ["worker_id"])
    op.add_column("runs", sa.Column("priority", sa.Integer(), server_default="100", nullable=False))


def downgrade() -> None:
    op.drop_column("runs", "priority")
    op.drop_table("claims")
    op.drop_table("workers")
