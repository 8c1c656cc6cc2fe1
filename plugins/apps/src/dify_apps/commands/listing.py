"""The commands `apps list` and `apps delete`."""

import click

from dify_runtime_sdk import CommandContext

from ..library import AppRecord
from ..library.workplace import Workplace
from .common import MOST, app_argument, echo_json, json_option, run, shown


@click.command("list")
@click.option("--mode", help="Only apps of this mode.")
@json_option
@click.pass_obj
def list_apps(context: CommandContext, mode: str | None, as_json: bool) -> None:
    """List the apps, the newest first."""

    async def main(place: Workplace) -> list[AppRecord]:
        return await place.library.list(tenant_id=place.tenant_id, mode=mode, limit=MOST)

    apps = [shown(app) for app in run(context, main)]
    if as_json:
        echo_json(apps)
        return
    for app in apps:
        state = "published" if app["published"] else "draft"
        click.echo(f"{app['id']}  {app['mode']:<13}  {state:<9}  {app['name']}")


@click.command()
@app_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(context: CommandContext, app: str, yes: bool) -> None:
    """Delete an app with its keys, conversations and runs."""
    if not yes:
        click.confirm(f"delete {app} and everything that belongs to it?", abort=True)

    async def main(place: Workplace) -> AppRecord:
        found = await place.find(app)
        await place.library.delete(found.id, tenant_id=place.tenant_id)
        return found

    found = run(context, main)
    click.echo(f"deleted {found.name!r} ({found.id})")
