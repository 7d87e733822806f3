"""What the attempts of a finished iteration add up to

A place for it beside the iteration's report. Iterations that were finished before have nothing there, and
are counted when they are looked at. First solutions are indexed by iteration, so that those of one are read
alone, and a task's attempts by run: SQLite went through all attempts of the run for them.

Revision: 0010
After: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FIRST, _BY_TASK, _OF_TASK = (
    "ix_attempts_first_solutions",
    "ix_attempts_task_id_run_id",
    "ix_attempts_task_id",
)


def upgrade() -> None:
    op.add_column("iteration_reports", sa.Column("attempts", sa.JSON(), nullable=True))
    op.drop_index(_FIRST, table_name="attempts")
    op.create_index(_FIRST, "attempts", ["run_id", "first_solution", "iteration", "created_at"])
    op.create_index(_BY_TASK, "attempts", ["task_id", "run_id", "iteration"])
    op.drop_index(_OF_TASK, table_name="attempts")


def downgrade() -> None:
    op.create_index(_OF_TASK, "attempts", ["task_id"])
    op.drop_index(_BY_TASK, table_name="attempts")
    op.drop_index(_FIRST, table_name="attempts")
    op.create_index(_FIRST, "attempts", ["run_id", "first_solution", "created_at"])
    op.drop_column("iteration_reports", "attempts")
