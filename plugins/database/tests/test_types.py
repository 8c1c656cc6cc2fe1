import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Boolean, Float, Index, Integer, MetaData, Numeric, String, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateTable

from dify_database import Database, utc_now, uuid4_text
from dify_database.api import SchemaAccess
from dify_database.plugin import DatabasePlugin
from dify_database.tables import new_metadata
from dify_database.types import AdjustedJSON, ArrayOf, BinaryData, EnumText, LongText, StringUUID, UtcTime


class Kind(StrEnum):
    CHAT = "chat"
    AGENT = "agent-chat-with-a-long-name"


class Base(DeclarativeBase):
    metadata = new_metadata()


class Sample(Base):
    __tablename__ = "samples"

    id: Mapped[str] = mapped_column(StringUUID, primary_key=True, default=uuid4_text)
    tenant_id: Mapped[str | None] = mapped_column(StringUUID, index=True)
    text: Mapped[str | None] = mapped_column(LongText)
    data: Mapped[Any | None] = mapped_column(AdjustedJSON)
    unset: Mapped[Any | None] = mapped_column(AdjustedJSON(none_as_null=True))
    blob: Mapped[bytes | None] = mapped_column(BinaryData)
    kind: Mapped[Kind | None] = mapped_column(EnumText(Kind))
    names: Mapped[list[str] | None] = mapped_column(ArrayOf(String()))
    ids: Mapped[list[int] | None] = mapped_column(ArrayOf(Integer()))
    at: Mapped[datetime | None] = mapped_column(UtcTime)
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 7))
    ratio: Mapped[float | None] = mapped_column(Float)
    flag: Mapped[bool | None] = mapped_column(Boolean)
    name: Mapped[str | None] = mapped_column(String(20), unique=True)

    __table_args__ = (Index("sample_kind_name_idx", "kind", "name"),)


@pytest.fixture
async def database(runtime, database_settings) -> Database:
    booted = await runtime({"database": DatabasePlugin}, settings=database_settings)
    access = await booted.services.get(SchemaAccess)
    async with access.changing() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return await booted.services.get(Database)


async def stored(database, **values) -> Sample:
    """A row as it comes back from the database, not from the session that wrote it."""

    async def unit(session):
        session.add(Sample(**values))

    await database.write(unit)
    return await database.read(lambda session: session.scalar(select(Sample)))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("tenant_id", "0190163d-8694-739b-aea5-966c26f8ad91"),
        ("text", "naïve ☃ " * 10_000),
        ("data", {"a": [1, 2.5, None, {"b": "ü"}], "big": 2**60}),
        ("data", []),
        ("data", "text"),
        ("unset", None),
        ("blob", bytes(range(256)) * 100),
        ("kind", Kind.AGENT),
        ("names", ["a", "b,c", 'quo"te', ""]),
        ("ids", [3, 1, 2]),
        ("at", datetime(2026, 1, 31, 23, 59, 59, 999999)),  # noqa: DTZ001 - columns hold naive times
        ("flag", False),
        ("ratio", 0.1),
    ],
)
async def test_values_come_back_as_they_went(database, column, value):
    found = getattr(await stored(database, **{column: value}), column)
    assert found == value
    assert type(found) is type(value)


async def test_none_comes_back_as_none_everywhere(database):
    row = await stored(database)
    values = {name: getattr(row, name) for name in inspect(Sample).columns.keys() if name != "id"}  # noqa: SIM118
    assert set(values.values()) == {None}


async def test_an_aware_time_is_stored_in_utc(database):
    tokyo = timezone(timedelta(hours=9))
    row = await stored(database, at=datetime(2026, 1, 1, 8, 30, tzinfo=tokyo))
    assert row.at == datetime(2025, 12, 31, 23, 30)  # noqa: DTZ001 - as above


async def test_rows_are_found_by_each_spelling_of_a_uuid(database):
    identifier = uuid.uuid4()
    await stored(database, tenant_id=identifier)
    for spelling in (identifier, str(identifier).upper(), identifier.hex):
        query = select(Sample.tenant_id).where(Sample.tenant_id == spelling)
        found = await database.read(lambda session, query=query: session.scalar(query))
        assert found == str(identifier)


async def test_what_is_no_uuid_is_refused(database):
    query = select(Sample).where(Sample.tenant_id == "not a uuid")
    with pytest.raises(StatementError, match="badly formed"):
        await database.read(lambda session: session.scalar(query))


async def test_what_is_no_member_is_refused(database):
    with pytest.raises(StatementError, match="not a valid Kind"):
        await stored(database, kind="other")


async def test_json_can_be_searched(database):
    await stored(database, data={"level": {"name": "deep"}, "count": 3})
    query = select(Sample.id).where(Sample.data["level"]["name"].as_string() == "deep")
    counted = select(Sample.id).where(Sample.data["count"].as_integer() == 3)
    async with database.reading() as session:
        assert await session.scalar(query)
        assert await session.scalar(counted)


async def test_names_are_those_of_the_convention(database):
    def names(session) -> set[str | None]:
        inspector = inspect(session.connection())
        indexes = {index["name"] for index in inspector.get_indexes("samples")}
        unique = {one["name"] for one in inspector.get_unique_constraints("samples")}
        return indexes | unique | {inspector.get_pk_constraint("samples")["name"]}

    async with database.reading() as session:
        found = await session.run_sync(names)
    assert found >= {"samples_pkey", "samples_tenant_id_idx", "samples_name_key", "sample_kind_name_idx"}


def test_metadata_is_new_each_time():
    assert isinstance(new_metadata(), MetaData)
    assert new_metadata() is not new_metadata()


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (postgresql, {"tenant_id": "UUID", "data": "JSONB", "blob": "BYTEA", "names": "VARCHAR[]", "text": "TEXT"}),
        (sqlite, {"tenant_id": "CHAR(36)", "data": "JSON", "blob": "BLOB", "names": "JSON", "text": "TEXT"}),
    ],
    ids=["postgresql", "sqlite"],
)
def test_the_types_in_the_schema(dialect, expected):
    ddl = str(CreateTable(Sample.__table__).compile(dialect=dialect.dialect()))
    for column, kind in expected.items():
        assert f"\t{column} {kind}" in ddl
    assert "kind VARCHAR(27)" in ddl


def test_an_enum_has_room_for_new_members():
    assert EnumText(StrEnum("Small", ["A", "B"])).length == 20
    assert EnumText(Kind, 50).length == 50


def test_now_is_naive_utc():
    assert utc_now().tzinfo is None
    assert abs(utc_now().replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)
