"""The bare command `dify-runtime`: what runs is what `MODE` says."""

from typing import cast

import click

from ..bootstrap import MODE_COMMANDS, BootstrapSettings
from ..configuration.layers import read_local
from ..configuration.validation import validate
from ..services import HOST


def run_mode(ctx: click.Context) -> None:
    """Run the command of this `MODE`, or show the help where `MODE` is not set.

    Raises `UsageError` in the mode `job`, which needs a command, and where no plugin brings the command.
    """
    mode = validate(BootstrapSettings, HOST, read_local()).MODE
    if not mode:
        click.echo(ctx.get_help())
        return
    words = MODE_COMMANDS.get(mode)
    if words is None:
        raise click.UsageError(f"MODE={mode} needs a command: dify-runtime COMMAND", ctx)
    name, arguments = words[0], list(words[1:])
    command = cast("click.Group", ctx.command).get_command(ctx, name)
    if command is None:
        raise click.UsageError(f"MODE={mode} runs `dify-runtime {' '.join(words)}`, and no plugin here brings it", ctx)
    with command.make_context(name, arguments, parent=ctx) as inner:
        command.invoke(inner)
