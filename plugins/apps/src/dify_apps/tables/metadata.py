"""The metadata of all tables of apps."""

from typing import Final

from sqlalchemy import MetaData

from dify_database.tables import new_metadata

METADATA: Final[MetaData] = new_metadata()
