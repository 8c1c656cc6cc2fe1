"""The settings: which back end, and where Redis is."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, model_validator

from dify_runtime_sdk import Settings

AUTO = "auto"
"""The value of `CACHE_BACKEND` that leaves the choice to the settings of Redis."""


class RedisNamed(Settings):
    """The settings that tell whether an operator named a Redis; two plugins read them."""

    REDIS_HOST: str = Field("localhost", description="Host of a single Redis; setting it selects the back end `redis`")
    REDIS_USE_SENTINEL: bool | None = Field(
        False,
        description="Ask Sentinels for the master; selects the back end `redis`, wins over `REDIS_USE_CLUSTERS`",
    )
    REDIS_USE_CLUSTERS: bool = Field(False, description="Use a Redis Cluster; selects the back end `redis`")


class CacheSettings(RedisNamed):
    """The settings of the plugin `cache`. A validated `CACHE_BACKEND` is never `auto`."""

    CACHE_BACKEND: str = Field(
        AUTO,
        description="Where the cache is: `local` (in the process), `redis`, the key of another plugin's back end, or "
        "`auto`: `redis` if the settings name one, else `local`",
    )

    @model_validator(mode="before")
    @classmethod
    def _choose(cls, values: Any) -> Any:
        """Replace `auto`, given or by default; here it is still known what the operator set and what is a default."""
        if not isinstance(values, Mapping) or values.get("CACHE_BACKEND", AUTO) != AUTO:
            return values
        return {**values, "CACHE_BACKEND": "redis" if _names_redis(values) else "local"}


class RedisSettings(RedisNamed):
    """The settings of the plugin `cache-redis`, under Dify's names."""

    REDIS_PORT: int = Field(6379, gt=0, description="Port of a single Redis")
    REDIS_USERNAME: str | None = Field(None, description="User of Redis; without one the default user")
    REDIS_PASSWORD: SecretStr | None = Field(None, description="Password of a single Redis, or of the master")
    REDIS_DB: int = Field(0, ge=0, description="Index of the database; a cluster has none but 0")
    REDIS_USE_SSL: bool = Field(False, description="TLS to every server, Sentinels included")
    REDIS_SSL_CERT_REQS: str = Field(
        "CERT_NONE",
        description="How the server's certificate is checked: `CERT_REQUIRED` (authority and host name), "
        "`CERT_OPTIONAL` (authority), `CERT_NONE` or anything else (not at all)",
    )
    REDIS_SSL_CA_CERTS: str | None = Field(None, description="Authorities to trust besides the system's, a PEM file")
    REDIS_SSL_CERTFILE: str | None = Field(None, description="The client's own certificate, a PEM file")
    REDIS_SSL_KEYFILE: str | None = Field(None, description="The key of the client's certificate, a PEM file")
    REDIS_SENTINELS: str | None = Field(None, description="The Sentinels: comma list of host:port")
    REDIS_SENTINEL_SERVICE_NAME: str | None = Field(None, description="The name by which Sentinels know the master")
    REDIS_SENTINEL_USERNAME: str | None = Field(None, description="User of the Sentinels")
    REDIS_SENTINEL_PASSWORD: SecretStr | None = Field(None, description="Password of the Sentinels")
    REDIS_SENTINEL_SOCKET_TIMEOUT: float | None = Field(
        0.1, gt=0, description="Seconds a Sentinel may take to answer before the next one is asked"
    )
    REDIS_CLUSTERS: str | None = Field(None, description="Nodes of the cluster to begin with: comma list of host:port")
    REDIS_CLUSTERS_PASSWORD: SecretStr | None = Field(None, description="Password of the cluster")
    REDIS_SERIALIZATION_PROTOCOL: int = Field(3, ge=2, le=3, description="Version of Redis's protocol: 2 or 3")
    REDIS_ENABLE_CLIENT_SIDE_CACHE: bool = Field(
        False, description="Accepted for Dify's sake and without effect: every read asks the server"
    )


def _names_redis(values: Mapping[str, Any]) -> bool:
    switches = (values.get("REDIS_USE_SENTINEL"), values.get("REDIS_USE_CLUSTERS"))
    return bool(values.get("REDIS_HOST")) or any(map(_on, switches))


def _on(value: Any) -> bool:
    try:
        return TypeAdapter(bool | None).validate_python(value) is True
    except ValidationError:  # the field itself will say so
        return False
