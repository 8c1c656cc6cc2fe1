"""How a plugin describes its tables: metadata of its own, with names as Dify's schema has them.

    class Base(DeclarativeBase):
        metadata = new_metadata()


    class Note(Base):
        __tablename__ = "notes"

        id: Mapped[str] = mapped_column(StringUUID, primary_key=True, default=uuid7_text)
        tenant_id: Mapped[str] = mapped_column(StringUUID, index=True)
        created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=func.current_timestamp())

Tables of other plugins are referred to by id, without a foreign key: a plugin that is uninstalled must not be in
anybody's way.
"""

from types import MappingProxyType
from typing import Final

from sqlalchemy import MetaData

NAMING: Final = MappingProxyType(
    {
        "ix": "%(column_0_label)s_idx",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)
"""Names of what is not named explicitly: Postgres's own, as in Dify's schema."""


def new_metadata() -> MetaData:
    """Metadata with these names; one per plugin."""
    return MetaData(naming_convention=dict(NAMING))
