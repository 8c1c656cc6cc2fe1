"""Workspaces, accounts, keys and end users, as Dify has them."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Bring the tables there."""
    op.create_table(
        "account_integrates",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("account_id", types.StringUUID(), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("open_id", sa.String(length=255), nullable=False),
        sa.Column("encrypted_token", sa.String(length=255), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("account_integrates_pkey")),
        sa.UniqueConstraint("account_id", "provider", name="unique_account_provider"),
        sa.UniqueConstraint("provider", "open_id", name="unique_provider_open_id"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("password_salt", sa.String(length=255), nullable=True),
        sa.Column("avatar", sa.String(length=255), nullable=True),
        sa.Column("interface_language", sa.String(length=255), nullable=True),
        sa.Column("interface_theme", sa.String(length=255), nullable=True),
        sa.Column("timezone", sa.String(length=255), nullable=True),
        sa.Column("last_login_at", types.UtcTime(), nullable=True),
        sa.Column("last_login_ip", sa.String(length=255), nullable=True),
        sa.Column("last_active_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("initialized_at", types.UtcTime(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("accounts_pkey")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index("account_email_idx", ["email"], unique=False)

    op.create_table(
        "api_tokens",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=True),
        sa.Column("tenant_id", types.StringUUID(), nullable=True),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=False),
        sa.Column("last_used_at", types.UtcTime(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("api_tokens_pkey")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index("api_token_app_id_type_idx", ["app_id", "type"], unique=False)
        batch_op.create_index("api_token_tenant_idx", ["tenant_id", "type"], unique=False)
        batch_op.create_index("api_token_token_idx", ["token", "type"], unique=False)

    op.create_table(
        "dify_setups",
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("setup_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("version", name="dify_setup_pkey"),
    )
    op.create_table(
        "end_users",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=True),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("external_user_id", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("is_anonymous", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("session_id", sa.String(length=255), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("end_users_pkey")),
    )
    with op.batch_alter_table("end_users", schema=None) as batch_op:
        batch_op.create_index("end_user_session_id_idx", ["session_id", "type"], unique=False)
        batch_op.create_index("end_user_tenant_session_id_idx", ["tenant_id", "session_id", "type"], unique=False)

    op.create_table(
        "tenant_account_joins",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("account_id", types.StringUUID(), nullable=False),
        sa.Column("current", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("role", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("invited_by", types.StringUUID(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenant_account_joins_pkey")),
        sa.UniqueConstraint("tenant_id", "account_id", name="unique_tenant_account_join"),
    )
    with op.batch_alter_table("tenant_account_joins", schema=None) as batch_op:
        batch_op.create_index("tenant_account_join_account_id_idx", ["account_id"], unique=False)
        batch_op.create_index("tenant_account_join_tenant_id_idx", ["tenant_id"], unique=False)

    op.create_table(
        "tenants",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("encrypt_public_key", types.LongText(), nullable=True),
        sa.Column("plan", sa.String(length=255), server_default="basic", nullable=False),
        sa.Column("status", sa.String(length=255), server_default="normal", nullable=False),
        sa.Column("custom_config", types.LongText(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenants_pkey")),
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("tenants")
    with op.batch_alter_table("tenant_account_joins", schema=None) as batch_op:
        batch_op.drop_index("tenant_account_join_tenant_id_idx")
        batch_op.drop_index("tenant_account_join_account_id_idx")

    op.drop_table("tenant_account_joins")
    with op.batch_alter_table("end_users", schema=None) as batch_op:
        batch_op.drop_index("end_user_tenant_session_id_idx")
        batch_op.drop_index("end_user_session_id_idx")

    op.drop_table("end_users")
    op.drop_table("dify_setups")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index("api_token_token_idx")
        batch_op.drop_index("api_token_tenant_idx")
        batch_op.drop_index("api_token_app_id_type_idx")

    op.drop_table("api_tokens")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index("account_email_idx")

    op.drop_table("accounts")
    op.drop_table("account_integrates")
