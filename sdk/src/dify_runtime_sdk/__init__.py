"""The SDK of dify-runtime: what a plugin author imports, and nothing else. HTTP is in `dify_runtime_sdk.http`."""

from .commands import Command, CommandContext
from .config_source import ConfigSource
from .errors import (
    ConfigSourceError,
    DifyRuntimeError,
    DuplicateNameError,
    PluginError,
    RegistryError,
    ServiceError,
    SettingsError,
    UnknownNameError,
)
from .events import Event, Events, SettingsChanged, Subscriber
from .health import HealthCheck
from .interceptors import Interceptor, Interceptors
from .introspection import CheckResult, Introspection, Readiness
from .markers import ENTRY_POINT_GROUP, PROJECT, hookimpl, hookspec
from .plugin import ROLES, Plugin, Provides, Role, ServeArguments, ServeOption
from .registry import Registry
from .runtime import Runtime
from .services import Service, Services
from .settings import Prefixed, Settings, environment_names, is_secret, prefix_of

DIFY_API_VERSION = "1.12.1"
"""The version of the Dify API that the runtime serves; the header `X-Version`."""

__all__ = [
    "DIFY_API_VERSION",
    "ENTRY_POINT_GROUP",
    "PROJECT",
    "ROLES",
    "CheckResult",
    "Command",
    "CommandContext",
    "ConfigSource",
    "ConfigSourceError",
    "DifyRuntimeError",
    "DuplicateNameError",
    "Event",
    "Events",
    "HealthCheck",
    "Interceptor",
    "Interceptors",
    "Introspection",
    "Plugin",
    "PluginError",
    "Prefixed",
    "Provides",
    "Readiness",
    "Registry",
    "RegistryError",
    "Role",
    "Runtime",
    "ServeArguments",
    "ServeOption",
    "Service",
    "ServiceError",
    "Services",
    "Settings",
    "SettingsChanged",
    "SettingsError",
    "Subscriber",
    "UnknownNameError",
    "environment_names",
    "hookimpl",
    "hookspec",
    "is_secret",
    "prefix_of",
]
