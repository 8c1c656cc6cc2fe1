"""The tables of uploads and of files that tools made, as Dify has them."""

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, false, func

from dify_database import uuid4_text
from dify_database.tables import new_metadata
from dify_database.types import LongText, StringUUID, UtcTime

METADATA: Final[MetaData] = new_metadata()

UPLOAD_FILES: Final = Table(
    "upload_files",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("tenant_id", StringUUID, nullable=False),
    Column("storage_type", String(255), nullable=False),
    Column("key", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("size", Integer, nullable=False),
    Column("extension", String(255), nullable=False),
    Column("mime_type", String(255)),
    Column("created_by_role", String(255), nullable=False, server_default="account"),
    Column("created_by", StringUUID, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("used", Boolean, nullable=False, server_default=false()),
    Column("used_by", StringUUID),
    Column("used_at", UtcTime),
    Column("hash", String(255)),
    Column("source_url", LongText, nullable=False, default=""),
    Index("upload_file_tenant_idx", "tenant_id"),
)

TOOL_FILES: Final = Table(
    "tool_files",
    METADATA,
    Column("id", StringUUID, primary_key=True, default=uuid4_text),
    Column("user_id", StringUUID, nullable=False),
    Column("tenant_id", StringUUID, nullable=False),
    Column("conversation_id", StringUUID),
    Column("file_key", String(255), nullable=False),
    Column("mimetype", String(255), nullable=False),
    Column("original_url", String(2048)),
    Column("name", String(255), nullable=False, default=""),
    Column("size", Integer, nullable=False, default=-1),
    Index("tool_file_conversation_id_idx", "conversation_id"),
)
