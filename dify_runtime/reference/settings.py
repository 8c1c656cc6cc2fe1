"""The settings reference, from the models themselves."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ..configuration.compose import compose
from ..configuration.store import Explanation, SettingsStore
from ..configuration.validation import SettingField
from ..services import HOST
from .markdown import code, table
from .types import is_comma_list, type_text

_INTRODUCTION = """\
# Settings

Every plugin declares its own settings; together they are one flat namespace of names, which are case-insensitive.
A value is looked up in these layers, the highest first: arguments of the command line, environment variables, the
remote config source, `.env`, the secrets directory, TOML files; then the default. `dify-runtime config explain NAME`
says which one gave a value. Lists and objects are written as JSON unless the type says otherwise.
"""


def render_settings(store: SettingsStore) -> str:
    """The settings that `store` has claims for as a Markdown page, the host's own first."""
    lines = [_INTRODUCTION]
    for owner, settings in by_owner(store).items():
        lines += [f"## {owner_title(owner)}", ""]
        lines += table(("Name", "Type", "Default", "Meaning"), map(_row, settings))
    return "\n".join(lines)


def owner_title(owner: str) -> str:
    """The heading of an owner's settings."""
    return "The runtime itself" if owner == HOST else f"Plugin {code(owner)}"


def by_owner(store: SettingsStore) -> dict[str, list[SettingField]]:
    """The settings by the plugin that declares them, the host's first, in the order of its model.

    What several declare is under the first of them by name.
    """
    groups: dict[str, list[SettingField]] = {}
    seen: set[str] = set()
    for setting in sorted(store.fields(), key=lambda one: (one.owner != HOST, one.owner)):
        if setting.names[0] not in seen:
            seen.add(setting.names[0])
            groups.setdefault(setting.owner, []).append(setting)
    return groups


def _row(setting: SettingField) -> tuple[str, str, str, str]:
    name, *aliases = setting.names
    also = f" (also {', '.join(map(code, aliases))})" if aliases else ""
    secret = " **Secret.**" if setting.secret else ""
    return code(name) + also, type_text(setting.info), default_text(setting), (setting.info.description or "") + secret


def default_text(setting: SettingField) -> str:
    """The default of a setting as one would write it; secrets masked."""
    if setting.info.is_required():
        return "required"
    value = Explanation(setting, (), ()).default()
    if value is None:
        return "unset"
    return code(written(setting, value)) if written(setting, value) else "empty"


def written(setting: SettingField, value: Any) -> str:
    """A default in the form in which the setting takes it: text, a comma list or JSON."""
    if isinstance(value, str):
        return value
    if is_comma_list(setting.info):
        return ",".join(map(str, value))
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)


def settings_schema(store: SettingsStore) -> dict[str, Any]:
    """The same as one JSON Schema: `x-owners` and `x-names` say whose a setting is and what else it is called."""
    schema = compose(store).model_json_schema(schema_generator=_LenientSchema)
    properties = schema.get("properties", {})
    for name, described in properties.items():
        explanation = store.explain(name)
        if explanation is not None:
            described["x-owners"] = list(explanation.owners)
            described["x-names"] = list(explanation.setting.names)
            if explanation.setting.secret:
                described["writeOnly"] = True
                described.pop("default", None)
    return schema


class _LenientSchema(GenerateJsonSchema):
    """Describes what JSON Schema has no words for as anything at all."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as the base class has it

    def handle_invalid_for_json_schema(self, schema: core_schema.CoreSchema, error_info: str) -> JsonSchemaValue:
        return {}
