"""Forms that runs wait for."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Bring the table there."""
    op.create_table(
        "runtime_forms",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("run_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("node_id", sa.String(length=255), nullable=False),
        sa.Column("form", types.LongText(), nullable=False),
        sa.Column("expires_at", types.UtcTime(), nullable=False),
        sa.Column("answer", types.LongText(), nullable=True),
        sa.Column("answered_at", types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("runtime_forms_pkey")),
    )
    with op.batch_alter_table("runtime_forms", schema=None) as batch_op:
        batch_op.create_index(
            "runtime_forms_open_idx",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )
        batch_op.create_index("runtime_forms_run_id_idx", ["run_id"], unique=False)
        batch_op.create_index("runtime_forms_token_idx", ["token"], unique=True)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("runtime_forms", schema=None) as batch_op:
        batch_op.drop_index("runtime_forms_token_idx")
        batch_op.drop_index("runtime_forms_run_id_idx")
        batch_op.drop_index(
            "runtime_forms_open_idx",
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    op.drop_table("runtime_forms")
