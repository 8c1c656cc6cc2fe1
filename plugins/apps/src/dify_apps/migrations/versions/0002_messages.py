"""Conversations and messages, as Dify has them."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Bring the tables there."""
    op.create_table(
        "conversations",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("app_model_config_id", types.StringUUID(), nullable=True),
        sa.Column("model_provider", sa.String(length=255), nullable=True),
        sa.Column("override_model_configs", types.LongText(), nullable=True),
        sa.Column("model_id", sa.String(length=255), nullable=True),
        sa.Column("mode", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("summary", types.LongText(), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("introduction", types.LongText(), nullable=True),
        sa.Column("system_instruction", types.LongText(), nullable=True),
        sa.Column("system_instruction_tokens", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.String(length=255), nullable=False),
        sa.Column("invoke_from", sa.String(length=255), nullable=True),
        sa.Column("from_source", sa.String(length=255), nullable=False),
        sa.Column("from_end_user_id", types.StringUUID(), nullable=True),
        sa.Column("from_account_id", types.StringUUID(), nullable=True),
        sa.Column("read_at", types.UtcTime(), nullable=True),
        sa.Column("read_account_id", types.StringUUID(), nullable=True),
        sa.Column("dialogue_count", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("conversations_pkey")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(
            "conversation_app_from_user_idx", ["app_id", "from_source", "from_end_user_id"], unique=False
        )

    op.create_table(
        "message_agent_thoughts",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("message_id", types.StringUUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_by_role", sa.String(length=255), nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("message_chain_id", types.StringUUID(), nullable=True),
        sa.Column("thought", types.LongText(), nullable=True),
        sa.Column("tool", types.LongText(), nullable=True),
        sa.Column("tool_labels_str", types.LongText(), nullable=False),
        sa.Column("tool_meta_str", types.LongText(), nullable=False),
        sa.Column("tool_input", types.LongText(), nullable=True),
        sa.Column("observation", types.LongText(), nullable=True),
        sa.Column("tool_process_data", types.LongText(), nullable=True),
        sa.Column("message", types.LongText(), nullable=True),
        sa.Column("message_token", sa.Integer(), nullable=True),
        sa.Column("message_unit_price", sa.Numeric(), nullable=True),
        sa.Column(
            "message_price_unit", sa.Numeric(precision=10, scale=7), server_default=sa.text("(0.001)"), nullable=False
        ),
        sa.Column("message_files", types.LongText(), nullable=True),
        sa.Column("answer", types.LongText(), nullable=True),
        sa.Column("answer_token", sa.Integer(), nullable=True),
        sa.Column("answer_unit_price", sa.Numeric(), nullable=True),
        sa.Column(
            "answer_price_unit", sa.Numeric(precision=10, scale=7), server_default=sa.text("(0.001)"), nullable=False
        ),
        sa.Column("tokens", sa.Integer(), nullable=True),
        sa.Column("total_price", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.String(length=255), nullable=True),
        sa.Column("latency", sa.Float(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("message_agent_thoughts_pkey")),
    )
    with op.batch_alter_table("message_agent_thoughts", schema=None) as batch_op:
        batch_op.create_index("message_agent_thought_message_chain_id_idx", ["message_chain_id"], unique=False)
        batch_op.create_index("message_agent_thought_message_id_idx", ["message_id"], unique=False)

    op.create_table(
        "message_feedbacks",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("conversation_id", types.StringUUID(), nullable=False),
        sa.Column("message_id", types.StringUUID(), nullable=False),
        sa.Column("rating", sa.String(length=255), nullable=False),
        sa.Column("from_source", sa.String(length=255), nullable=False),
        sa.Column("content", types.LongText(), nullable=True),
        sa.Column("from_end_user_id", types.StringUUID(), nullable=True),
        sa.Column("from_account_id", types.StringUUID(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("message_feedbacks_pkey")),
    )
    with op.batch_alter_table("message_feedbacks", schema=None) as batch_op:
        batch_op.create_index("message_feedback_app_idx", ["app_id"], unique=False)
        batch_op.create_index(
            "message_feedback_conversation_idx", ["conversation_id", "from_source", "rating"], unique=False
        )
        batch_op.create_index("message_feedback_message_idx", ["message_id", "from_source"], unique=False)

    op.create_table(
        "message_files",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("message_id", types.StringUUID(), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("transfer_method", sa.String(length=255), nullable=False),
        sa.Column("created_by_role", sa.String(length=255), nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("belongs_to", sa.String(length=255), nullable=True),
        sa.Column("url", types.LongText(), nullable=True),
        sa.Column("upload_file_id", types.StringUUID(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("message_files_pkey")),
    )
    with op.batch_alter_table("message_files", schema=None) as batch_op:
        batch_op.create_index("message_file_created_by_idx", ["created_by"], unique=False)
        batch_op.create_index("message_file_message_idx", ["message_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("model_provider", sa.String(length=255), nullable=True),
        sa.Column("model_id", sa.String(length=255), nullable=True),
        sa.Column("override_model_configs", types.LongText(), nullable=True),
        sa.Column("conversation_id", types.StringUUID(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("query", types.LongText(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("message_tokens", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("message_unit_price", sa.Numeric(precision=10, scale=4), nullable=False),
        sa.Column(
            "message_price_unit", sa.Numeric(precision=10, scale=7), server_default=sa.text("(0.001)"), nullable=False
        ),
        sa.Column("answer", types.LongText(), nullable=False),
        sa.Column("answer_tokens", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answer_unit_price", sa.Numeric(precision=10, scale=4), nullable=False),
        sa.Column(
            "answer_price_unit", sa.Numeric(precision=10, scale=7), server_default=sa.text("(0.001)"), nullable=False
        ),
        sa.Column("parent_message_id", types.StringUUID(), nullable=True),
        sa.Column("provider_response_latency", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_price", sa.Numeric(precision=10, scale=7), nullable=True),
        sa.Column("currency", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=255), server_default="normal", nullable=False),
        sa.Column("error", types.LongText(), nullable=True),
        sa.Column("message_metadata", types.LongText(), nullable=True),
        sa.Column("invoke_from", sa.String(length=255), nullable=True),
        sa.Column("from_source", sa.String(length=255), nullable=False),
        sa.Column("from_end_user_id", types.StringUUID(), nullable=True),
        sa.Column("from_account_id", types.StringUUID(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("agent_based", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("workflow_run_id", types.StringUUID(), nullable=True),
        sa.Column("app_mode", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("messages_pkey")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("message_account_idx", ["app_id", "from_source", "from_account_id"], unique=False)
        batch_op.create_index("message_app_id_idx", ["app_id", "created_at"], unique=False)
        batch_op.create_index("message_app_mode_idx", ["app_mode"], unique=False)
        batch_op.create_index("message_conversation_id_idx", ["conversation_id"], unique=False)
        batch_op.create_index("message_created_at_id_idx", ["created_at", "id"], unique=False)
        batch_op.create_index("message_created_at_idx", ["created_at"], unique=False)
        batch_op.create_index("message_end_user_idx", ["app_id", "from_source", "from_end_user_id"], unique=False)
        batch_op.create_index("message_workflow_run_id_idx", ["conversation_id", "workflow_run_id"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("message_workflow_run_id_idx")
        batch_op.drop_index("message_end_user_idx")
        batch_op.drop_index("message_created_at_idx")
        batch_op.drop_index("message_created_at_id_idx")
        batch_op.drop_index("message_conversation_id_idx")
        batch_op.drop_index("message_app_mode_idx")
        batch_op.drop_index("message_app_id_idx")
        batch_op.drop_index("message_account_idx")

    op.drop_table("messages")
    with op.batch_alter_table("message_files", schema=None) as batch_op:
        batch_op.drop_index("message_file_message_idx")
        batch_op.drop_index("message_file_created_by_idx")

    op.drop_table("message_files")
    with op.batch_alter_table("message_feedbacks", schema=None) as batch_op:
        batch_op.drop_index("message_feedback_message_idx")
        batch_op.drop_index("message_feedback_conversation_idx")
        batch_op.drop_index("message_feedback_app_idx")

    op.drop_table("message_feedbacks")
    with op.batch_alter_table("message_agent_thoughts", schema=None) as batch_op:
        batch_op.drop_index("message_agent_thought_message_id_idx")
        batch_op.drop_index("message_agent_thought_message_chain_id_idx")

    op.drop_table("message_agent_thoughts")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index("conversation_app_from_user_idx")

    op.drop_table("conversations")
