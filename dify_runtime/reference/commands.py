"""The command reference, from the commands themselves."""

import inspect
from collections.abc import Iterator

import click

from ..cli.contributed import find_commands
from ..cli.main import BUILT_IN, root
from .markdown import code, table

_INTRODUCTION = """\
# Commands

`dify-runtime COMMAND --help` shows the same. Plugins bring commands of their own; those of the installed ones follow
the built-in ones.
"""


def render_commands() -> str:
    """Every command, those of installed plugins included, as a Markdown page.

    Raises `PluginError` where a plugin's command cannot be loaded.
    """
    lines = [_INTRODUCTION]
    with root.make_context("dify-runtime", [], resilient_parsing=True) as ctx:
        for name in BUILT_IN:
            lines += _described(root.get_command(ctx, name), ctx, name, "")
        contributed = find_commands(BUILT_IN)
        for name, offers in sorted(contributed.offers.items()):
            lines += _described(contributed.load(name), ctx, name, offers[0][0])
    return "\n".join(lines)


def _described(command: click.Command | None, parent: click.Context, name: str, owner: str) -> Iterator[str]:
    """The lines of a command and of the commands below it."""
    if command is None:
        return
    with command.make_context(name, [], parent=parent, resilient_parsing=True) as ctx:
        yield f"## {code(ctx.command_path)}"
        yield ""
        yield inspect.cleandoc(command.help or command.short_help or "")
        yield ""
        if owner:
            yield f"From plugin {code(owner)}."
            yield ""
        if isinstance(command, click.Group):
            for child in command.list_commands(ctx):
                yield from _described(command.get_command(ctx, child), ctx, child, owner)
        else:
            yield from _usage(command, ctx)


def _usage(command: click.Command, ctx: click.Context) -> Iterator[str]:
    yield code(" ".join((ctx.command_path, *command.collect_usage_pieces(ctx))))
    yield ""
    records = [record for one in command.get_params(ctx) if (record := one.get_help_record(ctx)) is not None]
    yield from table(("Option", "Meaning"), [(code(option), meaning) for option, meaning in records])
