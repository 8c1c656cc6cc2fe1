"""The command `dify-runtime`: built-in commands, those of plugins, and one way for errors to end it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import click

from .. import collector
from .lazy import LazyCommand, LazyGroup

if TYPE_CHECKING:
    from .contributed import ContributedCommands

BUILT_IN: Final = {
    "serve": LazyCommand("dify_runtime.cli.serve:serve", "Start the runtime and serve HTTP."),
    "plugins": LazyCommand("dify_runtime.cli.plugins:plugins", "List, draw, check, make and install plugins."),
    "config": LazyCommand("dify_runtime.cli.config:config", "Show, explain and document the settings."),
    "version": LazyCommand("dify_runtime.cli.version:version", "Print the versions of everything that has one."),
}
"""The commands of the host itself."""

_CONTRIBUTED: Final = "dify_runtime.contributed"


class RootGroup(LazyGroup):
    """The built-in commands, and those of plugins where a name is not built in."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, the built-in ones first."""
        return [*self.table, *sorted(self._contributed(ctx).offers)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command under this name; plugins are asked only when it is not built in."""
        command = super().get_command(ctx, cmd_name)
        if command is None:
            command = self._contributed(ctx).load(cmd_name)
            collector.resume()  # a plugin's command may take long, and make garbage
        return command

    def rows(self, ctx: click.Context) -> Iterable[tuple[str, str]]:
        """Name and help line of each command."""
        yield from super().rows(ctx)
        for name, offers in sorted(self._contributed(ctx).offers.items()):
            owners = ", ".join(owner for owner, _ in offers)
            yield name, f"{offers[0][1].help} (plugin {owners})"

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write which plugins could not be asked for their commands."""
        super().format_epilog(ctx, formatter)
        contributed = self._contributed(ctx)
        notes = [(name, contributed.faults[name]) for name in sorted(contributed.faults)]
        notes += [("settings", str(problem)) for problem in contributed.problems]
        if notes:
            with formatter.section("Commands may be missing; `dify-runtime plugins list` says more"):
                formatter.write_dl(notes)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` name; an unknown one may belong to a plugin that failed, so those are named."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            broken = ", ".join(sorted(self._contributed(ctx).faults))
            if not broken:
                raise
            raise click.UsageError(f"{error.message} Plugins that could not be asked: {broken}.", ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the runtime ends it with its message and hint."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from .failure import RuntimeFailure  # imports the SDK: only where something failed

            failure = RuntimeFailure.of(error, debug=bool(ctx.params["debug"]))
            if failure is None:
                raise
            raise failure from error

    def _contributed(self, ctx: click.Context) -> "ContributedCommands":
        """What plugins add, asked once per run of the command line."""
        meta = ctx.find_root().meta
        if _CONTRIBUTED not in meta:
            from .contributed import find_commands  # imports the host: not every command needs it

            meta[_CONTRIBUTED] = find_commands(self.table)
        found: ContributedCommands = meta[_CONTRIBUTED]
        return found


class LazyContext:
    """The `CommandContext` of the command line, whose host is imported when a command boots it."""

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """See `dify_runtime_sdk.CommandContext.run`."""
        from .context import BootingContext  # imports the host: `version` and the like do without

        return BootingContext().run(*args, **kwargs)


@click.group(
    cls=RootGroup,
    table=BUILT_IN,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def root(ctx: click.Context, debug: bool) -> None:
    """A light, plugin-first runtime for Dify apps.

    Without a command, the setting MODE says what runs.
    """
    ctx.obj = LazyContext()
    if ctx.invoked_subcommand is None:
        from .mode import run_mode  # imports the host: only the bare command reads MODE

        run_mode(ctx)


def main() -> None:
    """The entry point of the script `dify-runtime`; ends the process."""
    collector.pause()  # until a server is up, or a plugin's command begins; the other commands are short
    root.main(prog_name="dify-runtime")
