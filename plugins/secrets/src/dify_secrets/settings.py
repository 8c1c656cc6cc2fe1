"""The settings of the plugin."""

import json
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from dify_runtime_sdk import Settings

from .domain.passwords import Method


class SecretsSettings(Settings):
    """Keys, the lifetime of links, and how passwords are hashed."""

    SECRET_KEY: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens and file links; random text of 32 bytes or more. Unset: generated once and kept in "
        "storage, as the object `.dify_secret_key`",
    )
    SECRET_KEY_PREVIOUS: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Keys that still verify and no longer sign (comma list, or a JSON list when one has a comma)"
    )
    FILES_ACCESS_TIMEOUT: int = Field(300, gt=0, description="Time that a signed file link is good for, seconds")
    PASSWORD_HASHING: Method = Field(
        "pbkdf2",
        description="How new passwords are hashed: `pbkdf2` as Dify does and can read, or `argon2`, which is harder to "
        "guess; either way all stored ones are verified",
    )

    @field_validator("SECRET_KEY_PREVIOUS", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return tuple(key.strip() for key in value.split(",") if key.strip())

    @property
    def key(self) -> str | None:
        """The configured key; None when it is unset or blank, for a blank one would sign for anybody."""
        key = self.SECRET_KEY.get_secret_value()
        return key if key.strip() else None

    @property
    def former_keys(self) -> tuple[str, ...]:
        """The keys that only verify, without blank ones."""
        keys = (key.get_secret_value() for key in self.SECRET_KEY_PREVIOUS)
        return tuple(key for key in keys if key.strip())
