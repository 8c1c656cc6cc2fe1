"""The tables of tenants, accounts, keys and end users, as Dify has them."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    false,
    func,
    true,
)

from dify_database import utc_now, uuid4_text
from dify_database.tables import new_metadata
from dify_database.types import LongText, StringUUID, UtcTime

METADATA: Final[MetaData] = new_metadata()

TENANTS: Final = Table(
    "tenants",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("name", String(255), nullable=False),
    Column("encrypt_public_key", LongText),
    Column("plan", String(255), nullable=False, default="basic", server_default="basic"),
    Column("status", String(255), nullable=False, default="normal", server_default="normal"),
    Column("custom_config", LongText),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
)

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("name", String(255), nullable=False),
    Column("email", String(255), nullable=False),
    Column("password", String(255)),
    Column("password_salt", String(255)),
    Column("avatar", String(255)),
    Column("interface_language", String(255)),
    Column("interface_theme", String(255)),
    Column("timezone", String(255)),
    Column("last_login_at", UtcTime),
    Column("last_login_ip", String(255)),
    Column("last_active_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("status", String(16), nullable=False, default="active", server_default="active"),
    Column("initialized_at", UtcTime),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("account_email_idx", "email"),
)

TENANT_ACCOUNT_JOINS: Final = Table(
    "tenant_account_joins",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("account_id", StringUUID, nullable=False),
    Column("current", Boolean, nullable=False, default=False, server_default=false()),
    Column("role", String(16), nullable=False, default="normal", server_default="normal"),
    Column("invited_by", StringUUID),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    UniqueConstraint("tenant_id", "account_id", name="unique_tenant_account_join"),
    Index("tenant_account_join_account_id_idx", "account_id"),
    Index("tenant_account_join_tenant_id_idx", "tenant_id"),
)

ACCOUNT_INTEGRATES: Final = Table(
    "account_integrates",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("account_id", StringUUID, nullable=False),
    Column("provider", String(16), nullable=False),
    Column("open_id", String(255), nullable=False),
    Column("encrypted_token", String(255), nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    UniqueConstraint("account_id", "provider", name="unique_account_provider"),
    UniqueConstraint("provider", "open_id", name="unique_provider_open_id"),
)

API_TOKENS: Final = Table(
    "api_tokens",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("app_id", StringUUID),
    Column("tenant_id", StringUUID),
    Column("type", String(16), nullable=False),
    Column("token", String(255), nullable=False),
    Column("last_used_at", UtcTime),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Index("api_token_app_id_type_idx", "app_id", "type"),
    Index("api_token_tenant_idx", "tenant_id", "type"),
    Index("api_token_token_idx", "token", "type"),
)

END_USERS: Final = Table(
    "end_users",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("app_id", StringUUID),
    Column("type", String(255), nullable=False),
    Column("external_user_id", String(255)),
    Column("name", String(255)),
    Column("is_anonymous", Boolean, nullable=False, server_default=true()),
    Column("session_id", String(255), nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("updated_at", UtcTime, nullable=False, server_default=func.current_timestamp(), onupdate=utc_now),
    Index("end_user_session_id_idx", "session_id", "type"),
    Index("end_user_tenant_session_id_idx", "tenant_id", "session_id", "type"),
)

DIFY_SETUPS: Final = Table(
    "dify_setups",
    METADATA,
    Column("version", String(255), nullable=False),
    Column("setup_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    PrimaryKeyConstraint("version", name="dify_setup_pkey"),
)
