"""The one composed class: all settings of all plugins as fields of one model, derived from their own models.

Plugins read their own models; this class exists for documentation (its JSON Schema) and for tools that expect one
pydantic-settings class with everything in it. One bad value makes the whole instance invalid, as it would there.
"""

from copy import copy
from typing import Any

from pydantic import create_model
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from dify_runtime_sdk import Settings, environment_names

from .layers import LayerValues
from .store import SettingsStore


class LayerSource(PydanticBaseSettingsSource):
    """One resolved layer as a source of pydantic-settings; text is read as JSON where the field is not plain."""

    def __init__(self, settings_cls: type[BaseSettings], layer: LayerValues) -> None:
        super().__init__(settings_cls)
        self._layer = layer
        self._reader = InitSettingsSource(settings_cls, {})

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of a field in this layer, the name it has there, and whether it is still JSON text."""
        for name in environment_names(field_name, field):
            if name in self._layer.values:
                value = self._layer.values[name]
                return value, name, isinstance(value, str) and self._reader.field_is_complex(field)
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The fields that this layer sets; raises `ValueError` where one is not valid JSON and should be."""
        found: dict[str, Any] = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, name, encoded = self.get_field_value(field, field_name)
            if name in self._layer.values:
                found[field_name] = self._reader.decode_complex_value(field_name, field, value) if encoded else value
        return found


def compose(store: SettingsStore) -> type[BaseSettings]:
    """One settings class with every declared setting, whose instances read the layers of `store`.

    The models are inherited from, so that their validators hold; a field name that two models use for different
    settings is added under its environment name.
    """
    layers = tuple(store.layers.stack)

    class Composed(Settings):
        """Every declared setting, read from the layers."""

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings, *(LayerSource(settings_cls, layer) for layer in layers))

    models = _most_derived(store)
    composed = create_model("ComposedSettings", __base__=(Composed, *models))
    missing = _shadowed(store, composed)
    return create_model("ComposedSettings", __base__=composed, **missing) if missing else composed


def _most_derived(store: SettingsStore) -> list[type[Settings]]:
    """The declared models without those that another one inherits from, in an order that does not depend on theirs."""
    models = sorted(store.models(), key=lambda model: (model.__module__, model.__qualname__))
    return [model for model in models if not any(other is not model and issubclass(other, model) for other in models)]


def _shadowed(store: SettingsStore, composed: type[BaseSettings]) -> dict[str, Any]:
    """The settings whose field name another model took, by their environment name."""
    there = {environment_names(name, field)[0] for name, field in composed.model_fields.items()}
    return {
        setting.names[0]: (setting.info.annotation, copy(setting.info))
        for setting in store.fields()
        if setting.names[0] not in there
    }
