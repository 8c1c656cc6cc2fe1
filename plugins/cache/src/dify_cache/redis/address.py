"""Where Redis is, as the settings say; no connection is made here, and redis-py is not needed."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

from dify_runtime_sdk import SettingsError

from ..settings import RedisSettings

type Node = tuple[str, int]
type Mode = Literal["single", "sentinel", "cluster"]
type Login = tuple[str | None, str | None]
"""User and password."""

_PORT = 6379
_SENTINEL_PORT = 26379


@dataclass(frozen=True, slots=True)
class Tls:
    """How servers prove themselves, and the client to them. Paths are of PEM files."""

    checks: Literal["none", "optional", "required"]
    authorities: str | None
    certificate: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """Servers and what they are asked for; can be shown, it keeps its secrets to itself."""

    mode: Mode
    nodes: tuple[Node, ...]
    service: str = ""
    database: int = 0
    protocol: int = 3
    tls: Tls | None = None
    login: Login = field(default=(None, None), repr=False)
    sentinel_login: Login = field(default=(None, None), repr=False)
    sentinel_timeout: float | None = 0.1

    @property
    def label(self) -> str:
        """The servers in words, for logs and messages."""
        nodes = ", ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.nodes)
        match self.mode:
            case "single":
                return f"Redis at {nodes}"
            case "sentinel":
                return f"Redis {self.service!r} of the Sentinels at {nodes}"
            case "cluster":
                return f"Redis cluster at {nodes}"

    def mask(self, text: str) -> str:
        """The text without the passwords it may hold."""
        for _, password in (self.login, self.sentinel_login):
            text = text.replace(password, "********") if password else text
        return text

    def showable(self, error: BaseException) -> BaseException | None:
        """The error, unless its text holds a password."""
        return error if self.mask(str(error)) == str(error) else None


def locate(settings: RedisSettings) -> Address:
    """Find the servers in the settings; raises `SettingsError`."""
    if settings.REDIS_USE_SENTINEL:
        return _by_sentinels(settings)
    if settings.REDIS_USE_CLUSTERS:
        return _cluster(settings)
    return Address(
        mode="single",
        nodes=((settings.REDIS_HOST, settings.REDIS_PORT),),
        database=settings.REDIS_DB,
        protocol=settings.REDIS_SERIALIZATION_PROTOCOL,
        tls=_tls(settings),
        login=_login(settings.REDIS_USERNAME, settings.REDIS_PASSWORD),
    )


def _by_sentinels(settings: RedisSettings) -> Address:
    if not settings.REDIS_SENTINEL_SERVICE_NAME:
        raise SettingsError("REDIS_USE_SENTINEL needs REDIS_SENTINEL_SERVICE_NAME", hint="set it to the master's name")
    return Address(
        mode="sentinel",
        nodes=_nodes("REDIS_SENTINELS", settings.REDIS_SENTINELS, _SENTINEL_PORT),
        service=settings.REDIS_SENTINEL_SERVICE_NAME,
        database=settings.REDIS_DB,
        protocol=settings.REDIS_SERIALIZATION_PROTOCOL,
        tls=_tls(settings),
        login=_login(settings.REDIS_USERNAME, settings.REDIS_PASSWORD),
        sentinel_login=_login(settings.REDIS_SENTINEL_USERNAME, settings.REDIS_SENTINEL_PASSWORD),
        sentinel_timeout=settings.REDIS_SENTINEL_SOCKET_TIMEOUT,
    )


def _cluster(settings: RedisSettings) -> Address:
    return Address(
        mode="cluster",
        nodes=_nodes("REDIS_CLUSTERS", settings.REDIS_CLUSTERS, _PORT),
        protocol=settings.REDIS_SERIALIZATION_PROTOCOL,
        tls=_tls(settings),
        login=_login(settings.REDIS_USERNAME, settings.REDIS_CLUSTERS_PASSWORD),
    )


def _login(user: str | None, password: SecretStr | None) -> Login:
    secret = password.get_secret_value() if password else ""
    return (user or None, secret) if secret else (None, None)


def _tls(settings: RedisSettings) -> Tls | None:
    if not settings.REDIS_USE_SSL:
        return None
    match settings.REDIS_SSL_CERT_REQS:
        case "CERT_REQUIRED":
            checks: Literal["none", "optional", "required"] = "required"
        case "CERT_OPTIONAL":
            checks = "optional"
        case _:
            checks = "none"
    return Tls(
        checks,
        settings.REDIS_SSL_CA_CERTS or None,
        settings.REDIS_SSL_CERTFILE or None,
        settings.REDIS_SSL_KEYFILE or None,
    )


def _nodes(name: str, text: str | None, default_port: int) -> tuple[Node, ...]:
    nodes = tuple(_node(name, part.strip(), default_port) for part in (text or "").split(",") if part.strip())
    if not nodes:
        raise SettingsError(f"{name} names no server", hint="write it as host:port,host:port")
    return nodes


def _node(name: str, text: str, default_port: int) -> Node:
    host, port = _split(text)
    number = int(port) if port.isascii() and port.isdigit() else (-1 if port else default_port)
    if not host or not 0 < number < 65536:
        raise SettingsError(f"{name} is no list of servers", hint="write it as host:port,host:port")
    return host, number


def _split(text: str) -> tuple[str, str]:
    """Host and port, of which the latter may be missing; an IPv6 address stands in brackets."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = text.partition(":")
    return host, port
