"""Runs that go on or ended lately, and their journals."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Bring the tables there."""
    op.create_table(
        "runtime_run_journals",
        sa.Column("run_id", types.StringUUID(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("entries", types.LongText(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "part", name="runtime_run_journals_pkey"),
    )
    op.create_table(
        "runtime_runs",
        sa.Column("task_id", types.StringUUID(), nullable=False),
        sa.Column("run_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("mode", sa.String(length=255), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=True),
        sa.Column("held_until", types.UtcTime(), nullable=True),
        sa.Column("stored", types.LongText(), nullable=True),
        sa.Column("events", types.LongText(), nullable=True),
        sa.Column("created_at", types.UtcTime(), nullable=False),
        sa.Column("ended_at", types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("task_id", name=op.f("runtime_runs_pkey")),
    )
    with op.batch_alter_table("runtime_runs", schema=None) as batch_op:
        batch_op.create_index(
            "runtime_runs_ended_at_idx",
            ["ended_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NOT NULL"),
        )
        batch_op.create_index(
            "runtime_runs_held_until_idx",
            ["held_until"],
            unique=False,
            sqlite_where=sa.text("held_until IS NOT NULL"),
            postgresql_where=sa.text("held_until IS NOT NULL"),
        )
        batch_op.create_index("runtime_runs_run_id_idx", ["run_id"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("runtime_runs", schema=None) as batch_op:
        batch_op.drop_index("runtime_runs_run_id_idx")
        batch_op.drop_index(
            "runtime_runs_held_until_idx",
            sqlite_where=sa.text("held_until IS NOT NULL"),
            postgresql_where=sa.text("held_until IS NOT NULL"),
        )
        batch_op.drop_index(
            "runtime_runs_ended_at_idx",
            sqlite_where=sa.text("ended_at IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NOT NULL"),
        )

    op.drop_table("runtime_runs")
    op.drop_table("runtime_run_journals")
