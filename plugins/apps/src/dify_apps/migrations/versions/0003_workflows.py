"""Workflows and their runs, as Dify has them."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Bring the tables there."""
    op.create_table(
        "workflow_app_logs",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("workflow_id", types.StringUUID(), nullable=False),
        sa.Column("workflow_run_id", types.StringUUID(), nullable=False),
        sa.Column("created_from", sa.String(length=255), nullable=False),
        sa.Column("created_by_role", sa.String(length=255), nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("workflow_app_logs_pkey")),
    )
    with op.batch_alter_table("workflow_app_logs", schema=None) as batch_op:
        batch_op.create_index("workflow_app_log_app_idx", ["tenant_id", "app_id"], unique=False)
        batch_op.create_index("workflow_app_log_workflow_run_id_idx", ["workflow_run_id"], unique=False)

    op.create_table(
        "workflow_conversation_variables",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("conversation_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("data", types.LongText(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", "conversation_id", name="workflow_conversation_variables_pkey"),
    )
    with op.batch_alter_table("workflow_conversation_variables", schema=None) as batch_op:
        batch_op.create_index("workflow_conversation_variables_app_id_idx", ["app_id"], unique=False)
        batch_op.create_index("workflow_conversation_variables_conversation_id_idx", ["conversation_id"], unique=False)
        batch_op.create_index("workflow_conversation_variables_created_at_idx", ["created_at"], unique=False)

    op.create_table(
        "workflow_node_executions",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("workflow_id", types.StringUUID(), nullable=False),
        sa.Column("triggered_from", sa.String(length=255), nullable=False),
        sa.Column("workflow_run_id", types.StringUUID(), nullable=True),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("predecessor_node_id", sa.String(length=255), nullable=True),
        sa.Column("node_execution_id", sa.String(length=255), nullable=True),
        sa.Column("node_id", sa.String(length=255), nullable=False),
        sa.Column("node_type", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("inputs", types.LongText(), nullable=True),
        sa.Column("process_data", types.LongText(), nullable=True),
        sa.Column("outputs", types.LongText(), nullable=True),
        sa.Column("status", sa.String(length=255), nullable=False),
        sa.Column("error", types.LongText(), nullable=True),
        sa.Column("elapsed_time", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("execution_metadata", types.LongText(), nullable=True),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("created_by_role", sa.String(length=255), nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("finished_at", types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("workflow_node_executions_pkey")),
    )
    with op.batch_alter_table("workflow_node_executions", schema=None) as batch_op:
        batch_op.create_index(
            "workflow_node_execution_id_idx",
            ["tenant_id", "app_id", "workflow_id", "triggered_from", "node_execution_id"],
            unique=False,
        )
        batch_op.create_index(
            "workflow_node_execution_node_run_idx",
            ["tenant_id", "app_id", "workflow_id", "triggered_from", "node_id"],
            unique=False,
        )
        batch_op.create_index("workflow_node_execution_workflow_run_id_idx", ["workflow_run_id"], unique=False)
        batch_op.create_index(
            "workflow_node_executions_tenant_id_idx",
            ["tenant_id", "workflow_id", "node_id", sa.text("created_at DESC")],
            unique=False,
        )

    op.create_table(
        "workflow_pause_reasons",
        sa.Column("pause_id", types.StringUUID(), nullable=False),
        sa.Column("type_", sa.String(length=20), nullable=False),
        sa.Column("form_id", sa.String(length=36), nullable=False),
        sa.Column("message", sa.String(length=255), nullable=False),
        sa.Column("node_id", sa.String(length=255), nullable=False),
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("workflow_pause_reasons_pkey")),
    )
    with op.batch_alter_table("workflow_pause_reasons", schema=None) as batch_op:
        batch_op.create_index("workflow_pause_reasons_pause_id_idx", ["pause_id"], unique=False)

    op.create_table(
        "workflow_pauses",
        sa.Column("workflow_id", types.StringUUID(), nullable=False),
        sa.Column("workflow_run_id", types.StringUUID(), nullable=False),
        sa.Column("resumed_at", types.UtcTime(), nullable=True),
        sa.Column("state_object_key", sa.String(length=255), nullable=False),
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("workflow_pauses_pkey")),
        sa.UniqueConstraint("workflow_run_id", name="workflow_pauses_workflow_run_id_key"),
    )
    op.create_table(
        "workflow_runs",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("workflow_id", types.StringUUID(), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("triggered_from", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("graph", types.LongText(), nullable=True),
        sa.Column("inputs", types.LongText(), nullable=True),
        sa.Column("status", sa.String(length=255), nullable=False),
        sa.Column("outputs", types.LongText(), nullable=True),
        sa.Column("error", types.LongText(), nullable=True),
        sa.Column("elapsed_time", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_tokens", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_steps", sa.Integer(), server_default=sa.text("0"), nullable=True),
        sa.Column("created_by_role", sa.String(length=255), nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("finished_at", types.UtcTime(), nullable=True),
        sa.Column("exceptions_count", sa.Integer(), server_default=sa.text("0"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("workflow_runs_pkey")),
    )
    with op.batch_alter_table("workflow_runs", schema=None) as batch_op:
        batch_op.create_index("workflow_run_created_at_id_idx", ["created_at", "id"], unique=False)
        batch_op.create_index("workflow_run_triggerd_from_idx", ["tenant_id", "app_id", "triggered_from"], unique=False)

    op.create_table(
        "workflows",
        sa.Column("id", types.StringUUID(), nullable=False),
        sa.Column("tenant_id", types.StringUUID(), nullable=False),
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("marked_name", sa.String(length=255), nullable=False),
        sa.Column("marked_comment", sa.String(length=255), nullable=False),
        sa.Column("graph", types.LongText(), nullable=False),
        sa.Column("features", types.LongText(), nullable=False),
        sa.Column("created_by", types.StringUUID(), nullable=False),
        sa.Column("created_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("updated_by", types.StringUUID(), nullable=True),
        sa.Column("updated_at", types.UtcTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("environment_variables", types.LongText(), nullable=False),
        sa.Column("conversation_variables", types.LongText(), nullable=False),
        sa.Column("rag_pipeline_variables", types.LongText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("workflows_pkey")),
    )
    with op.batch_alter_table("workflows", schema=None) as batch_op:
        batch_op.create_index("workflow_version_idx", ["tenant_id", "app_id", "version"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("workflows", schema=None) as batch_op:
        batch_op.drop_index("workflow_version_idx")

    op.drop_table("workflows")
    with op.batch_alter_table("workflow_runs", schema=None) as batch_op:
        batch_op.drop_index("workflow_run_triggerd_from_idx")
        batch_op.drop_index("workflow_run_created_at_id_idx")

    op.drop_table("workflow_runs")
    op.drop_table("workflow_pauses")
    with op.batch_alter_table("workflow_pause_reasons", schema=None) as batch_op:
        batch_op.drop_index("workflow_pause_reasons_pause_id_idx")

    op.drop_table("workflow_pause_reasons")
    with op.batch_alter_table("workflow_node_executions", schema=None) as batch_op:
        batch_op.drop_index("workflow_node_executions_tenant_id_idx")
        batch_op.drop_index("workflow_node_execution_workflow_run_id_idx")
        batch_op.drop_index("workflow_node_execution_node_run_idx")
        batch_op.drop_index("workflow_node_execution_id_idx")

    op.drop_table("workflow_node_executions")
    with op.batch_alter_table("workflow_conversation_variables", schema=None) as batch_op:
        batch_op.drop_index("workflow_conversation_variables_created_at_idx")
        batch_op.drop_index("workflow_conversation_variables_conversation_id_idx")
        batch_op.drop_index("workflow_conversation_variables_app_id_idx")

    op.drop_table("workflow_conversation_variables")
    with op.batch_alter_table("workflow_app_logs", schema=None) as batch_op:
        batch_op.drop_index("workflow_app_log_workflow_run_id_idx")
        batch_op.drop_index("workflow_app_log_app_idx")

    op.drop_table("workflow_app_logs")
