"""models.

Revision 0001 of 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Bring the tables there."""
    op.create_table(
        "load_balancing_model_configs",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.Column("model_type", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("encrypted_config", types.LongText(), nullable=True),
        sa.Column("credential_id", types.StringUUID(), nullable=True),
        sa.Column("credential_source_type", sa.String(length=40), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("load_balancing_model_configs_pkey")),
    )
    with op.batch_alter_table("load_balancing_model_configs", schema=None) as batch_op:
        batch_op.create_index(
            "load_balancing_model_config_tenant_provider_model_idx",
            ["tenant_id", "provider_name", "model_type"],
            unique=False,
        )

    op.create_table(
        "provider_credentials",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("credential_name", sa.String(length=255), nullable=False),
        sa.Column("encrypted_config", types.LongText(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("provider_credentials_pkey")),
    )
    with op.batch_alter_table("provider_credentials", schema=None) as batch_op:
        batch_op.create_index("provider_credential_tenant_provider_idx", ["tenant_id", "provider_name"], unique=False)

    op.create_table(
        "provider_model_credentials",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.Column("model_type", sa.String(length=40), nullable=False),
        sa.Column("credential_name", sa.String(length=255), nullable=False),
        sa.Column("encrypted_config", types.LongText(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("provider_model_credentials_pkey")),
    )
    with op.batch_alter_table("provider_model_credentials", schema=None) as batch_op:
        batch_op.create_index(
            "provider_model_credential_tenant_provider_model_idx",
            ["tenant_id", "provider_name", "model_name", "model_type"],
            unique=False,
        )

    op.create_table(
        "provider_model_settings",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.Column("model_type", sa.String(length=40), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("load_balancing_enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("provider_model_settings_pkey")),
    )
    with op.batch_alter_table("provider_model_settings", schema=None) as batch_op:
        batch_op.create_index(
            "provider_model_setting_tenant_provider_model_idx",
            ["tenant_id", "provider_name", "model_type"],
            unique=False,
        )

    op.create_table(
        "provider_models",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.Column("model_type", sa.String(length=40), nullable=False),
        sa.Column("credential_id", types.StringUUID(), nullable=True),
        sa.Column("is_valid", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("provider_models_pkey")),
        sa.UniqueConstraint(
            "tenant_id", "provider_name", "model_name", "model_type", name="unique_provider_model_name"
        ),
    )
    with op.batch_alter_table("provider_models", schema=None) as batch_op:
        batch_op.create_index("provider_model_tenant_id_provider_idx", ["tenant_id", "provider_name"], unique=False)

    op.create_table(
        "providers",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("provider_type", sa.String(length=40), server_default="custom", nullable=False),
        sa.Column("is_valid", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_used", types.UtcTime(), nullable=True),
        sa.Column("credential_id", types.StringUUID(), nullable=True),
        sa.Column("quota_type", sa.String(length=40), server_default="", nullable=True),
        sa.Column("quota_limit", sa.BigInteger(), nullable=True),
        sa.Column("quota_used", sa.BigInteger(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("providers_pkey")),
        sa.UniqueConstraint(
            "tenant_id", "provider_name", "provider_type", "quota_type", name="unique_provider_name_type_quota"
        ),
    )
    with op.batch_alter_table("providers", schema=None) as batch_op:
        batch_op.create_index("provider_tenant_id_provider_idx", ["tenant_id", "provider_name"], unique=False)

    op.create_table(
        "tenant_default_models",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.Column("model_type", sa.String(length=40), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenant_default_models_pkey")),
    )
    with op.batch_alter_table("tenant_default_models", schema=None) as batch_op:
        batch_op.create_index(
            "tenant_default_model_tenant_id_provider_type_idx",
            ["tenant_id", "provider_name", "model_type"],
            unique=False,
        )

    op.create_table(
        "tenant_preferred_model_providers",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("preferred_provider_type", sa.String(length=40), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenant_preferred_model_providers_pkey")),
    )
    with op.batch_alter_table("tenant_preferred_model_providers", schema=None) as batch_op:
        batch_op.create_index(
            "tenant_preferred_model_provider_tenant_provider_idx", ["tenant_id", "provider_name"], unique=False
        )


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("tenant_preferred_model_providers", schema=None) as batch_op:
        batch_op.drop_index("tenant_preferred_model_provider_tenant_provider_idx")

    op.drop_table("tenant_preferred_model_providers")
    with op.batch_alter_table("tenant_default_models", schema=None) as batch_op:
        batch_op.drop_index("tenant_default_model_tenant_id_provider_type_idx")

    op.drop_table("tenant_default_models")
    with op.batch_alter_table("providers", schema=None) as batch_op:
        batch_op.drop_index("provider_tenant_id_provider_idx")

    op.drop_table("providers")
    with op.batch_alter_table("provider_models", schema=None) as batch_op:
        batch_op.drop_index("provider_model_tenant_id_provider_idx")

    op.drop_table("provider_models")
    with op.batch_alter_table("provider_model_settings", schema=None) as batch_op:
        batch_op.drop_index("provider_model_setting_tenant_provider_model_idx")

    op.drop_table("provider_model_settings")
    with op.batch_alter_table("provider_model_credentials", schema=None) as batch_op:
        batch_op.drop_index("provider_model_credential_tenant_provider_model_idx")

    op.drop_table("provider_model_credentials")
    with op.batch_alter_table("provider_credentials", schema=None) as batch_op:
        batch_op.drop_index("provider_credential_tenant_provider_idx")

    op.drop_table("provider_credentials")
    with op.batch_alter_table("load_balancing_model_configs", schema=None) as batch_op:
        batch_op.drop_index("load_balancing_model_config_tenant_provider_model_idx")

    op.drop_table("load_balancing_model_configs")
