"""What OpenDAL is told: a service and its options, and how settings become such."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from dify_runtime_sdk import Settings, SettingsError

type Value = str | SecretStr | bool | None


@dataclass(frozen=True, slots=True)
class Service:
    """A service of OpenDAL with its options, which hold credentials."""

    scheme: str
    options: Mapping[str, str] = field(repr=False)


def service(scheme: str, **options: Value) -> Service:
    """A service with those options that have a value."""
    texts = {name: _text(value) for name, value in options.items()}
    return Service(scheme, {name: text for name, text in texts.items() if text})


def require(backend: str, settings: Settings, *names: str) -> None:
    """Raise `SettingsError` that names the back end and every one of these settings that is not set."""
    missing = [name for name in names if not getattr(settings, name)]
    if missing:
        raise SettingsError(f"storage back end {backend!r} needs {', '.join(missing)}", hint="set them")


def url(address: str | None, protocol: str = "https") -> str | None:
    """An address as a URL without a slash at its end."""
    if address is None:
        return None
    return (address if "://" in address else f"{protocol}://{address}").rstrip("/")


def host(address: str) -> str:
    """The host of a URL, with its port."""
    return address.partition("://")[2].partition("/")[0]


def _text(value: Value) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else value or ""
