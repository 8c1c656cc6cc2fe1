"""Tasks, and when schedules were due last."""

import sqlalchemy as sa
from alembic import op

from dify_database.types import LongText, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runtime_tasks",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("queue", sa.String(255), nullable=False),
        sa.Column("arguments", LongText(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due_at", UtcTime()),
        sa.Column("announced_until", UtcTime()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(255)),
        sa.Column("cancelling", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime()),
        sa.Column("finished_at", UtcTime()),
        sa.Column("expires_at", UtcTime()),
        sa.Column("progress", LongText()),
        sa.Column("result", LongText()),
        sa.Column("error", LongText()),
        sa.PrimaryKeyConstraint("id", name=op.f("runtime_tasks_pkey")),
    )
    due, expires = sa.text("due_at IS NOT NULL"), sa.text("expires_at IS NOT NULL")
    op.create_index(
        "runtime_tasks_due_idx", "runtime_tasks", ["queue", "due_at"], sqlite_where=due, postgresql_where=due
    )
    op.create_index(
        "runtime_tasks_expires_idx", "runtime_tasks", ["expires_at"], sqlite_where=expires, postgresql_where=expires
    )
    op.create_table(
        "runtime_schedules",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("last_due", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("runtime_schedules_pkey")),
    )


def downgrade() -> None:
    """Drop the tables, and the tasks in them."""
    op.drop_table("runtime_schedules")
    op.drop_table("runtime_tasks")
