"""Settings models: one pydantic model per plugin, validated on its own from the layers that the host resolves."""

from dataclasses import dataclass

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

_SECRET_WORDS = ("PASSWORD", "SECRET", "TOKEN", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "DSN", "CREDENTIAL")


@dataclass(frozen=True, slots=True)
class Prefixed:
    """Marks a mapping field that takes every setting whose name begins with `prefix` (upper case, with its `_`).

    For names that a model cannot know: `OPTIONS: Annotated[dict[str, SecretStr], Prefixed("OPENDAL_")]`. The value maps
    the rest of each name, in upper case, to what the highest layer that has it says; it is not read as JSON. Names that
    other fields of the same model declare are left out. Type the values as secrets unless none can ever be one.
    """

    prefix: str


class Settings(BaseSettings):
    """Base of every plugin's settings model.

    A field's name, or its `validation_alias`, is the environment name: names are case-insensitive, flat and shared by
    all plugins, so use Dify's name where Dify has one. Give every field a `description`: the reference is generated
    from it. Type a secret as `pydantic.SecretStr`. A list, mapping or model is written as JSON.

    Unlike a plain `BaseSettings`, an instance reads nothing by itself: `MySettings(PORT=1)` holds exactly that, which
    is what a test wants. The host passes in what its layers say.
    """

    # defer_build: a model that others are put together from is never validated by itself
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", validate_default=False, populate_by_name=True, defer_build=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read from the constructor alone; the host owns the layers."""
        return (init_settings,)


def prefix_of(field: FieldInfo) -> str | None:
    """The prefix of the names that `field` takes, if it is `Prefixed`."""
    return next((one.prefix for one in field.metadata if isinstance(one, Prefixed)), None)


def environment_names(name: str, field: FieldInfo) -> tuple[str, ...]:
    """All names under which `field` can be set, the preferred one first, in upper case; a pattern if `Prefixed`."""
    prefix = prefix_of(field)
    if prefix is not None:
        return (f"{prefix}*",)
    alias = field.validation_alias
    if alias is None:
        return (name.upper(),)
    if isinstance(alias, str):
        return (alias.upper(),)
    choices = getattr(alias, "choices", None) or [alias]
    return tuple((choice if isinstance(choice, str) else str(choice.path[0])).upper() for choice in choices)


def is_secret(name: str, field: FieldInfo | None = None) -> bool:
    """Whether the value of this setting must never be shown: typed as a secret, or a text named like one."""
    if field is not None:
        annotation = str(field.annotation)
        if SecretStr.__name__ in annotation:
            return True
        if "str" not in annotation:  # a number, a switch or a path is no secret, whatever it counts or leads to
            return False
    upper = name.upper()
    return upper.endswith("_KEY") or any(word in upper for word in _SECRET_WORDS)
