"""What plugins add to the arguments of `serve`, checked; a plugin whose arguments clash has failed to contribute."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from dify_runtime_sdk import DifyRuntimeError, DuplicateNameError, PluginError, ServeArguments, ServeOption

from ..assembly import Groundwork
from ..bootstrap import BootstrapSettings
from ..records import OUT

_FLAG: Final = re.compile(r"--[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class OwnedOption:
    """An argument of `serve` with the plugin that adds it."""

    plugin: str
    option: ServeOption


@dataclass(frozen=True, slots=True)
class OwnedArguments:
    """What becomes of the arguments of `serve` that are no options, with the plugin that takes them."""

    plugin: str
    arguments: ServeArguments


def plugin_arguments(groundwork: Groundwork) -> OwnedArguments | None:
    """Who takes the arguments that are no options; None when nobody does.

    A second plugin that wants them, and one that declares them wrongly, is recorded as failed in the phase
    "contribute". Call it before `plugin_options`, which leaves such plugins out.
    """
    ledger = groundwork.discovery.ledger
    found: OwnedArguments | None = None
    for name, declaration in groundwork.discovery.declarations.items():
        arguments = declaration.serve_arguments
        if arguments is None or ledger.records[name].state in OUT:
            continue
        try:
            _check_arguments(name, arguments, found)
        except DifyRuntimeError as error:
            ledger.fail(name, "contribute", error)
        else:
            found = OwnedArguments(name, arguments)
    return found


def _check_arguments(plugin: str, arguments: object, holder: OwnedArguments | None) -> None:
    """Raises `PluginError` or `DuplicateNameError`."""
    if not isinstance(arguments, ServeArguments):
        raise PluginError(f"serve_arguments is {arguments!r}", hint="it must be a ServeArguments object")
    _check_setting(f"the arguments of plugin {plugin!r}", arguments.setting)
    if holder is not None:
        raise DuplicateNameError(
            f"the arguments of `serve` that plugin {plugin!r} wants are taken by plugin {holder.plugin!r}",
            hint="deny one of the plugins",
        )


def _check_setting(subject: str, setting: str) -> None:
    """Raises `PluginError` for a setting that has its effect before arguments are known."""
    if setting.upper() in BootstrapSettings.model_fields:
        reason = f"{subject} sets {setting}, which is read before plugins are asked for their options"
        raise PluginError(reason, hint="let it set one of the plugin's own settings")


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
        _check_setting(option.flag, option.setting)
        owner = {**owners, **claimed}.get(option.flag)
        if owner is not None:
            holder = f"plugin {owner!r}" if owner else "`serve` itself"
            raise DuplicateNameError(
                f"the flag {option.flag} of plugin {plugin!r} is taken by {holder}",
                hint="rename it, or deny one of the plugins",
            )
        claimed[option.flag] = plugin
    return claimed
