"""`dify-runtime serve`: its own options, those of plugins, and the way into the server."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from typing import Any, Final

import click

from dify_runtime_sdk import DifyRuntimeError

from ..assembly import BootRequest, Groundwork, lay_groundwork
from ..configuration.layers import Layer, LayerValues, upper
from ..records import OUT
from ..server.options import OwnedArguments, OwnedOption, plugin_arguments, plugin_options
from ..server.signals import StopSignals

_SETTINGS: Final = {
    "host": "DIFY_BIND_ADDRESS",
    "port": "DIFY_PORT",
    "workers": "SERVER_WORKER_AMOUNT",
    "home": "DIFY_RUNTIME_HOME",
}
"""The setting behind each of the command's own options."""

_META: Final = "dify_runtime.serve"

_ARGUMENTS: Final = "plugin_arguments"
"""The parameter that holds the arguments which are no options."""


@dataclass(slots=True)
class Preparation:
    """What is known before the arguments are parsed: which plugins there are says which arguments there are."""

    signals: StopSignals
    groundwork: Groundwork | None = None
    options: list[tuple[OwnedOption, click.Option]] = field(default_factory=list)
    arguments: OwnedArguments | None = None

    def overrides(self, values: dict[str, Any]) -> dict[str, Any]:
        """The init layer: the setting of each argument that was given."""
        settings = dict(_SETTINGS)
        settings.update({str(option.name): owned.option.setting for owned, option in self.options})
        given = {setting: values[name] for name, setting in settings.items() if values.get(name) is not None}
        if self.arguments is not None and values.get(_ARGUMENTS):
            given[self.arguments.arguments.setting] = list(values[_ARGUMENTS])
        return upper(given)


class ServeCommand(click.Command):
    """A command with the arguments of the plugins that are installed: it looks for them before it parses."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the plugins and their options, then parse; raises `DifyRuntimeError` where that fails."""
        preparation = ctx.meta[_META] = Preparation(ctx.with_resource(StopSignals()))
        try:
            with preparation.signals.exiting():
                self._prepare(ctx, preparation, args)
                return super().parse_args(ctx, args)
        except BaseException:
            ctx.close()  # gives the signals back; click closes only contexts whose arguments it could parse
            raise

    def _prepare(self, ctx: click.Context, preparation: Preparation, args: Sequence[str]) -> None:
        home = last_value("--home", args)
        try:
            overrides = {} if home is None else {_SETTINGS["home"]: home}
            preparation.groundwork = lay_groundwork(BootRequest(overrides=overrides))
        except DifyRuntimeError:
            if any(name in args for name in ctx.help_option_names):
                return  # help must not depend on settings being right
            raise
        preparation.arguments = plugin_arguments(preparation.groundwork)
        taken = [flag for option in super().get_params(ctx) for flag in option.opts]
        for index, owned in enumerate(plugin_options(preparation.groundwork, taken)):
            preparation.options.append((owned, _option(f"plugin_option_{index}", owned)))
        records = preparation.groundwork.discovery.ledger.records
        if preparation.arguments is not None and records[preparation.arguments.plugin].state in OUT:
            preparation.arguments = None  # its options were wrong

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own parameters and those of plugins."""
        prepared = _prepared(ctx)
        return [
            *super().get_params(ctx),
            *([] if prepared.arguments is None else [_arguments(prepared.arguments)]),
            *(option for _, option in prepared.options),
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, each plugin's under its name."""
        prepared = _prepared(ctx)
        if prepared.arguments is not None:
            with formatter.section(f"Arguments of plugin {prepared.arguments.plugin}"):
                metavar = _arguments(prepared.arguments).make_metavar(ctx)
                formatter.write_dl([(metavar, prepared.arguments.arguments.help)])
        own = [option.get_help_record(ctx) for option in super().get_params(ctx)]
        with formatter.section("Options"):
            formatter.write_dl([record for record in own if record is not None])
        for plugin, group in groupby(prepared.options, key=lambda pair: pair[0].plugin):
            records = [option.get_help_record(ctx) for _, option in group]
            with formatter.section(f"Options of plugin {plugin}"):
                formatter.write_dl([record for record in records if record is not None])


def _prepared(ctx: click.Context) -> Preparation:
    found: Preparation = ctx.meta[_META]
    return found


def _option(name: str, owned: OwnedOption) -> click.Option:
    option = owned.option
    if option.flag_value is None:
        return click.Option([option.flag, name], help=option.help)
    return click.Option([option.flag, name], is_flag=True, flag_value=option.flag_value, default=None, help=option.help)


def _arguments(owned: OwnedArguments) -> click.Argument:
    return click.Argument([_ARGUMENTS], nargs=-1, metavar=f"[{owned.arguments.metavar}]...")


def last_value(flag: str, args: Sequence[str]) -> str | None:
    """The value of `flag` in unparsed arguments, the last one if there are several."""
    value = None
    for argument, following in zip_longest(args, args[1:]):
        if argument == "--":
            break
        if argument == flag:
            value = following
        elif argument.startswith(f"{flag}="):
            value = argument.removeprefix(f"{flag}=")
    return value


@click.command(cls=ServeCommand)
@click.option("--host", help="Address to listen on. [DIFY_BIND_ADDRESS; 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, 0 = any. [DIFY_PORT; 5001]")
@click.option("--workers", type=click.IntRange(1), help="Number of processes on the port. [SERVER_WORKER_AMOUNT; 1]")
@click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Directory of everything that is written by default. [DIFY_RUNTIME_HOME; .dify-runtime here]",
)
@click.pass_context
def serve(ctx: click.Context, /, **values: Any) -> None:
    """Start the runtime and serve HTTP.

    Prints one line when it is ready. SIGTERM and Ctrl-C stop it gracefully, a second one at once.
    """
    from ..server.run import serve as run  # asks for sockets and locks: not what `--help` needs

    preparation = _prepared(ctx)
    if preparation.groundwork is None:
        raise RuntimeError("the arguments were parsed without the groundwork")
    overrides = preparation.overrides(values)
    if overrides:
        preparation.groundwork.layers.put(LayerValues(Layer.INIT, overrides))
    with preparation.signals.exiting():
        ctx.exit(run(preparation.groundwork, preparation.signals))
