"""A first draft of a revision: what would make the tables those that the plugin's code describes."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any, Final, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import DowngradeOps, UpgradeOps
from sqlalchemy import Connection, MetaData

from .. import types
from ..errors import SchemaError
from ..types import ArrayOf, EnumText
from .comparing import load_metadata, only_tables_of
from .migrator import Migrator
from .running import migration_context

_LONGEST_NAME: Final = 60
"""Characters of a file's name, without its suffix."""

_FILE: Final = Template('''"""$message.

Revision $revision of $date.
"""

import sqlalchemy as sa
from alembic import op
$imports
revision: str = "$revision"
down_revision: str | None = $follows


def upgrade() -> None:
    """Bring the tables there."""
    $upgrade


def downgrade() -> None:
    """Take them back."""
    $downgrade
''')


async def draft_revision(migrator: Migrator, plugin: str, message: str) -> tuple[Path, bool]:
    """Write the draft into the plugin's folder; returns its path, and whether it changes nothing.

    Raises `SchemaError` while the schema of the plugin is not at its head.
    """
    plan = migrator.plan(plugin)
    status = next(one for one in await migrator.statuses() if one.plugin == plugin)
    if status.state != "current":
        raise SchemaError(
            f"the schema of plugin {plugin!r} is not at its head", hint=f"run `dify-runtime db upgrade {plugin}` first"
        )
    metadata = load_metadata(plugin, plan.metadata)
    async with migrator.inspecting() as connection:
        bodies = await connection.run_sync(_bodies, plugin, metadata)
    revision = uuid.uuid4().hex[-12:]
    text = _FILE.substitute(
        bodies,
        message=message.rstrip("."),
        revision=revision,
        follows="None" if status.head is None else f'"{status.head}"',
        date=datetime.now(UTC).date().isoformat(),
        imports="\nfrom dify_database import types\n" if "types." in "".join(bodies.values()) else "",
    )
    path = plan.versions / f"{_file_name(revision, message)}.py"
    path.write_text(text, encoding="utf-8")
    return path, bodies["upgrade"] == "pass"


def _file_name(revision: str, message: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in message.lower()).split()
    return "_".join((revision, *words))[:_LONGEST_NAME]


def _bodies(connection: Connection, plugin: str, metadata: MetaData) -> dict[str, str]:
    """The bodies of `upgrade` and `downgrade`."""
    context = migration_context(
        connection,
        plugin,
        target_metadata=metadata,
        include_name=only_tables_of(metadata),
        compare_type=True,
        sqlalchemy_module_prefix="sa.",
        alembic_module_prefix="op.",
        user_module_prefix=None,
        render_item=_render,
    )
    script = produce_migrations(context, metadata)
    operations = {"upgrade": script.upgrade_ops, "downgrade": script.downgrade_ops}
    return {name: _code(one, context) for name, one in operations.items()}


def _code(operations: UpgradeOps | DowngradeOps | None, context: MigrationContext) -> str:
    if operations is None:
        return "pass"
    code = render_python_code(operations, render_as_batch=True, render_item=_render, migration_context=context)
    return "\n".join(line for line in code.splitlines() if not line.strip().startswith("# ###")).strip()


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """The portable types by name; an enum as the text that it is, since its members change without a migration."""
    if kind != "type" or type(item).__module__ != types.__name__:
        return False
    if isinstance(item, EnumText):
        return f"sa.String({item.length})"
    if isinstance(item, ArrayOf):
        return f"types.ArrayOf(sa.{item.item!r})"
    return f"types.{type(item).__name__}()"
