"""The command `db`."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from dify_runtime_sdk import CommandContext, Runtime

from .migrator import Migrator

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_NEEDED = ("database",)
"""What these commands start: the connection, and not the plugin that would migrate by itself."""


@click.group()
def db() -> None:
    """Look at the schema of the database, and change it.

    Every plugin with tables has a chain of revisions and a version table of its own. Only the database is started.
    """


@db.command()
@click.argument("target", metavar="[PLUGIN[@REVISION]]", required=False)
@click.pass_obj
def upgrade(context: CommandContext, target: str | None) -> None:
    """Bring the schema up to date: that of all plugins, of one, or of one up to a revision.

    All of it is one transaction. If another process does the same, this one waits for it.
    """
    plugin, revision = _parsed(target) if target else (None, None)

    async def main(runtime: Runtime) -> list[str]:
        return await (await runtime.services.get(Migrator)).upgrade(plugin, revision)

    _echo_lines(context.run(main, only=_NEEDED), otherwise="nothing to do")


@db.command()
@click.argument("target", metavar="PLUGIN@REVISION")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def downgrade(context: CommandContext, target: str, yes: bool) -> None:
    """Undo the revisions of a plugin after REVISION; `base` undoes all and drops its tables."""
    plugin, revision = _parsed(target)
    if revision is None:
        raise click.UsageError("say how far: PLUGIN@REVISION, or PLUGIN@base to drop all of its tables")
    if not yes:
        click.confirm(f"Undo revisions of plugin {plugin}? Data is lost with what they drop.", abort=True)

    async def main(runtime: Runtime) -> list[str]:
        return await (await runtime.services.get(Migrator)).downgrade(plugin, revision)

    _echo_lines(context.run(main, only=_NEEDED), otherwise="nothing to do")


@db.command()
@_AS_JSON
@click.pass_obj
def current(context: CommandContext, as_json: bool) -> None:
    """Show the revision of every plugin, and those that plugins left behind that are not here."""

    async def main(runtime: Runtime) -> list[dict[str, Any]]:
        return [status.to_json() for status in await (await runtime.services.get(Migrator)).statuses()]

    found = context.run(main, only=_NEEDED)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [(one["plugin"], ", ".join(one["stored"]) or "-", one["head"] or "-", one["state"]) for one in found]
    _echo_table(("PLUGIN", "REVISION", "HEAD", "STATE"), rows)


@db.command()
@_AS_JSON
@click.pass_obj
def check(context: CommandContext, as_json: bool) -> None:
    """Say whether the schema is current, and whether the tables are those that the plugins' code describes.

    Exit status 0 when both hold, 1 otherwise.
    """

    async def main(runtime: Runtime) -> list[str]:
        from .checking import problems  # Alembic: not for every command of this group

        return await problems(await runtime.services.get(Migrator))

    found = context.run(main, only=_NEEDED)
    if as_json:
        click.echo(json.dumps({"ok": not found, "problems": found}, indent=2))
    else:
        _echo_lines(found, otherwise="the schema is current")
    sys.exit(1 if found else 0)


@db.command()
@click.argument("plugin", required=False)
@_AS_JSON
@click.pass_obj
def history(context: CommandContext, plugin: str | None, as_json: bool) -> None:
    """List the revisions of all plugins, or of one, oldest first; `*` marks where the database is."""

    async def main(runtime: Runtime) -> list[dict[str, Any]]:
        migrator = await runtime.services.get(Migrator)
        at = {status.plugin: status.stored for status in await migrator.statuses()}
        return [
            {"plugin": chain.plugin, "revision": one.id, "message": one.message, "here": one.id in at[chain.plugin]}
            for chain in migrator.chains(plugin)
            for one in chain.revisions.values()
        ]

    found = context.run(main, only=_NEEDED)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [(one["plugin"], "*" if one["here"] else "", one["revision"], one["message"]) for one in found]
    _echo_table(("PLUGIN", "", "REVISION", "MESSAGE"), rows)


@db.command()
@click.argument("plugin")
@click.option("-m", "--message", required=True, help="What it does, in a few words.")
@click.pass_obj
def revision(context: CommandContext, plugin: str, message: str) -> None:
    """Draft the next revision of a plugin: what makes the tables those that its code describes.

    For authors, in a checkout of the plugin. The schema of the plugin must be at its head. Read the draft, and correct
    it: a renamed column, for one, looks like one that is dropped and another that is added.
    """

    async def main(runtime: Runtime) -> tuple[str, bool]:
        from .drafting import draft_revision  # Alembic: not for every command of this group

        path, empty = await draft_revision(await runtime.services.get(Migrator), plugin, message)
        return str(path), empty

    path, empty = context.run(main, only=_NEEDED)
    click.echo(path)
    if empty:
        click.echo("tables and code agree: the draft is empty", err=True)


@db.command()
@click.option("--dry-run", is_flag=True, help="Compare only; write nothing.")
@_AS_JSON
@click.pass_obj
def adopt(context: CommandContext, dry_run: bool, as_json: bool) -> None:
    """Take over a database whose schema Dify made.

    Compares the tables with those that the plugins need, and notes in their version tables that they are there. Dify's
    own version table is left alone. Refused as a whole when a table or column is missing.
    """

    async def main(runtime: Runtime) -> list[dict[str, Any]]:
        from .adopting import adopt as take_over  # Alembic: not for every command of this group

        migrator = await runtime.services.get(Migrator)
        return [one.to_json() for one in await take_over(migrator, dry_run=dry_run)]

    found = context.run(main, only=_NEEDED)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [(one["plugin"], one["outcome"], one["revision"] or "-", "; ".join(one["notes"])) for one in found]
    _echo_table(("PLUGIN", "OUTCOME", "REVISION", "NOTES"), rows)


def _parsed(target: str) -> tuple[str, str | None]:
    plugin, _, revision = target.partition("@")
    return plugin, revision or None


def _echo_lines(lines: Sequence[str], *, otherwise: str) -> None:
    for line in lines or (otherwise,):
        click.echo(line)


def _echo_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = [head, *rows]
    widths = [max(len(row[index]) for row in table) for index in range(len(head))]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
