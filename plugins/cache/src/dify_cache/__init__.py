"""Shared, short-lived state: the service `dify_runtime_sdk.cache.Cache`, in the process or in Redis."""

from .settings import CacheSettings, RedisSettings

__all__ = ["CacheSettings", "RedisSettings"]
