"""The exception tree.

DifyRuntimeError                root: everything the runtime and its plugins raise on purpose
├── PluginError                 a plugin broke the contract, or cannot do its part
├── SettingsError               a setting is missing, invalid or claimed twice
├── ConfigSourceError           a remote source of settings is down, slow or lies
├── RegistryError               an extension point refused a contribution or a look-up
│   ├── DuplicateNameError      two contributions under one name
│   └── UnknownNameError        nothing was contributed under that name
├── ServiceError                a look-up of a service failed
├── NoHostError                 no host can boot a runtime here (see `dify_runtime_sdk.embedding`)
├── NoAnswerError               an exchange with a config server failed (see `dify_runtime_sdk.exchange`)
└── HttpError                   an answer to a client: status, code, message (see `dify_runtime_sdk.http`)

Every error says what failed, whose it is and, in `hint`, what to do about it. `code` is stable: tools match on it.
"""

from typing import ClassVar


class DifyRuntimeError(Exception):
    """Root of all errors that the runtime, the SDK and first-party plugins raise on purpose.

    `message` says what failed and whose it is, `hint` what to do about it. Neither ever holds a secret's value.
    """

    code: ClassVar[str] = "runtime_error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class PluginError(DifyRuntimeError):
    """A plugin broke the contract, or cannot do its part."""

    code = "plugin_error"


class SettingsError(DifyRuntimeError):
    """A setting is missing, invalid or claimed by two plugins; names the variable, its layer and its owner."""

    code = "invalid_settings"


class ConfigSourceError(DifyRuntimeError):
    """A remote source of settings could not be read; names the source and the address, never a credential."""

    code = "config_source_failed"


class RegistryError(DifyRuntimeError):
    """An extension point refused a contribution or a look-up."""

    code = "registry_error"


class DuplicateNameError(RegistryError):
    """Two contributions to one extension point have the same name; names both contributors."""

    code = "duplicate_name"


class UnknownNameError(RegistryError, KeyError):
    """Nothing was contributed under that name; names what there is. A `KeyError` too, so that `Mapping.get` works."""

    code = "unknown_name"


class ServiceError(DifyRuntimeError):
    """A service is not provided, cannot be made, or was looked up by a plugin that does not require its provider."""

    code = "service_error"
