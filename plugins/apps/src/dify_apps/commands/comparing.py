"""The command `apps diff`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..library.workplace import Workplace
from .common import app_argument, file_argument, run

if TYPE_CHECKING:
    from dify_runtime_sdk import CommandContext


@click.command()
@app_argument
@file_argument
@click.pass_context
def diff(ctx: click.Context, app: str, file: Path) -> None:
    """Show what a file would change in what clients get; exit status 1 when it would. Secrets are not compared."""
    text = file.read_bytes()
    context: CommandContext = ctx.obj

    async def main(place: Workplace) -> str:
        return await place.library.diff((await place.find(app)).id, text, tenant_id=place.tenant_id)

    difference = run(context, main)
    if difference:
        click.echo(difference, nl=False)
        ctx.exit(1)
