"""The command `dify-runtime quote`."""

from datetime import UTC, datetime

import click

from dify_runtime_sdk import CommandContext, Runtime

from .quotes import Quotes


@click.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day; default: today.")
@click.pass_obj
def quote(context: CommandContext, day: datetime | None) -> None:
    """Print the quotation of a day."""
    chosen = (day or datetime.now(UTC)).date()

    async def main(runtime: Runtime) -> str:
        quotes = await runtime.services.get(Quotes)
        return await quotes.of(chosen)

    click.echo(context.run(main, only=("quotes",)))
