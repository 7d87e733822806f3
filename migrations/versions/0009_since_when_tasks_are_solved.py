"""Since when tasks are solved

A row for each task that a run or a job has solved, so that how many there are, and how they became more, is
read without going through all attempts. What was solved before is filled in from the attempts and the jobs.

Revision: 0009
After: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "solved_tasks",
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=100), nullable=False),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("fk_solved_tasks_task_id_tasks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_solved_tasks")),
    )
    op.execute(
        """
        INSERT INTO solved_tasks (task_id, domain, solved_at)
        SELECT tasks.id, tasks.domain, min(found.solved_at)
        FROM (
            SELECT task_id, created_at AS solved_at FROM attempts WHERE solved
            UNION ALL
            SELECT task_id, finished_at AS solved_at FROM jobs WHERE solved AND finished_at IS NOT NULL
        ) AS found
        JOIN tasks ON tasks.id = found.task_id
        GROUP BY tasks.id, tasks.domain
        """
    )
    op.create_index("ix_solved_tasks_domain_solved_at", "solved_tasks", ["domain", "solved_at"])


def downgrade() -> None:
    op.drop_table("solved_tasks")
