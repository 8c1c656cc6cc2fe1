"""The tables of providers, their credentials and the default models, as Dify has them."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, Table, UniqueConstraint, false, func, true

from dify_database import utc_now, uuid4_text, uuid7_text
from dify_database.tables import new_metadata
from dify_database.types import LongText, StringUUID, UtcTime

METADATA: Final[MetaData] = new_metadata()

PROVIDERS: Final = Table(
    "providers",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid7_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("provider_type", String(40), nullable=False, default="custom", server_default="custom"),
    Column("is_valid", Boolean, nullable=False, default=False, server_default=false()),
    Column("last_used", UtcTime),
    Column("credential_id", StringUUID),
    Column("quota_type", String(40), default="", server_default=""),
    Column("quota_limit", BigInteger),
    Column("quota_used", BigInteger, default=0),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    UniqueConstraint(
        "tenant_id", "provider_name", "provider_type", "quota_type", name="unique_provider_name_type_quota"
    ),
    Index("provider_tenant_id_provider_idx", "tenant_id", "provider_name"),
)

PROVIDER_CREDENTIALS: Final = Table(
    "provider_credentials",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid7_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("credential_name", String(255), nullable=False),
    Column("encrypted_config", LongText, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("provider_credential_tenant_provider_idx", "tenant_id", "provider_name"),
)

PROVIDER_MODELS: Final = Table(
    "provider_models",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("model_name", String(255), nullable=False),
    Column("model_type", String(40), nullable=False),
    Column("credential_id", StringUUID),
    Column("is_valid", Boolean, nullable=False, default=False, server_default=false()),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    UniqueConstraint("tenant_id", "provider_name", "model_name", "model_type", name="unique_provider_model_name"),
    Index("provider_model_tenant_id_provider_idx", "tenant_id", "provider_name"),
)

PROVIDER_MODEL_CREDENTIALS: Final = Table(
    "provider_model_credentials",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid7_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("model_name", String(255), nullable=False),
    Column("model_type", String(40), nullable=False),
    Column("credential_name", String(255), nullable=False),
    Column("encrypted_config", LongText, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index(
        "provider_model_credential_tenant_provider_model_idx", "tenant_id", "provider_name", "model_name", "model_type"
    ),
)

PROVIDER_MODEL_SETTINGS: Final = Table(
    "provider_model_settings",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("model_name", String(255), nullable=False),
    Column("model_type", String(40), nullable=False),
    Column("enabled", Boolean, nullable=False, default=True, server_default=true()),
    Column("load_balancing_enabled", Boolean, nullable=False, default=False, server_default=false()),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("provider_model_setting_tenant_provider_model_idx", "tenant_id", "provider_name", "model_type"),
)

LOAD_BALANCING_MODEL_CONFIGS: Final = Table(
    "load_balancing_model_configs",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("model_name", String(255), nullable=False),
    Column("model_type", String(40), nullable=False),
    Column("name", String(255), nullable=False),
    Column("encrypted_config", LongText),
    Column("credential_id", StringUUID),
    Column("credential_source_type", String(40)),
    Column("enabled", Boolean, nullable=False, default=True, server_default=true()),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("load_balancing_model_config_tenant_provider_model_idx", "tenant_id", "provider_name", "model_type"),
)

TENANT_DEFAULT_MODELS: Final = Table(
    "tenant_default_models",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("model_name", String(255), nullable=False),
    Column("model_type", String(40), nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("tenant_default_model_tenant_id_provider_type_idx", "tenant_id", "provider_name", "model_type"),
)

TENANT_PREFERRED_MODEL_PROVIDERS: Final = Table(
    "tenant_preferred_model_providers",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("provider_name", String(255), nullable=False),
    Column("preferred_provider_type", String(40), nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("tenant_preferred_model_provider_tenant_provider_idx", "tenant_id", "provider_name"),
)
