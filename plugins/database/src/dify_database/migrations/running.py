"""Alembic, run on a connection that is given: no configuration file, no env.py, no transaction of its own.

On the way of a boot the only module that imports Alembic; it is imported when there is something to migrate.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dify_runtime_sdk import DifyRuntimeError

from ..errors import MigrationError
from .status import version_table

_log = logging.getLogger("dify_database.migrations")

_ONE_AT_A_TIME: Final = threading.Lock()
"""`from alembic import op`, as every migration says, names one object of the whole process."""


@asynccontextmanager
async def alembic_to_itself() -> AsyncIterator[None]:
    """Have Alembic to oneself in this process, whatever other runtimes it holds."""
    while not _ONE_AT_A_TIME.acquire(blocking=False):  # noqa: ASYNC110 - the other may be in another loop
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        _ONE_AT_A_TIME.release()


def upgrade(connection: Connection, plugin: str, versions: Path, target: str = "head") -> list[str]:
    """Apply the revisions up to `target`; returns what was done, a line each. Raises `MigrationError`."""
    script = _script_directory(versions)
    return _run(connection, plugin, lambda at, _: script._upgrade_revs(target, at))  # noqa: SLF001 - its documented use


def downgrade(connection: Connection, plugin: str, versions: Path, target: str) -> list[str]:
    """Undo the revisions after `target` (`base`: all); returns what was done, a line each. Raises `MigrationError`."""
    script = _script_directory(versions)
    return _run(connection, plugin, lambda at, _: script._downgrade_revs(target, at))  # noqa: SLF001 - as above


def stamp(connection: Connection, plugin: str, versions: Path, revision: str) -> None:
    """Note that the schema is at `revision`, without a change to it."""
    script = _script_directory(versions)
    _run(connection, plugin, lambda at, _: script._stamp_revs(revision, at))  # noqa: SLF001 - as above


def migration_context(connection: Connection, plugin: str, **options: Any) -> MigrationContext:
    """Alembic's context of one plugin."""
    return MigrationContext.configure(connection, opts={"version_table": version_table(plugin), **options})


def _script_directory(versions: Path) -> ScriptDirectory:
    return ScriptDirectory(str(versions.parent), version_locations=[str(versions)])


def _run(connection: Connection, plugin: str, plan: Callable[[Any, Any], Iterable[Any]]) -> list[str]:
    done: list[str] = []

    def steps(at: Any, context: Any) -> Iterator[Any]:
        for step in plan(at, context):
            done.append(f"{plugin}: {step}".rstrip("."))
            yield step

    context = migration_context(connection, plugin, fn=steps)
    try:
        with Operations.context(context):
            context.run_migrations()
    except DifyRuntimeError:
        raise
    except Exception as error:  # the migration's own code runs here
        raise _failure(plugin, done[-1:], error) from error
    for line in done:
        _log.info("%s", line)
    return done


def _failure(plugin: str, at: list[str], error: Exception) -> MigrationError:
    if isinstance(error, CommandError):
        return MigrationError(f"migrations of plugin {plugin!r}: {error}")
    reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    kind = type(error.orig if isinstance(error, DBAPIError) and error.orig else error).__name__
    step = at[0].partition(": ")[2] if at else "reading the version table"
    return MigrationError(
        f"a migration of plugin {plugin!r} failed at {step}: {kind}: {' '.join(reason.split())}",
        hint="the schema is as it was before; correct the cause and start again",
    )
