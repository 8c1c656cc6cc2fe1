"""The declaration of the plugin `cache`: what features require, and who selects the back end."""

from collections.abc import Mapping
from typing import ClassVar

from dify_runtime_sdk import Plugin

from .settings import CacheSettings


class CachePlugin(Plugin):
    """Owns the capability `cache-backend`. The selected back end offers the service `Cache`, under the SDK's key."""

    requires = ("cache-backend",)
    selects: ClassVar[Mapping[str, str]] = {"cache-backend": "CACHE_BACKEND"}
    settings = CacheSettings
