"""Config sources: the remote layer of the settings (Apollo, Nacos, Consul, ...)."""

from collections.abc import AsyncGenerator, Mapping
from typing import ClassVar, Protocol, runtime_checkable

from .settings import Settings


@runtime_checkable
class ConfigSource(Protocol):
    """A remote source of settings, made once per boot when `REMOTE_SETTINGS_SOURCE_NAME` names it.

    The class is a declaration (`Plugin.config_source`): it is constructed with its own bootstrap model, validated from
    the local layers alone (init, environment, `.env`, secrets directory, TOML), because the remote layer is not there
    yet. A config source may open connections of its own.
    """

    name: ClassVar[str]
    """What `REMOTE_SETTINGS_SOURCE_NAME` must say to select this source."""
    bootstrap: ClassVar[type[Settings]]
    """The model of the settings that this source itself needs."""

    async def fetch(self) -> Mapping[str, str]:
        """Read all settings once, at boot; the host cancels it after its time limit.

        Returns names and values as text; names are case-insensitive, unknown names are ignored.

        Raises `ConfigSourceError` when the server is down, refuses, or answers nonsense. It must never return a part
        of an answer, or an error text, as settings.
        """
        ...

    def watch(self) -> AsyncGenerator[Mapping[str, str]]:
        """Yield the whole mapping again whenever the remote values have changed, until cancelled.

        Outages are waited out with a back-off and logged, not raised: the last good values stay in force. A source
        that cannot watch returns a generator that ends at once.
        """
        ...

    async def close(self) -> None:
        """Release connections; called once, also after a failed `fetch`."""
        ...
