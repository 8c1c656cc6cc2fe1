"""The command `apps export`."""

from pathlib import Path

import click

from dify_runtime_sdk import CommandContext

from ..library import LibraryError
from ..library.workplace import Workplace
from .common import app_argument, run


@click.command()
@app_argument
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not to stdout.")
@click.option("--include-secrets", is_flag=True, help="With the values of secret environment variables.")
@click.option("--version", "version_id", type=click.UUID, help="A version that `apps history` shows, not the draft.")
@click.pass_obj
def export(
    context: CommandContext, app: str, output: Path | None, include_secrets: bool, version_id: object | None
) -> None:
    """Write an app as a file that Dify reads too."""

    async def main(place: Workplace) -> str:
        found = await place.find(app)
        return await place.library.export(
            found.id,
            tenant_id=place.tenant_id,
            include_secrets=include_secrets,
            version_id=None if version_id is None else str(version_id),
        )

    text = run(context, main)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LibraryError(f"{output} cannot be written: {error.strerror}", hint="name a file in a folder") from error
