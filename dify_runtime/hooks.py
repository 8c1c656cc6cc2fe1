"""Hook calls: registration with pluggy in the resolved order, and one isolated call per plugin."""

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

import pluggy

from dify_runtime_sdk import PROJECT, DifyRuntimeError, Plugin
from dify_runtime_sdk.hookspecs import CORE_HOOKS

from .errors import ContributionFailed
from .records import describe

type Contribution = tuple[str, Any]
"""A plugin's name and one value it contributed."""


_OF_EVERY_PLUGIN: Final = frozenset(dir(Plugin))
"""Attributes that all plugins have; none of them is a hook."""


class _Manager(pluggy.PluginManager):
    """Looks for hooks among a plugin's own attributes alone: a static look at each costs more than all else here."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        return None if name in _OF_EVERY_PLUGIN else super().parse_hookimpl_opts(plugin, name)


class HookBook:
    """The hooks of one runtime: who implements what, called plugin by plugin in the resolved order."""

    def __init__(self, plugins: Mapping[str, Plugin]) -> None:
        """Register `plugins`, given in the resolved order.

        Raises `ContributionFailed` for a plugin whose implementation does not fit its specification.
        """
        self._manager = _Manager(PROJECT)
        for specification in CORE_HOOKS:
            self._manager.add_hookspecs(specification)
        # pluggy calls the last registered first: registering in reverse makes its calls follow our order
        for name, plugin in reversed(list(plugins.items())):
            try:
                self._manager.register(plugin, name)
            except pluggy.PluginValidationError as error:
                raise ContributionFailed(name, _first_line(error), hint="compare it with the hook reference") from error
        for name, points in self.call("extension_points", _no_arguments):
            self._add_specification(name, points)
        self._check()

    def _add_specification(self, owner: str, specification: type[Any]) -> None:
        try:
            self._manager.add_hookspecs(specification)
        except (ValueError, pluggy.PluginValidationError) as error:
            blamed = getattr(getattr(error, "plugin", None), "name", owner)
            raise ContributionFailed(blamed, _first_line(error)) from error

    def _check(self) -> None:
        """Refuse hooks that nobody specifies, and pluggy wrappers."""
        known = [name for name, caller in vars(self._manager.hook).items() if getattr(caller, "has_spec", bool)()]
        for name, caller in sorted(vars(self._manager.hook).items()):
            for implementation in caller.get_hookimpls():
                if name not in known and not implementation.optionalhook:
                    nearest = difflib.get_close_matches(name, known, n=1)
                    hint = f"did you mean {nearest[0]!r}?" if nearest else "see the hook reference"
                    raise ContributionFailed(implementation.plugin_name, f"unknown hook {name!r}", hint=hint)
                if implementation.wrapper or implementation.hookwrapper:
                    reason = f"hook {name!r} is implemented as a pluggy wrapper"
                    raise ContributionFailed(implementation.plugin_name, reason, hint="use an interceptor instead")
        self._manager.check_pending()

    def call(
        self, hook: str, arguments: Callable[[str], Mapping[str, Any]], only: Collection[str] | None = None
    ) -> list[Contribution]:
        """What each plugin returned from `hook`, flattened, with arguments made for it by `arguments(name)`.

        `only` limits the plugins that are asked. Raises `ContributionFailed` against the plugin whose implementation
        raised or returned no iterable.
        """
        caller = getattr(self._manager.hook, hook, None)
        if caller is None:
            raise DifyRuntimeError(f"nobody specifies the hook {hook!r}", hint="offer it by `extension_points` first")
        found: list[Contribution] = []
        for implementation in reversed(caller.get_hookimpls()):
            name = implementation.plugin_name
            if only is None or name in only:
                values = _call_one(name, hook, implementation, arguments(name))
                found.extend((name, value) for value in values)
        return found

    def implementations(self) -> dict[str, list[str]]:
        """The plugins behind each hook that anybody implements, in calling order."""
        callers = sorted(vars(self._manager.hook).items())
        named = {name: [one.plugin_name for one in reversed(caller.get_hookimpls())] for name, caller in callers}
        return {name: plugins for name, plugins in named.items() if plugins}


def _no_arguments(_name: str) -> Mapping[str, Any]:
    return {}


def _call_one(name: str, hook: str, implementation: Any, given: Mapping[str, Any]) -> Iterable[Any]:
    try:
        result = implementation.function(*(given[argument] for argument in implementation.argnames))
        return () if result is None else tuple(result)
    except ContributionFailed:
        raise
    except Exception as error:
        raise ContributionFailed(name, f"hook {hook!r}: {describe(error)}") from error


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).split())
