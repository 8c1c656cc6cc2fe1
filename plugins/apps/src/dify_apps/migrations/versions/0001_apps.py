"""Apps, their configuration, sites, tags and annotations, as Dify has them."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Bring the tables there."""
    op.create_table(
        "app_annotation_hit_histories",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("annotation_id", types.StringUUID(), nullable=False),
        sa.Column("source", types.LongText(), nullable=False),
        sa.Column("question", types.LongText(), nullable=False),
        sa.Column("account_id", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("score", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("message_id", types.StringUUID(), nullable=False),
        sa.Column("annotation_question", types.LongText(), nullable=False),
        sa.Column("annotation_content", types.LongText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("app_annotation_hit_histories_pkey")),
    )
    with op.batch_alter_table("app_annotation_hit_histories", schema=None) as batch_op:
        batch_op.create_index("app_annotation_hit_histories_account_idx", ["account_id"], unique=False)
        batch_op.create_index("app_annotation_hit_histories_annotation_idx", ["annotation_id"], unique=False)
        batch_op.create_index("app_annotation_hit_histories_app_idx", ["app_id"], unique=False)
        batch_op.create_index("app_annotation_hit_histories_message_idx", ["message_id"], unique=False)

    op.create_table(
        "app_annotation_settings",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("score_threshold", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("collection_binding_id", types.StringUUID(), nullable=False),
        sa.Column("created_user_id", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_user_id", types.StringUUID(), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("app_annotation_settings_pkey")),
    )
    with op.batch_alter_table("app_annotation_settings", schema=None) as batch_op:
        batch_op.create_index("app_annotation_settings_app_idx", ["app_id"], unique=False)

    op.create_table(
        "app_model_configs",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("provider", sa.String(length=255), nullable=True),
        sa.Column("model_id", sa.String(length=255), nullable=True),
        sa.Column("configs", sa.JSON(), nullable=True),
        sa.Column("created_by", types.StringUUID(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_by", types.StringUUID(), nullable=True),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("opening_statement", types.LongText(), nullable=True),
        sa.Column("suggested_questions", types.LongText(), nullable=True),
        sa.Column("suggested_questions_after_answer", types.LongText(), nullable=True),
        sa.Column("speech_to_text", types.LongText(), nullable=True),
        sa.Column("text_to_speech", types.LongText(), nullable=True),
        sa.Column("more_like_this", types.LongText(), nullable=True),
        sa.Column("model", types.LongText(), nullable=True),
        sa.Column("user_input_form", types.LongText(), nullable=True),
        sa.Column("dataset_query_variable", sa.String(length=255), nullable=True),
        sa.Column("pre_prompt", types.LongText(), nullable=True),
        sa.Column("agent_mode", types.LongText(), nullable=True),
        sa.Column("sensitive_word_avoidance", types.LongText(), nullable=True),
        sa.Column("retriever_resource", types.LongText(), nullable=True),
        sa.Column("prompt_type", sa.String(length=255), server_default="simple", nullable=False),
        sa.Column("chat_prompt_config", types.LongText(), nullable=True),
        sa.Column("completion_prompt_config", types.LongText(), nullable=True),
        sa.Column("dataset_configs", types.LongText(), nullable=True),
        sa.Column("external_data_tools", types.LongText(), nullable=True),
        sa.Column("file_upload", types.LongText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("app_model_configs_pkey")),
    )
    with op.batch_alter_table("app_model_configs", schema=None) as batch_op:
        batch_op.create_index("app_app_id_idx", ["app_id"], unique=False)

    op.create_table(
        "apps",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", types.LongText(), nullable=False),
        sa.Column("mode", sa.String(length=255), nullable=False),
        sa.Column("icon_type", sa.String(length=255), nullable=True),
        sa.Column("icon", sa.String(length=255), nullable=True),
        sa.Column("icon_background", sa.String(length=255), nullable=True),
        sa.Column("app_model_config_id", types.StringUUID(), nullable=True),
        sa.Column("workflow_id", types.StringUUID(), nullable=True),
        sa.Column("status", sa.String(length=255), server_default="normal", nullable=False),
        sa.Column("enable_site", sa.Boolean(), nullable=False),
        sa.Column("enable_api", sa.Boolean(), nullable=False),
        sa.Column("api_rpm", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("api_rph", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_universal", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("max_active_requests", sa.Integer(), nullable=True),
        sa.Column("tracing", types.LongText(), nullable=True),
        sa.Column("created_by", types.StringUUID(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_by", types.StringUUID(), nullable=True),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("use_icon_as_answer_icon", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("apps_pkey")),
    )
    with op.batch_alter_table("apps", schema=None) as batch_op:
        batch_op.create_index("app_tenant_id_idx", ["tenant_id"], unique=False)

    op.create_table(
        "installed_apps",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("app_owner_tenant_id", types.StringUUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_used_at", types.UtcTime(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("installed_apps_pkey")),
        sa.UniqueConstraint("tenant_id", "app_id", name="unique_tenant_app"),
    )
    with op.batch_alter_table("installed_apps", schema=None) as batch_op:
        batch_op.create_index("installed_app_app_id_idx", ["app_id"], unique=False)
        batch_op.create_index("installed_app_tenant_id_idx", ["tenant_id"], unique=False)

    op.create_table(
        "message_annotations",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("conversation_id", types.StringUUID(), nullable=True),
        sa.Column("message_id", types.StringUUID(), nullable=True),
        sa.Column("question", types.LongText(), nullable=False),
        sa.Column("content", types.LongText(), nullable=False),
        sa.Column("hit_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("account_id", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("message_annotations_pkey")),
    )
    with op.batch_alter_table("message_annotations", schema=None) as batch_op:
        batch_op.create_index("message_annotation_app_idx", ["app_id"], unique=False)
        batch_op.create_index("message_annotation_conversation_idx", ["conversation_id"], unique=False)
        batch_op.create_index("message_annotation_message_idx", ["message_id"], unique=False)

    op.create_table(
        "sites",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("icon_type", sa.String(length=255), nullable=True),
        sa.Column("icon", sa.String(length=255), nullable=True),
        sa.Column("icon_background", sa.String(length=255), nullable=True),
        sa.Column("description", types.LongText(), nullable=True),
        sa.Column("default_language", sa.String(length=255), nullable=False),
        sa.Column("chat_color_theme", sa.String(length=255), nullable=True),
        sa.Column("chat_color_theme_inverted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("copyright", sa.String(length=255), nullable=True),
        sa.Column("privacy_policy", sa.String(length=255), nullable=True),
        sa.Column("show_workflow_steps", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("use_icon_as_answer_icon", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("custom_disclaimer", types.LongText(), nullable=False),
        sa.Column("customize_domain", sa.String(length=255), nullable=True),
        sa.Column("customize_token_strategy", sa.String(length=255), nullable=False),
        sa.Column("prompt_public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("status", sa.String(length=255), server_default="normal", nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_by", types.StringUUID(), nullable=True),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("sites_pkey")),
    )
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.create_index("site_app_id_idx", ["app_id"], unique=False)
        batch_op.create_index("site_code_idx", ["code", "status"], unique=False)

    op.create_table(
        "tag_bindings",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=True),
        sa.Column("tag_id", types.StringUUID(), nullable=True),
        sa.Column("target_id", types.StringUUID(), nullable=True),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tag_bindings_pkey")),
    )
    with op.batch_alter_table("tag_bindings", schema=None) as batch_op:
        batch_op.create_index("tag_bind_tag_id_idx", ["tag_id"], unique=False)
        batch_op.create_index("tag_bind_target_id_idx", ["target_id"], unique=False)

    op.create_table(
        "tags",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=True),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tags_pkey")),
    )
    with op.batch_alter_table("tags", schema=None) as batch_op:
        batch_op.create_index("tag_name_idx", ["name"], unique=False)
        batch_op.create_index("tag_type_idx", ["type"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("tags", schema=None) as batch_op:
        batch_op.drop_index("tag_type_idx")
        batch_op.drop_index("tag_name_idx")

    op.drop_table("tags")
    with op.batch_alter_table("tag_bindings", schema=None) as batch_op:
        batch_op.drop_index("tag_bind_target_id_idx")
        batch_op.drop_index("tag_bind_tag_id_idx")

    op.drop_table("tag_bindings")
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_index("site_code_idx")
        batch_op.drop_index("site_app_id_idx")

    op.drop_table("sites")
    with op.batch_alter_table("message_annotations", schema=None) as batch_op:
        batch_op.drop_index("message_annotation_message_idx")
        batch_op.drop_index("message_annotation_conversation_idx")
        batch_op.drop_index("message_annotation_app_idx")

    op.drop_table("message_annotations")
    with op.batch_alter_table("installed_apps", schema=None) as batch_op:
        batch_op.drop_index("installed_app_tenant_id_idx")
        batch_op.drop_index("installed_app_app_id_idx")

    op.drop_table("installed_apps")
    with op.batch_alter_table("apps", schema=None) as batch_op:
        batch_op.drop_index("app_tenant_id_idx")

    op.drop_table("apps")
    with op.batch_alter_table("app_model_configs", schema=None) as batch_op:
        batch_op.drop_index("app_app_id_idx")

    op.drop_table("app_model_configs")
    with op.batch_alter_table("app_annotation_settings", schema=None) as batch_op:
        batch_op.drop_index("app_annotation_settings_app_idx")

    op.drop_table("app_annotation_settings")
    with op.batch_alter_table("app_annotation_hit_histories", schema=None) as batch_op:
        batch_op.drop_index("app_annotation_hit_histories_message_idx")
        batch_op.drop_index("app_annotation_hit_histories_app_idx")
        batch_op.drop_index("app_annotation_hit_histories_annotation_idx")
        batch_op.drop_index("app_annotation_hit_histories_account_idx")

    op.drop_table("app_annotation_hit_histories")
