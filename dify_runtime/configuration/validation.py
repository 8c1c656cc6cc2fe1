"""Validation of one settings model from the layers, with errors that name variable, layer and owner, never a secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import InitSettingsSource

from dify_runtime_sdk import Settings, SettingsError, environment_names, is_secret, prefix_of

from .layers import Found, Layers

_PLAIN = (str, int, float, bool)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of one plugin's model."""

    name: str
    names: tuple[str, ...]
    info: FieldInfo
    owner: str

    @property
    def secret(self) -> bool:
        """Whether its value must never be shown."""
        return is_secret(self.names[0], self.info)

    @property
    def prefix(self) -> str | None:
        """What the names begin with that this field takes, if they are not known in advance."""
        return prefix_of(self.info)

    def member(self, name: str) -> "SettingField | None":
        """One setting of a prefixed field, under its upper-case name; None if the field does not take that name."""
        if self.prefix is None or not name.startswith(self.prefix) or name in (self.prefix, *self.names):
            return None
        kind = (get_args(self.info.annotation) or (Any,))[-1]
        info = FieldInfo.from_annotated_attribute(kind, Field(None, description=self.info.description))
        return replace(self, names=(name,), info=info)


def fields_of(model: type[Settings], owner: str) -> Iterator[SettingField]:
    """The settings that a model declares."""
    for name, info in model.model_fields.items():
        yield SettingField(name, environment_names(name, info), info, owner)


def members_of(model: type[Settings], setting: SettingField, layers: Layers) -> Iterator[SettingField]:
    """The settings that a prefixed field takes from the layers: those that no other field of the model declares."""
    declared = {name for other in fields_of(model, setting.owner) for name in other.names}
    for name in layers.members(setting.prefix or ""):
        member = setting.member(name)
        if member is not None and name not in declared:
            yield member


def validate[S: Settings](model: type[S], owner: str, layers: Layers) -> S:
    """An instance of `model` from what the layers say; raises `SettingsError` with every problem of the model."""
    values: dict[str, Any] = {}
    found: dict[str, Found] = {}
    problems: list[str] = []
    for setting in fields_of(model, owner):
        if setting.prefix is not None:
            taken = {one.names[0]: next(layers.find(one.names)) for one in members_of(model, setting, layers)}
            if taken:
                values[setting.name] = {name.removeprefix(setting.prefix): one.value for name, one in taken.items()}
            found.update(taken)
            continue
        first = next(layers.find(setting.names), None)
        if first is None:
            continue
        found[setting.names[0]] = first
        try:
            values[setting.name] = _value(model, setting, layers)
        except ValueError:
            problems.append(_problem(setting, first, "must be valid JSON"))
    if not problems:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            problems = list(_problems(model, owner, found, error))
    raise SettingsError("; ".join(problems), hint=f"correct or unset it; plugin {owner!r} owns it")


def _value(model: type[Settings], setting: SettingField, layers: Layers) -> Any:
    """The value of the highest layer; mappings are merged over all layers, the higher ones win."""
    merged: Any = _MISSING
    for found in layers.find(setting.names):
        value = _decoded(model, setting, found.value)
        if merged is _MISSING:
            merged = value
        elif isinstance(merged, Mapping) and isinstance(value, Mapping):
            merged = _merge(value, merged)
        if not isinstance(merged, Mapping):
            break
    return merged


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(below, value) if both else value  # type: ignore[arg-type]  # `both` narrows both
    return merged


def _decoded(model: type[Settings], setting: SettingField, value: Any) -> Any:
    if setting.info.annotation in _PLAIN or not isinstance(value, str):
        return value
    source = InitSettingsSource(model, {})  # pydantic-settings decides what is written as JSON, and reads it
    if source.field_is_complex(setting.info):
        return source.decode_complex_value(setting.name, setting.info, value)
    return value


def _problems(model: type[Settings], owner: str, found: Mapping[str, Found], error: ValidationError) -> Iterator[str]:
    by_name = {name: setting for setting in fields_of(model, owner) for name in (setting.name, *setting.names)}
    for detail in error.errors(include_input=False, include_url=False):
        key = str(detail["loc"][0]) if detail["loc"] else ""
        setting = by_name.get(key) or by_name.get(key.upper())
        if setting is None:  # a validator of the whole model: it speaks of several settings
            yield f"settings of plugin {owner!r}: {detail['msg']}"
            continue
        if setting.prefix is not None and len(detail["loc"]) > 1:
            setting = setting.member(f"{setting.prefix}{detail['loc'][1]}") or setting
        yield _problem(setting, found.get(setting.names[0]), detail["msg"])


def _problem(setting: SettingField, found: Found | None, message: str) -> str:
    if setting.secret and found is not None:
        message = "the value is not valid"  # a validator's own words could quote it
    name, layer = (found.name, f"from {found.source.label}") if found else (setting.names[0], "not set")
    return f"{name} ({layer}, owned by plugin {setting.owner!r}): {message}"
