"""The arguments that plugins add to `serve`, checked; a plugin whose arguments clash has failed to contribute."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from dify_runtime_sdk import DifyRuntimeError, DuplicateNameError, PluginError, ServeOption

from ..assembly import Groundwork
from ..bootstrap import BootstrapSettings
from ..records import OUT

_FLAG: Final = re.compile(r"--[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class OwnedOption:
    """An argument of `serve` with the plugin that adds it."""

    plugin: str
    option: ServeOption


def plugin_options(groundwork: Groundwork, taken: Collection[str]) -> list[OwnedOption]:
    """The arguments of all plugins, by plugin name; `taken` are the flags that `serve` has itself.

    A plugin with a wrong or taken flag brings none, and is recorded as failed in the phase "contribute"; the outcome
    table says whether that stops the boot.
    """
    ledger = groundwork.discovery.ledger
    owners = dict.fromkeys(taken, "")
    found: list[OwnedOption] = []
    for name, declaration in groundwork.discovery.declarations.items():
        if ledger.records[name].state in OUT:
            continue
        try:
            owners.update(_checked(name, declaration.serve_options, owners))
        except DifyRuntimeError as error:
            ledger.fail(name, "contribute", error)
        else:
            found.extend(OwnedOption(name, option) for option in declaration.serve_options)
    return found


def _checked(plugin: str, options: Iterable[ServeOption], owners: dict[str, str]) -> dict[str, str]:
    """The flags of one plugin with their owner; raises `PluginError` or `DuplicateNameError`."""
    claimed: dict[str, str] = {}
    for option in options:
        if not isinstance(option, ServeOption):
            raise PluginError(f"serve_options holds {option!r}", hint="it must hold ServeOption objects")
        if not _FLAG.fullmatch(option.flag):
            hint = "write it like --some-thing: lower-case letters, digits and inner hyphens"
            raise PluginError(f"{option.flag!r} is not a flag of `serve`", hint=hint)
        if option.setting.upper() in BootstrapSettings.model_fields:
            reason = f"{option.flag} sets {option.setting}, which is read before plugins are asked for their options"
            raise PluginError(reason, hint="let it set one of the plugin's own settings")
        owner = {**owners, **claimed}.get(option.flag)
        if owner is not None:
            holder = f"plugin {owner!r}" if owner else "`serve` itself"
            raise DuplicateNameError(
                f"the flag {option.flag} of plugin {plugin!r} is taken by {holder}",
                hint="rename it, or deny one of the plugins",
            )
        claimed[option.flag] = plugin
    return claimed
