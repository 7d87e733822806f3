"""Indexes for lists of tasks and of dreams

A domain's tasks in their order, names beside them, so that a filter reads no examples; and a run's dreams of
one source.

Revision: 0007
After: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tasks_domain_id_name", "tasks", ["domain", "id", "name"])
    op.create_index("ix_dreams_run_id_source_id", "dreams", ["run_id", "source", "id"])


def downgrade() -> None:
    op.drop_index("ix_dreams_run_id_source_id", "dreams")
    op.drop_index("ix_tasks_domain_id_name", "tasks")
