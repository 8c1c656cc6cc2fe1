"""The table of API extensions, as Dify has it."""

from typing import Final

from sqlalchemy import Column, Index, String, Table, func

from dify_database import uuid4_text
from dify_database.types import LongText, StringUUID, UtcTime

from .metadata import METADATA

API_BASED_EXTENSIONS: Final = Table(
    "api_based_extensions",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("name", String(255), nullable=False),
    Column("api_endpoint", String(255), nullable=False),
    Column("api_key", LongText, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Index("api_based_extension_tenant_idx", "tenant_id"),
)
