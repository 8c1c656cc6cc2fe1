"""Uploads and files that tools make, as Dify has them."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Bring the tables there."""
    op.create_table(
        "tool_files",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("user_id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("conversation_id", types.StringUUID(), nullable=True),
        sa.Column("file_key", sa.String(length=255), nullable=False),
        sa.Column("mimetype", sa.String(length=255), nullable=False),
        sa.Column("original_url", sa.String(length=2048), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tool_files_pkey")),
    )
    with op.batch_alter_table("tool_files", schema=None) as batch_op:
        batch_op.create_index("tool_file_conversation_id_idx", ["conversation_id"], unique=False)

    op.create_table(
        "upload_files",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("storage_type", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("extension", sa.String(length=255), nullable=False),
        sa.Column("mime_type", sa.String(length=255), nullable=True),
        sa.Column("created_by_role", sa.String(length=255), server_default="account", nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("used", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("used_by", types.StringUUID(), nullable=True),
        sa.Column("used_at", types.UtcTime(), nullable=True),
        sa.Column("hash", sa.String(length=255), nullable=True),
        sa.Column("source_url", types.LongText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("upload_files_pkey")),
    )
    with op.batch_alter_table("upload_files", schema=None) as batch_op:
        batch_op.create_index("upload_file_tenant_idx", ["tenant_id"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("upload_files", schema=None) as batch_op:
        batch_op.drop_index("upload_file_tenant_idx")

    op.drop_table("upload_files")
    with op.batch_alter_table("tool_files", schema=None) as batch_op:
        batch_op.drop_index("tool_file_conversation_id_idx")

    op.drop_table("tool_files")
