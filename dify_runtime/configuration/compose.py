"""The one composed class: all settings of all plugins as fields of one model, derived from their own models.

Plugins read their own models; this class exists for documentation (its JSON Schema) and for programs that expect one
pydantic-settings class with everything in it. One bad value makes the whole instance invalid, as it would there.
"""

from copy import copy
from typing import Any

from pydantic import create_model
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from dify_runtime_sdk import Settings

from .store import SettingsStore
from .validation import fields_of, validate


class StoreSource(PydanticBaseSettingsSource):
    """The layers of a store, read through the models that declare the settings, so that their validators hold."""

    def __init__(self, settings_cls: type[BaseSettings], store: SettingsStore) -> None:
        super().__init__(settings_cls)
        self._store = store

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of one field, its name, and False: nothing is left to decode. Raises `SettingsError`."""
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The value of every field; raises `SettingsError` for the first model that refuses what the layers say."""
        found: dict[str, Any] = {}
        for model, owners in self._store.models().items():
            instance = validate(model, owners[0], self._store.layers)
            for setting in fields_of(model, owners[0]):
                found.setdefault(setting.names[0], getattr(instance, setting.name))
        return found


def compose(store: SettingsStore) -> type[BaseSettings]:
    """One settings class with every setting of `store` under its environment name; instances read its layers."""

    class Composed(Settings):
        """Every declared setting."""

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """Read the constructor's arguments, then the layers."""
            return init_settings, StoreSource(settings_cls, store)

    fields: dict[str, Any] = {}
    for setting in store.fields():
        fields.setdefault(setting.names[0], (setting.info.annotation, copy(setting.info)))
    return create_model("ComposedSettings", __base__=Composed, **fields)
