"""The commands that plugins contribute, found without settings, services or a boot."""

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import click

from dify_runtime_sdk import Command, DifyRuntimeError, Plugin, PluginError

from ..assembly import BootRequest, instantiate
from ..errors import ContributionFailed
from ..hooks import HookBook
from ..records import State, describe
from .lazy import load_target
from .survey import lay_lenient_groundwork


@dataclass(frozen=True, slots=True)
class ContributedCommands:
    """What plugins add to the command line: by name the owners with their commands, and what went wrong by plugin."""

    offers: Mapping[str, list[tuple[str, Command]]]
    faults: Mapping[str, str]
    problems: list[DifyRuntimeError] = field(default_factory=list)

    def load(self, name: str) -> click.Command | None:
        """The command under this name; None when nobody offers it.

        Raises `PluginError` when several plugins offer it, or the owner's code cannot be imported.
        """
        offers = self.offers.get(name, [])
        if not offers:
            return None
        if len(offers) > 1:
            owners = " and by plugin ".join(repr(owner) for owner, _ in offers)
            hint = f"deny one of them, for example DIFY_PLUGINS_DENY={offers[-1][0]}"
            raise PluginError(f"command {name!r} is contributed by plugin {owners}", hint=hint)
        owner, command = offers[0]
        try:
            loaded = load_target(command.target)
        except Exception as error:  # the plugin's own modules are imported here
            hint = f"run `dify-runtime plugins check {owner}`"
            message = f"command {name!r} of plugin {owner!r} cannot be loaded: {describe(error)}"
            raise PluginError(message, hint=hint) from error
        if not isinstance(loaded, click.Command):
            message = f"command {name!r} of plugin {owner!r} is {type(loaded).__name__} at {command.target}"
            raise PluginError(message, hint="it must be a click command or group")
        return loaded


def find_commands(reserved: Mapping[str, Any]) -> ContributedCommands:
    """Ask every selected plugin for its commands, each on its own; names in `reserved` are the host's."""
    problems: list[DifyRuntimeError] = []
    with redirect_stdout(sys.stderr):  # what a plugin prints while it is imported is not the command's output
        discovery = lay_lenient_groundwork(BootRequest(), problems).discovery
        records = discovery.ledger.records.values()
        faults = {record.name: record.error or "" for record in records if record.state is State.FAILED}
        plugins = _instances(discovery.declarations, faults)
        contributions = _ask(plugins, faults)
    offers: dict[str, list[tuple[str, Command]]] = {}
    for owner, command in contributions:
        if not isinstance(command, Command):
            faults[owner] = f"hook 'commands' gave {command!r}"
        elif command.name in reserved:
            faults[owner] = f"command {command.name!r} is the runtime's own"
        else:
            offers.setdefault(command.name, []).append((owner, command))
    return ContributedCommands(offers, faults, problems)


def _instances(declarations: Mapping[str, type[Plugin]], faults: dict[str, str]) -> dict[str, Plugin]:
    plugins: dict[str, Plugin] = {}
    for name, declaration in declarations.items():
        try:
            plugins[name] = instantiate(name, declaration)
        except Exception as error:  # a plugin's own constructor
            faults[name] = describe(error)
    return plugins


def _ask(plugins: dict[str, Plugin], faults: dict[str, str]) -> list[tuple[str, Any]]:
    """What the plugins contribute; one that fails is left out and the others are asked again."""
    while True:
        try:
            return HookBook(plugins).call("commands", _no_arguments)
        except ContributionFailed as error:
            faults[error.plugin] = error.reason
            del plugins[error.plugin]


def _no_arguments(_plugin: str) -> Mapping[str, Any]:
    return {}
