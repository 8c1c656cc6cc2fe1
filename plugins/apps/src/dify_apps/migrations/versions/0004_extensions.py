"""API extensions."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Bring the table there."""
    op.create_table(
        "api_based_extensions",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("api_endpoint", sa.String(length=255), nullable=False),
        sa.Column("api_key", types.LongText(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("api_based_extensions_pkey")),
    )
    with op.batch_alter_table("api_based_extensions", schema=None) as batch_op:
        batch_op.create_index("api_based_extension_tenant_idx", ["tenant_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("api_based_extensions", schema=None) as batch_op:
        batch_op.drop_index("api_based_extension_tenant_idx")

    op.drop_table("api_based_extensions")
