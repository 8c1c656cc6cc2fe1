"""The config source `apollo`. Light to import: every process has it, and few use it."""

import logging
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import ConfigSourceError, Settings

from .settings import ApolloSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.polling import Pace

    from .answers import Release
    from .client import ApolloClient
    from .limits import Limits

_NEVER_NOTIFIED = -1
_log = logging.getLogger(__name__)


class ApolloSource:
    """Reads namespaces of an Apollo config service, and follows them by long polling.

    When several namespaces have a setting, the one named first wins, as in Apollo's own clients. Nothing is kept on
    disk.
    """

    name: ClassVar[str] = "apollo"
    bootstrap: ClassVar[type[Settings]] = ApolloSettings

    def __init__(self, settings: ApolloSettings, *, limits: "Limits | None" = None, pace: "Pace | None" = None) -> None:
        """Check the settings; raises `SettingsError`. `limits` and `pace` are for those who know their network."""
        from .address import locate
        from .limits import Limits

        self._service = locate(settings)
        self._limits = limits or Limits()
        self._pace = pace
        self._client: ApolloClient | None = None
        self._releases: dict[str, Release] = {}
        self._seen = dict.fromkeys(self._service.namespaces, _NEVER_NOTIFIED)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._service})"

    async def fetch(self) -> Mapping[str, str]:
        """Read all namespaces; raises `ConfigSourceError` if one of them cannot be read."""
        client = self._connected()
        found = dict(self._releases)
        for namespace in self._service.namespaces:
            known = found.get(namespace)
            release = await client.read(namespace, known.key if known else "")
            if release is not None:
                found[namespace] = release
        self._releases = found  # all of them or none
        return self._merged()

    def watch(self) -> AsyncGenerator[Mapping[str, str], None]:
        """Yield the settings whenever they are not what was read last; see `ConfigSource.watch`."""
        from dify_runtime_sdk.polling import poll

        subject = f"config source {self.name!r} at {self._service.url}"
        return poll(self._changed, subject=subject, outage=ConfigSourceError, log=_log, pace=self._pace)

    async def close(self) -> None:
        """Close the connections for good: a watch that is still running ends with an error."""
        if self._client is not None:
            await self._client.close()

    async def _changed(self) -> Mapping[str, str] | None:
        """Wait for the service's next word, and return the settings if they are new."""
        newer = await self._connected().wait(self._seen)
        before = self._merged() if self._releases else None
        # Read even if nothing was notified: it costs the service a 304 a minute, and makes good a lost notification.
        after = await self.fetch()
        self._seen.update((name, number) for name, number in newer.items() if name in self._seen)
        return after if after != before else None

    def _merged(self) -> dict[str, str]:
        merged: dict[str, str] = {}
        for namespace in reversed(self._service.namespaces):
            merged.update(self._releases[namespace].values)
        return merged

    def _connected(self) -> "ApolloClient":
        if self._client is None:
            from .client import ApolloClient  # brings httpx, which only a selected source needs

            self._client = ApolloClient(self._service, self._limits)
        return self._client
