"""The tables of apps, their configuration, sites and tags, as Dify has them."""

from typing import Final

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, UniqueConstraint, false, func, text, true

from dify_database import utc_now, uuid4_text
from dify_database.types import LongText, StringUUID, UtcTime

from .metadata import METADATA

APPS: Final = Table(
    "apps",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("name", String(255), nullable=False),
    Column("description", LongText, nullable=False),
    Column("mode", String(255), nullable=False),
    Column("icon_type", String(255)),
    Column("icon", String(255)),
    Column("icon_background", String(255)),
    Column("app_model_config_id", StringUUID),
    Column("workflow_id", StringUUID),
    Column("status", String(255), nullable=False, server_default="normal"),
    Column("enable_site", Boolean, nullable=False),
    Column("enable_api", Boolean, nullable=False),
    Column("api_rpm", Integer, nullable=False, server_default=text("0")),
    Column("api_rph", Integer, nullable=False, server_default=text("0")),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("is_public", Boolean, nullable=False, server_default=false()),
    Column("is_universal", Boolean, nullable=False, server_default=false()),
    Column("max_active_requests", Integer),
    Column("tracing", LongText),
    Column("created_by", StringUUID),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_by", StringUUID),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Column("use_icon_as_answer_icon", Boolean, nullable=False, server_default=false()),
    Index("app_tenant_id_idx", "tenant_id"),
)

APP_MODEL_CONFIGS: Final = Table(
    "app_model_configs",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("app_id", StringUUID, nullable=False),
    Column("provider", String(255)),
    Column("model_id", String(255)),
    Column("configs", JSON),
    Column("created_by", StringUUID),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_by", StringUUID),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Column("opening_statement", LongText),
    Column("suggested_questions", LongText),
    Column("suggested_questions_after_answer", LongText),
    Column("speech_to_text", LongText),
    Column("text_to_speech", LongText),
    Column("more_like_this", LongText),
    Column("model", LongText),
    Column("user_input_form", LongText),
    Column("dataset_query_variable", String(255)),
    Column("pre_prompt", LongText),
    Column("agent_mode", LongText),
    Column("sensitive_word_avoidance", LongText),
    Column("retriever_resource", LongText),
    Column("prompt_type", String(255), nullable=False, default="simple", server_default="simple"),
    Column("chat_prompt_config", LongText),
    Column("completion_prompt_config", LongText),
    Column("dataset_configs", LongText),
    Column("external_data_tools", LongText),
    Column("file_upload", LongText),
    Index("app_app_id_idx", "app_id"),
)

SITES: Final = Table(
    "sites",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("app_id", StringUUID, nullable=False),
    Column("title", String(255), nullable=False),
    Column("icon_type", String(255)),
    Column("icon", String(255)),
    Column("icon_background", String(255)),
    Column("description", LongText),
    Column("default_language", String(255), nullable=False),
    Column("chat_color_theme", String(255)),
    Column("chat_color_theme_inverted", Boolean, nullable=False, server_default=false()),
    Column("copyright", String(255)),
    Column("privacy_policy", String(255)),
    Column("show_workflow_steps", Boolean, nullable=False, server_default=true()),
    Column("use_icon_as_answer_icon", Boolean, nullable=False, server_default=false()),
    Column("custom_disclaimer", LongText, nullable=False, default=""),
    Column("customize_domain", String(255)),
    Column("customize_token_strategy", String(255), nullable=False),
    Column("prompt_public", Boolean, nullable=False, server_default=false()),
    Column("status", String(255), nullable=False, server_default="normal"),
    Column("created_by", StringUUID),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_by", StringUUID),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Column("code", String(255)),
    Index("site_app_id_idx", "app_id"),
    Index("site_code_idx", "code", "status"),
)

INSTALLED_APPS: Final = Table(
    "installed_apps",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("app_owner_tenant_id", StringUUID, nullable=False),
    Column("position", Integer, nullable=False, default=0),
    Column("is_pinned", Boolean, nullable=False, default=False, server_default=false()),
    Column("last_used_at", UtcTime),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    UniqueConstraint("tenant_id", "app_id", name="unique_tenant_app"),
    Index("installed_app_app_id_idx", "app_id"),
    Index("installed_app_tenant_id_idx", "tenant_id"),
)

TAGS: Final = Table(
    "tags",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID),
    Column("type", String(16), nullable=False),
    Column("name", String(255), nullable=False),
    Column("created_by", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Index("tag_name_idx", "name"),
    Index("tag_type_idx", "type"),
)

TAG_BINDINGS: Final = Table(
    "tag_bindings",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID),
    Column("tag_id", StringUUID),
    Column("target_id", StringUUID),
    Column("created_by", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Index("tag_bind_tag_id_idx", "tag_id"),
    Index("tag_bind_target_id_idx", "target_id"),
)

# ours: Dify asks its plugin daemon which versions are installed; here a file's own word is kept for the next export
RUNTIME_APP_DEPENDENCIES: Final = Table(
    "runtime_app_dependencies",
    METADATA,
    Column("app_id", StringUUID, primary_key=True),
    Column("dependencies", LongText, nullable=False),
)
