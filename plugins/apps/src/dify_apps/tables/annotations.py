"""The tables of annotations, as Dify has them, and one of ours."""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, String, Table, func, text

from dify_database import utc_now, uuid4_text
from dify_database.types import LongText, StringUUID, UtcTime

from .metadata import METADATA

MESSAGE_ANNOTATIONS: Final = Table(
    "message_annotations",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("app_id", StringUUID, nullable=False),
    Column("conversation_id", StringUUID),
    Column("message_id", StringUUID),
    Column("question", LongText, nullable=False),
    Column("content", LongText, nullable=False),
    Column("hit_count", Integer, nullable=False, server_default=text("0")),
    Column("account_id", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("message_annotation_app_idx", "app_id"),
    Index("message_annotation_conversation_idx", "conversation_id"),
    Index("message_annotation_message_idx", "message_id"),
)

APP_ANNOTATION_SETTINGS: Final = Table(
    "app_annotation_settings",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("app_id", StringUUID, nullable=False),
    Column("score_threshold", Float, nullable=False, server_default=text("0")),
    Column("collection_binding_id", StringUUID, nullable=False),
    Column("created_user_id", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_user_id", StringUUID, nullable=False),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("app_annotation_settings_app_idx", "app_id"),
)

# ours: Dify finds the model through the vector collection that `collection_binding_id` names
RUNTIME_ANNOTATION_MODELS: Final = Table(
    "runtime_annotation_models",
    METADATA,
    Column("app_id", StringUUID, primary_key=True),
    Column("provider_name", String(255), nullable=False),
    Column("model_name", String(255), nullable=False),
)

APP_ANNOTATION_HIT_HISTORIES: Final = Table(
    "app_annotation_hit_histories",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("app_id", StringUUID, nullable=False),
    Column("annotation_id", StringUUID, nullable=False),
    Column("source", LongText, nullable=False),
    Column("question", LongText, nullable=False),
    Column("account_id", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("score", Float, nullable=False, server_default=text("0")),
    Column("message_id", StringUUID, nullable=False),
    Column("annotation_question", LongText, nullable=False),
    Column("annotation_content", LongText, nullable=False),
    Index("app_annotation_hit_histories_account_idx", "account_id"),
    Index("app_annotation_hit_histories_annotation_idx", "annotation_id"),
    Index("app_annotation_hit_histories_app_idx", "app_id"),
    Index("app_annotation_hit_histories_message_idx", "message_id"),
)
