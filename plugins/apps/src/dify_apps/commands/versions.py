"""The commands `apps publish`, `apps history` and `apps copy`."""

from typing import Any
from uuid import UUID

import click

from dify_runtime_sdk import CommandContext

from ..library import AppRecord, AppVersion, ImportChoices
from ..library.workplace import Workplace
from .common import MOST, app_argument, echo_json, json_option, run, shown


@click.command()
@app_argument
@click.option("--name", default="", help="A name for the version, such as 1.2.")
@click.option("--comment", default="", help="What is new in it.")
@click.option("--restore", "version_id", type=click.UUID, help="Go back to this version of `apps history`.")
@json_option
@click.pass_obj
def publish(context: CommandContext, app: str, name: str, comment: str, version_id: UUID | None, as_json: bool) -> None:
    """Make the draft of an app the version that clients get.

    With --restore that version becomes the draft first, and what was in the draft is lost. An app without a workflow
    has no draft: clients get the version at once, and it keeps no name.
    """

    async def main(place: Workplace) -> AppVersion:
        found = await place.find(app)
        if version_id is not None:
            await place.library.restore(str(version_id), app_id=found.id, **place.who)
            if not found.has_graph:
                return await _served(place, found)
        return await place.library.publish(found.id, name=name, comment=comment, **place.who)

    version = run(context, main)
    if as_json:
        echo_json(_plain(version))
    else:
        click.echo(f"published {version.id} ({version.version})")


@click.command()
@app_argument
@json_option
@click.pass_obj
def history(context: CommandContext, app: str, as_json: bool) -> None:
    """List the versions of an app, the newest first; the one that clients get is marked."""

    async def main(place: Workplace) -> list[AppVersion]:
        return await place.library.versions((await place.find(app)).id, tenant_id=place.tenant_id, limit=MOST)

    versions = run(context, main)
    if as_json:
        echo_json([_plain(version) for version in versions])
        return
    for version in versions:
        mark = "*" if version.served else " "
        marks = " ".join(text for text in (version.marked_name, version.marked_comment) if text)
        click.echo(f"{mark} {version.id}  {version.version:<26}  {marks}".rstrip())


@click.command()
@app_argument
@click.option("--name", help="What to call the copy; default: as the app.")
@json_option
@click.pass_obj
def copy(context: CommandContext, app: str, name: str | None, as_json: bool) -> None:
    """Make a new app like another one; of a workflow the draft, which is not published."""

    async def main(place: Workplace) -> AppRecord:
        found = await place.find(app)
        return await place.library.copy(found.id, choices=ImportChoices(name=name), **place.who)

    made = run(context, main)
    if as_json:
        echo_json(shown(made))
    else:
        click.echo(made.id)


async def _served(place: Workplace, app: AppRecord) -> AppVersion:
    versions = await place.library.versions(app.id, tenant_id=place.tenant_id, limit=MOST)
    return next(one for one in versions if one.served)


def _plain(version: AppVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "version": version.version,
        "name": version.marked_name,
        "comment": version.marked_comment,
        "created_at": f"{version.created_at.isoformat()}Z",
        "served": version.served,
    }
