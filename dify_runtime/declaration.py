"""The rules a plugin's declaration must keep; broken ones are errors that say what to write instead."""

import re
from collections.abc import Iterable
from typing import Any

from dify_runtime_sdk import ROLES, Plugin, PluginError, Provides, Settings

NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
"""What a plugin's name looks like."""


def check_declaration(name: str, declaration: Any) -> None:
    """Raise `PluginError` unless `declaration` is a subclass of `Plugin` whose attributes make sense."""
    if not (isinstance(declaration, type) and issubclass(declaration, Plugin)):
        raise PluginError(
            f"entry point {name!r} is {type(declaration).__name__} {declaration!r}",
            hint="it must name a subclass of dify_runtime_sdk.Plugin",
        )
    if not NAME.fullmatch(name):
        raise PluginError(f"{name!r} is not a plugin name", hint="use lower-case letters, digits and inner hyphens")
    for attribute in ("requires", "after", "before"):
        _check_names(declaration, attribute, getattr(declaration, attribute))
    _check_names(declaration, "provides", [one.capability for one in provided(declaration)])
    _check_settings(declaration)
    wrong = sorted(set(declaration.roles) - ROLES)
    if wrong:
        hint = f"use a set of {', '.join(sorted(ROLES))}"
        raise PluginError(f"{declaration.__qualname__}.roles holds {', '.join(map(repr, wrong))}", hint=hint)


def provided(declaration: type[Plugin]) -> list[Provides]:
    """The capabilities a plugin declares, in one form; raises `PluginError` for a bare string."""
    if isinstance(declaration.provides, str):
        raise _not_a_sequence(declaration, "provides")
    return [Provides(one) if isinstance(one, str) else one for one in declaration.provides]


def _check_names(declaration: type[Plugin], attribute: str, names: Iterable[str]) -> None:
    if isinstance(names, str):
        raise _not_a_sequence(declaration, attribute)
    for one in names:
        if not isinstance(one, str) or not one:
            raise PluginError(f"{declaration.__qualname__}.{attribute} holds {one!r}", hint="it must hold names")


def _not_a_sequence(declaration: type[Plugin], attribute: str) -> PluginError:
    value = getattr(declaration, attribute)
    return PluginError(f"{declaration.__qualname__}.{attribute} is the text {value!r}", hint=f"write ({value!r},)")


def _check_settings(declaration: type[Plugin]) -> None:
    model = declaration.settings
    if model is not None and not (isinstance(model, type) and issubclass(model, Settings)):
        raise PluginError(
            f"{declaration.__qualname__}.settings is {model!r}",
            hint="it must be a subclass of dify_runtime_sdk.Settings",
        )
    for capability, setting in declaration.selects.items():
        if model is None or setting not in model.model_fields:
            raise PluginError(
                f"{declaration.__qualname__}.selects names {setting!r} for capability {capability!r}",
                hint="it must be a field of the plugin's own settings",
            )
