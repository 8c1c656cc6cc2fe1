"""The settings of one runtime: every plugin's validated model, and what explains each value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticUndefined

from dify_runtime_sdk import Settings, SettingsError

from .layers import Found, Layer, Layers, LayerValues, upper
from .validation import SettingField, fields_of, members_of, validate

MASK = "********"
"""Shown in place of a secret."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where the value of one setting comes from. `found` holds the layers that have it, the winner first."""

    setting: SettingField
    found: tuple[Found, ...]
    owners: tuple[str, ...]

    @property
    def layer(self) -> str:
        """The layer that gave the value."""
        return self.found[0].source.label if self.found else str(Layer.DEFAULT)

    def shown(self, value: Any) -> Any:
        """A value as it may be shown: secrets are masked, also wrong ones, unless there is nothing in them."""
        return MASK if self.setting.secret and value not in (None, "", {}) else value

    def default(self) -> Any:
        """The default of the field, or None when it must be set."""
        value = self.setting.info.get_default(call_default_factory=True, validated_data={})
        return None if value is PydanticUndefined else self.shown(_plain(value))

    def to_json(self) -> dict[str, Any]:
        """The explanation as one JSON object."""
        return {
            "name": self.setting.names[0],
            "value": self.shown(self.found[0].value) if self.found else self.default(),
            "layer": self.layer,
            "variable": self.found[0].name if self.found else None,
            "lost": [
                {"layer": other.source.label, "variable": other.name, "value": self.shown(other.value)}
                for other in self.found[1:]
            ],
            "owners": list(self.owners),
            "default": self.default(),
            "description": self.setting.info.description,
        }


def _plain(value: Any) -> Any:
    reveal = getattr(value, "get_secret_value", None)
    return reveal() if reveal is not None else value


class SettingsStore:
    """All validated models of a runtime. Values are replaced as a whole, so that readers see one state or the next."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self._owners: dict[type[Settings], list[str]] = {}
        self._instances: dict[type[Settings], Settings] = {}

    def claim(self, owner: str, model: type[Settings]) -> None:
        """Note that `owner` declares `model`."""
        owners = self._owners.setdefault(model, [])
        if owner not in owners:
            owners.append(owner)

    def validate(self, owner: str, model: type[Settings]) -> Settings:
        """Claim and validate a model; raises `SettingsError`."""
        self.claim(owner, model)
        instance = self._instances[model] = validate(model, owner, self.layers)
        return instance

    def get[S: Settings](self, model: type[S]) -> S:
        """The validated instance of `model`; raises `SettingsError` when nobody declared it."""
        instance = self._instances.get(model)
        if not isinstance(instance, model):
            hint = "declare it as the `settings` of a plugin"
            raise SettingsError(f"settings model {model.__qualname__} is not declared by any plugin here", hint=hint)
        return instance

    def check_clashes(self) -> None:
        """Raise `SettingsError` where two plugins claim one name with another type or default."""
        claims: dict[str, SettingField] = {}
        for setting in self.fields():
            other = claims.setdefault(setting.names[0], setting)
            if not _same(other, setting):
                raise SettingsError(
                    f"setting {setting.names[0]} is claimed by plugin {other.owner!r} as {_signature(other)} and by "
                    f"plugin {setting.owner!r} as {_signature(setting)}",
                    hint="give both the same type and default, rename one, or deny one of the plugins",
                )

    def fields(self) -> Iterator[SettingField]:
        """Every declared setting; one that several plugins declare comes once per plugin."""
        for model, owners in self._owners.items():
            for owner in owners:
                yield from fields_of(model, owner)

    def names(self) -> Iterator[str]:
        """The preferred name of every declared setting, and those that the layers have for a prefixed one."""
        for model, owners in self._owners.items():
            for setting in fields_of(model, owners[0]):
                yield setting.names[0]
                if setting.prefix is not None:
                    yield from (member.names[0] for member in members_of(model, setting, self.layers))

    def models(self) -> Mapping[type[Settings], tuple[str, ...]]:
        """The declared models, each with its owners."""
        return {model: tuple(owners) for model, owners in self._owners.items()}

    def explain(self, name: str) -> Explanation | None:
        """Where the setting under this name (any case, or an alias) gets its value; None when nobody declares it."""
        wanted = name.upper()
        matches = [setting for setting in self.fields() if wanted in setting.names]
        matches.sort(key=lambda setting: setting.names.index(wanted))
        if not matches:
            members = (setting.member(wanted) for setting in self.fields())
            matches = [member for member in members if member is not None]
        if not matches:
            return None
        names = matches[0].names
        owners = tuple(dict.fromkeys(setting.owner for setting in matches if setting.names == names))
        return Explanation(matches[0], tuple(self.layers.find(names)), owners)

    def replace_remote(self, values: Mapping[str, str], origin: str) -> frozenset[str]:
        """Take new remote values: all models are validated first, and the old state stays if one refuses.

        Returns the names whose remote value changed.
        """
        layers = Layers(list(self.layers.stack))
        before = _remote(layers.stack)
        layers.put(LayerValues(Layer.REMOTE, upper(values), origin))
        after = _remote(layers.stack)
        changed = frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        instances = {model: validate(model, self._owners[model][0], layers) for model in self._instances}
        self.layers, self._instances = layers, instances
        return changed


def _remote(stack: Iterable[LayerValues]) -> Mapping[str, Any]:
    return next((source.values for source in stack if source.layer is Layer.REMOTE), {})


def _signature(setting: SettingField) -> str:
    default = "secret" if setting.secret else repr(setting.info.get_default(call_default_factory=False))
    return f"{_type_name(setting)} = {default}"


def _type_name(setting: SettingField) -> str:
    annotation = setting.info.annotation
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _same(one: SettingField, two: SettingField) -> bool:
    if one.info is two.info:
        return True
    same_default = one.info.default == two.info.default and one.info.default_factory == two.info.default_factory
    return one.info.annotation == two.info.annotation and same_default
