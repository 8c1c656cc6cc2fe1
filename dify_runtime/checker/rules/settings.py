"""DR4xx: the settings a plugin declares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..case import Case, rule
from ..facts import SettingFact
from ..findings import Issue, Severity


@rule("DR401")
def settings_are_described(case: Case) -> Iterator[Issue]:
    """Every setting has a description: the reference is generated from it."""
    for setting in _settings(case):
        if not setting.described:
            yield _issue(setting, f"setting {setting.name} has no description", "add Field(description=...)")


@rule("DR402")
def secrets_are_secret(case: Case) -> Iterator[Issue]:
    """A setting named like a secret is typed as one, so that no log and no error shows it."""
    for setting in _settings(case):
        if setting.exposed:
            yield _issue(setting, f"setting {setting.name} is named like a secret and is plain text", "use SecretStr")


@rule("DR403")
def settings_do_not_clash(case: Case) -> Iterator[Issue]:
    """A name that other plugins use too has the same type and default there."""
    for other in case.others:
        claimed = {setting.name: setting for setting in other.settings}
        for setting in _settings(case):
            there = claimed.get(setting.name)
            if there is not None and (there.type, there.default) != (setting.type, setting.default):
                message = f"setting {setting.name} has another type or default in plugin {other.name!r}"
                yield _issue(setting, message, f"use {there.type} with the default it has there, or another name")


@rule("DR404", Severity.WARNING)
def settings_are_typed(case: Case) -> Iterator[Issue]:
    """A setting's type says what it may be."""
    for setting in _settings(case):
        if setting.untyped:
            yield _issue(setting, f"setting {setting.name} takes anything", "give it a type")


def _settings(case: Case) -> Iterator[SettingFact]:
    """The settings of the subject, each once."""
    seen: set[tuple[str, str]] = set()
    for setting in (setting for plugin in case.plugins for setting in plugin.settings):
        if (setting.model, setting.name) not in seen:
            seen.add((setting.model, setting.name))
            yield setting


def _issue(setting: SettingFact, message: str, hint: str) -> Issue:
    return Issue(message, hint, Path(setting.file) if setting.file else None, setting.line)


RULES: Final = (settings_are_described, secrets_are_secret, settings_do_not_clash, settings_are_typed)
