"""Where the server is, and who asks it for what."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from dify_runtime_sdk import SettingsError

from .settings import NacosSettings

type Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """The server and what is asked of it; can be shown, it keeps its secrets to itself."""

    url: str
    """Without user, password and trailing slash: fit for requests, logs and messages."""
    data_id: str
    group: str
    tenant: str
    gateway: Pair | None = field(repr=False)
    """User and password for HTTP Basic, if the address has them: for a gateway in front of the server."""
    user: Pair | None = field(repr=False)
    """User and password of Nacos itself; None = nobody logs in."""
    key: Pair | None = field(repr=False)
    """Access key and secret; None = requests are not signed."""


def locate(settings: NacosSettings) -> Server:
    """Check the settings and find the server in them; raises `SettingsError`, which never shows the address itself."""
    url, gateway = _split(settings.DIFY_ENV_NACOS_SERVER_ADDR.strip())
    for name in ("DIFY_ENV_NACOS_DATA_ID", "DIFY_ENV_NACOS_GROUP"):
        if not getattr(settings, name):
            raise SettingsError(f"config source 'nacos' at {url} needs {name}, which is empty", hint=f"set {name}")
    return Server(
        url=url,
        data_id=settings.DIFY_ENV_NACOS_DATA_ID,
        group=settings.DIFY_ENV_NACOS_GROUP,
        tenant=settings.DIFY_ENV_NACOS_NAMESPACE,
        gateway=gateway,
        user=_both(settings.DIFY_ENV_NACOS_USERNAME, settings.DIFY_ENV_NACOS_PASSWORD.get_secret_value()),
        key=_both(
            settings.DIFY_ENV_NACOS_ACCESS_KEY.get_secret_value(),
            settings.DIFY_ENV_NACOS_SECRET_KEY.get_secret_value(),
        ),
    )


def _both(first: str, second: str) -> Pair | None:
    return (first, second) if first and second else None


def _split(address: str) -> tuple[str, Pair | None]:
    if not address.startswith(("http://", "https://")):
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _malformed() from None  # the text of the cause may hold the password
    if not parts.hostname or parts.query or parts.fragment or port == 0:
        raise _malformed()
    _, at, host = parts.netloc.rpartition("@")
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if at else None
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}", login


def _malformed() -> SettingsError:
    return SettingsError(
        "config source 'nacos': DIFY_ENV_NACOS_SERVER_ADDR is no address of a Nacos server",
        hint="write it as host:port or https://host:port; one server or one balancer, not a list",
    )
