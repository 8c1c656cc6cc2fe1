"""Settings of outbound HTTP."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator, model_validator

from dify_runtime_sdk import Settings

from .hosts import HostList, Ports


class EgressSettings(Settings):
    """How requests leave; the names that Dify has too mean there what they mean here."""

    SSRF_PROXY_ALL_URL: str | None = Field(
        None, description="Forward proxy for everything that tenants name, as http://[user:password@]host:port"
    )
    SSRF_PROXY_HTTP_URL: str | None = Field(
        None, description="Forward proxy for http:// alone; needs SSRF_PROXY_HTTPS_URL too"
    )
    SSRF_PROXY_HTTPS_URL: str | None = Field(
        None, description="Forward proxy for https:// alone; needs SSRF_PROXY_HTTP_URL too"
    )
    SSRF_DEFAULT_TIME_OUT: PositiveFloat = Field(
        5, description="Guarded requests: longest wait for a free connection of the pool, seconds"
    )
    SSRF_DEFAULT_CONNECT_TIME_OUT: PositiveFloat = Field(
        5, description="Guarded requests: longest wait for a connection, look-up of the name included, seconds"
    )
    SSRF_DEFAULT_READ_TIME_OUT: PositiveFloat = Field(
        5, description="Guarded requests: longest silence of the server, seconds"
    )
    SSRF_DEFAULT_WRITE_TIME_OUT: PositiveFloat = Field(
        5, description="Guarded requests: longest time in which the server takes nothing, seconds"
    )
    SSRF_DEFAULT_MAX_RETRIES: PositiveInt = Field(
        3, description="Further attempts of a request that may be repeated, after a failed connection, 429, 502-504"
    )
    SSRF_POOL_MAX_CONNECTIONS: PositiveInt = Field(100, description="Guarded requests: connections at a time")
    SSRF_POOL_MAX_KEEPALIVE_CONNECTIONS: PositiveInt = Field(
        20, description="Guarded requests: idle connections that are kept"
    )
    SSRF_POOL_KEEPALIVE_EXPIRY: PositiveFloat | None = Field(
        5.0, description="Guarded requests: how long an idle connection is kept, seconds"
    )
    HTTP_REQUEST_NODE_SSL_VERIFY: bool = Field(
        True, description="Guarded requests: whether certificates are verified, where the request does not say"
    )
    EGRESS_ALLOW: str = Field(
        "",
        description="Comma list of hosts, *.domains and networks that guarded requests reach though they are private",
    )
    EGRESS_DENY: str = Field(
        "",
        description="Comma list of hosts, *.domains and networks that guarded requests never reach; beats EGRESS_ALLOW",
    )
    EGRESS_ALLOWED_PORTS: str = Field(
        "80,443,1025-65535", description="Comma list of ports and ranges that guarded requests reach without a proxy"
    )
    EGRESS_TOTAL_TIMEOUT: NonNegativeFloat = Field(
        600, description="Guarded requests: limit of the whole, from first attempt to last byte, seconds; 0 = none"
    )
    EGRESS_MAX_RESPONSE_BYTES: PositiveInt = Field(
        100 * 1024 * 1024,
        description="Guarded requests: largest decoded body, bytes; a request can ask for less or more",
    )
    EGRESS_TRUSTED_CONNECT_TIMEOUT: PositiveFloat = Field(
        10, description="Requests to what the operator configured: longest wait for a connection, seconds"
    )
    EGRESS_TRUSTED_READ_TIMEOUT: PositiveFloat = Field(
        300, description="Requests to what the operator configured: longest silence, reading and writing, seconds"
    )
    EGRESS_TRUSTED_MAX_CONNECTIONS: PositiveInt = Field(
        1000, description="Requests to what the operator configured: connections at a time; a model's stream holds one"
    )
    EGRESS_TRUSTED_MAX_KEEPALIVE_CONNECTIONS: PositiveInt = Field(
        20, description="Requests to what the operator configured: idle connections that are kept"
    )  # every request looks at each of them
    EGRESS_CA_BUNDLE: Path | None = Field(
        None, description="PEM file with certificate authorities to trust besides those of the system"
    )

    @field_validator("EGRESS_ALLOW", "EGRESS_DENY")
    @classmethod
    def _hosts_are_readable(cls, value: str) -> str:
        HostList.parse(value)
        return value

    @field_validator("EGRESS_ALLOWED_PORTS")
    @classmethod
    def _ports_are_readable(cls, value: str) -> str:
        Ports.parse(value)
        return value

    @field_validator("EGRESS_CA_BUNDLE")
    @classmethod
    def _bundle_is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @field_validator("SSRF_PROXY_ALL_URL", "SSRF_PROXY_HTTP_URL", "SSRF_PROXY_HTTPS_URL")
    @classmethod
    def _proxy_is_an_address(cls, value: str | None) -> str | None:
        if not value:  # set to nothing, as compose files do, is not set
            return None
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("it is no address of a proxy; write http://host:port")  # the value may hold a password
        return value

    @model_validator(mode="after")
    def _proxies_come_in_pairs(self) -> Self:
        pair = {"SSRF_PROXY_HTTP_URL": self.SSRF_PROXY_HTTP_URL, "SSRF_PROXY_HTTPS_URL": self.SSRF_PROXY_HTTPS_URL}
        unset = [name for name, value in pair.items() if value is None]
        if len(unset) == 1 and self.SSRF_PROXY_ALL_URL is None:
            other = next(name for name in pair if name not in unset)
            raise ValueError(
                f"{other} is set and {unset[0]} is not: half of the requests would pass the proxy by; set both, or "
                "SSRF_PROXY_ALL_URL"
            )
        return self
