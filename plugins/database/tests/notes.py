"""A feature with one table, as the tests of both plugins need it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dify_database import Database, Migrations, uuid7_text
from dify_database.api import SchemaAccess
from dify_database.plugin import DatabasePlugin
from dify_database.tables import new_metadata
from dify_database.types import StringUUID, UtcTime
from dify_runtime_sdk import Event, Plugin, Services, Subscriber, hookimpl
from dify_runtime_sdk.http import ROOT, RequestContext, Routes


class Base(DeclarativeBase):
    metadata = new_metadata()


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[str] = mapped_column(StringUUID, primary_key=True, default=uuid7_text)
    title: Mapped[str] = mapped_column(String(50), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=func.current_timestamp())


@dataclass(frozen=True)
class NoteAdded(Event):
    title: str


def add(title: str) -> Callable[[AsyncSession], Awaitable[str]]:
    """A unit that adds a note and returns its id."""

    async def unit(session: AsyncSession) -> str:
        note = Note(title=title)
        session.add(note)
        await session.flush()
        return note.id

    return unit


async def titles(session: AsyncSession) -> list[str]:
    """A unit that reads all titles."""
    return list(await session.scalars(select(Note.title).order_by(Note.title)))


class NotesPlugin(Plugin):
    """Routes that use the database, and a memory of the events."""

    requires = ("database",)

    def __init__(self) -> None:
        self.heard: list[str] = []

    @hookimpl
    def subscribers(self) -> list[Subscriber[NoteAdded]]:
        return [Subscriber(NoteAdded, self._heard)]

    async def _heard(self, event: NoteAdded) -> None:
        self.heard.append(event.title)

    @hookimpl
    def routes(self) -> list[Routes]:
        routes = Routes(ROOT, public=True)
        routes.add("GET", "/notes", _list)
        routes.add("POST", "/notes/<title>", _add)
        return [routes]


async def _list(context: RequestContext) -> list[str]:
    return await (await context.runtime.services.get(Database)).read(titles)


async def _add(context: RequestContext, title: str) -> dict[str, str]:
    return {"id": await (await context.runtime.services.get(Database)).write(add(title))}


PLUGINS: dict[str, type[Plugin]] = {"database": DatabasePlugin, "notes": NotesPlugin}


async def make_tables(services: Services) -> Database:
    """The database of a runtime, with the table of notes in it."""
    access = await services.get(SchemaAccess)
    async with access.changing() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return await services.get(Database)


def write_revision(  # one argument per thing that tests vary
    versions: Path, revision: str, follows: str | None, upgrade: str, downgrade: str = "pass"
) -> Path:
    """Write a revision file; `upgrade` and `downgrade` are the bodies of its functions, lines separated by `; `."""
    versions.mkdir(parents=True, exist_ok=True)
    bodies = ["\n    ".join(body.split("; ")) for body in (upgrade, downgrade)]
    path = versions / f"{revision}.py"
    path.write_text(
        f'"""Revision {revision}.\n\nMore words.\n"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision: str = {revision!r}\ndown_revision: str | None = {follows!r}\n\n\n"
        f"def upgrade() -> None:\n    {bodies[0]}\n\n\ndef downgrade() -> None:\n    {bodies[1]}\n"
    )
    return path


def plugin_with(versions: Path, *, adopts: str | None = None, metadata: str = "") -> type[Plugin]:
    """A plugin that brings the migrations in a folder."""

    class Feature(Plugin):
        """Has tables."""

        requires = ("migrations",)

        @hookimpl
        def migrations(self) -> list[Migrations]:
            return [Migrations(versions, metadata or f"{__name__}:Base", adopts)]

    return Feature
