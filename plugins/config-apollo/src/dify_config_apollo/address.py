"""Where the config service is."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from dify_runtime_sdk import SettingsError

from .settings import ApolloSettings


@dataclass(frozen=True, slots=True)
class Service:
    """The config service and what is asked of it; can be shown, it keeps its secrets to itself."""

    url: str
    """Without user, password and trailing slash: fit for requests, logs and messages."""
    app_id: str
    cluster: str
    namespaces: tuple[str, ...]
    login: tuple[str, str] | None = field(repr=False)
    """User and password for HTTP Basic, if the URL has them: for a gateway in front of the service."""
    secret: str = field(repr=False)
    """The access key that signs; empty = requests are not signed."""


def locate(settings: ApolloSettings) -> Service:
    """Check the settings and find the service in them; raises `SettingsError`, which never shows the URL itself."""
    url, login = _split(settings.needed("APOLLO_CONFIG_URL"))
    secret = settings.APOLLO_SECRET.get_secret_value()
    if login and secret:
        raise SettingsError(
            f"config source 'apollo' at {url}: the user in APOLLO_CONFIG_URL and APOLLO_SECRET both need the header "
            "Authorization",
            hint="remove one of them",
        )
    app_id, cluster = settings.needed("APOLLO_APP_ID"), settings.needed("APOLLO_CLUSTER")
    return Service(url, app_id, cluster, settings.namespaces, login, secret)


def _split(address: str) -> tuple[str, tuple[str, str] | None]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _malformed() from None  # the text of the cause may hold the password
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or port == 0:
        raise _malformed()
    _, at, host = parts.netloc.rpartition("@")
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if at else None
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}", login


def _malformed() -> SettingsError:
    return SettingsError(
        "config source 'apollo': APOLLO_CONFIG_URL is no address of a config service",
        hint="write it as http://host:port or https://host:port, with a path if a gateway needs one",
    )
