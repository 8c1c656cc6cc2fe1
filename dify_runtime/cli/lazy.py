"""A click group whose commands are import paths until one of them runs."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A built-in command: `target` is `package.module:attribute`, `help` the line shown in the list."""

    target: str
    help: str


def load_target(target: str) -> Any:
    """The object at `package.module:attribute`; raises what its import raises."""
    module, _, attribute = target.partition(":")
    value: Any = import_module(module)
    for part in attribute.split("."):
        value = getattr(value, part)
    return value


class LazyGroup(click.Group):
    """A group over a table of `LazyCommand`s; listing them imports none."""

    def __init__(self, *args: Any, table: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command under this name, imported now; None when there is none."""
        lazy = self.table.get(cmd_name)
        if lazy is None:
            return None
        command: click.Command = load_target(lazy.target)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` name; raises `UsageError` with the nearest name."""
        command = self.get_command(ctx, args[0])
        if command is None:
            nearest = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            question = f" Did you mean {nearest[0]!r}?" if nearest else ""
            raise click.UsageError(f"No such command {args[0]!r}.{question}", ctx)
        return args[0], command, args[1:]

    def rows(self, ctx: click.Context) -> Iterable[tuple[str, str]]:
        """Name and help line of each command, for the list in the help."""
        return ((name, lazy.help) for name, lazy in self.table.items())

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.rows(ctx)))
