"""The tables of workflows and their runs, as Dify has them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    func,
    text,
)

from dify_database import utc_now, uuid4_text, uuid7_text
from dify_database.types import LongText, StringUUID, UtcTime

from .metadata import METADATA

WORKFLOWS: Final = Table(
    "workflows",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("type", String(255), nullable=False),
    Column("version", String(255), nullable=False),
    Column("marked_name", String(255), nullable=False, default=""),
    Column("marked_comment", String(255), nullable=False, default=""),
    Column("graph", LongText, nullable=False),
    Column("features", LongText, nullable=False),
    Column("created_by", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_by", StringUUID),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Column("environment_variables", LongText, nullable=False, default="{}"),
    Column("conversation_variables", LongText, nullable=False, default="{}"),
    Column("rag_pipeline_variables", LongText, nullable=False, default="{}"),
    Index("workflow_version_idx", "tenant_id", "app_id", "version"),
)

WORKFLOW_RUNS: Final = Table(
    "workflow_runs",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("workflow_id", StringUUID, nullable=False),
    Column("type", String(255), nullable=False),
    Column("triggered_from", String(255), nullable=False),
    Column("version", String(255), nullable=False),
    Column("graph", LongText),
    Column("inputs", LongText),
    Column("status", String(255), nullable=False),
    Column("outputs", LongText, default="{}"),
    Column("error", LongText),
    Column("elapsed_time", Float, nullable=False, server_default=text("0")),
    Column("total_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("total_steps", Integer, server_default=text("0")),
    Column("created_by_role", String(255), nullable=False),
    Column("created_by", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("finished_at", UtcTime),
    Column("exceptions_count", Integer, server_default=text("0")),
    Index("workflow_run_created_at_id_idx", "created_at", "id"),
    Index("workflow_run_triggerd_from_idx", "tenant_id", "app_id", "triggered_from"),
)

WORKFLOW_NODE_EXECUTIONS: Final = Table(
    "workflow_node_executions",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("workflow_id", StringUUID, nullable=False),
    Column("triggered_from", String(255), nullable=False),
    Column("workflow_run_id", StringUUID),
    Column("index", Integer, nullable=False),
    Column("predecessor_node_id", String(255)),
    Column("node_execution_id", String(255)),
    Column("node_id", String(255), nullable=False),
    Column("node_type", String(255), nullable=False),
    Column("title", String(255), nullable=False),
    Column("inputs", LongText),
    Column("process_data", LongText),
    Column("outputs", LongText),
    Column("status", String(255), nullable=False),
    Column("error", LongText),
    Column("elapsed_time", Float, nullable=False, server_default=text("0")),
    Column("execution_metadata", LongText),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("created_by_role", String(255), nullable=False),
    Column("created_by", StringUUID, nullable=False),
    Column("finished_at", UtcTime),
    Index(
        "workflow_node_execution_id_idx", "tenant_id", "app_id", "workflow_id", "triggered_from", "node_execution_id"
    ),
    Index("workflow_node_execution_node_run_idx", "tenant_id", "app_id", "workflow_id", "triggered_from", "node_id"),
    Index("workflow_node_execution_workflow_run_id_idx", "workflow_run_id"),
)

_EXECUTION: Final = WORKFLOW_NODE_EXECUTIONS.c
Index(
    "workflow_node_executions_tenant_id_idx",
    _EXECUTION.tenant_id,
    _EXECUTION.workflow_id,
    _EXECUTION.node_id,
    _EXECUTION.created_at.desc(),
)

WORKFLOW_APP_LOGS: Final = Table(
    "workflow_app_logs",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("workflow_id", StringUUID, nullable=False),
    Column("workflow_run_id", StringUUID, nullable=False),
    Column("created_from", String(255), nullable=False),
    Column("created_by_role", String(255), nullable=False),
    Column("created_by", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Index("workflow_app_log_app_idx", "tenant_id", "app_id"),
    Index("workflow_app_log_workflow_run_id_idx", "workflow_run_id"),
)

WORKFLOW_CONVERSATION_VARIABLES: Final = Table(
    "workflow_conversation_variables",
    METADATA,
    Column("id", StringUUID, nullable=False),
    Column("conversation_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("data", LongText, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    PrimaryKeyConstraint("id", "conversation_id", name="workflow_conversation_variables_pkey"),
    Index("workflow_conversation_variables_app_id_idx", "app_id"),
    Index("workflow_conversation_variables_conversation_id_idx", "conversation_id"),
    Index("workflow_conversation_variables_created_at_idx", "created_at"),
)

WORKFLOW_PAUSES: Final = Table(
    "workflow_pauses",
    METADATA,
    Column("workflow_id", StringUUID, nullable=False),
    Column("workflow_run_id", StringUUID, nullable=False),
    Column("resumed_at", UtcTime),
    Column("state_object_key", String(255), nullable=False),
    Column("id", StringUUID, primary_key=True, default=uuid7_text),
    Column("created_at", UtcTime, nullable=False, default=utc_now, server_default=func.current_timestamp()),
    Column(
        "updated_at",
        UtcTime,
        nullable=False,
        default=utc_now,
        server_default=func.current_timestamp(),
        onupdate=utc_now,
    ),
    UniqueConstraint("workflow_run_id", name="workflow_pauses_workflow_run_id_key"),
)

WORKFLOW_PAUSE_REASONS: Final = Table(
    "workflow_pause_reasons",
    METADATA,
    Column("pause_id", StringUUID, nullable=False),
    Column("type_", String(20), nullable=False),
    Column("form_id", String(36), nullable=False, default=""),
    Column("message", String(255), nullable=False, default=""),
    Column("node_id", String(255), nullable=False, default=""),
    Column("id", StringUUID, primary_key=True, default=uuid7_text),
    Column("created_at", UtcTime, nullable=False, default=utc_now, server_default=func.current_timestamp()),
    Column(
        "updated_at",
        UtcTime,
        nullable=False,
        default=utc_now,
        server_default=func.current_timestamp(),
        onupdate=utc_now,
    ),
    Index("workflow_pause_reasons_pause_id_idx", "pause_id"),
)
