"""What the dashboard counts

Marks the attempts that were a task's first solution in their run, and adds the indexes from which a run's
figures are counted without a look at its records. On the way down both go.

Revision: 0008
After: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_attempts_figures": (
        "attempts",
        ["run_id", "iteration", "solved", "first_solution", "solved_by", "programs", "cpu_seconds"],
    ),
    "ix_attempts_first_solutions": ("attempts", ["run_id", "first_solution", "created_at"]),
    "ix_run_tasks_places": ("run_tasks", ["run_id", "split", "position", "task_id"]),
    "ix_events_run_id_type_sequence": ("events", ["run_id", "type", "sequence"]),
}


def upgrade() -> None:
    op.add_column(
        "attempts", sa.Column("first_solution", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute(
        "UPDATE attempts SET first_solution = solved WHERE solved AND iteration = ("
        "SELECT min(earlier.iteration) FROM attempts AS earlier WHERE earlier.run_id = attempts.run_id "
        "AND earlier.task_id = attempts.task_id AND earlier.solved)"
    )
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_column("attempts", "first_solution")
