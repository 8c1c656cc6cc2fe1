"""The config source `nacos`. Light to import: every process has it, and few use it."""

import hashlib
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import ConfigSourceError, Settings

from .settings import NacosSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.polling import Pace

    from .client import NacosClient
    from .limits import Limits

_log = logging.getLogger(__name__)


class NacosSource:
    """Reads one properties text of a Nacos server, and follows it by long polling. Nothing is kept on disk."""

    name: ClassVar[str] = "nacos"
    bootstrap: ClassVar[type[Settings]] = NacosSettings

    def __init__(self, settings: NacosSettings, *, limits: "Limits | None" = None, pace: "Pace | None" = None) -> None:
        """Check the settings; raises `SettingsError`. `limits` and `pace` are for those who know their network."""
        from .address import locate
        from .limits import Limits

        self._server = locate(settings)
        self._limits = limits or Limits()
        self._pace = pace
        self._client: NacosClient | None = None
        self._values: Mapping[str, str] | None = None
        self._md5 = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._server})"

    async def fetch(self) -> Mapping[str, str]:
        """Read the text; raises `ConfigSourceError` if it cannot be read, or can be no properties text."""
        values, self._md5 = await self._connected().read(_settings_and_md5)
        self._values = values
        return dict(values)

    def watch(self) -> AsyncGenerator[Mapping[str, str], None]:
        """Yield the settings whenever they are not what was read last; see `ConfigSource.watch`."""
        from dify_runtime_sdk.polling import poll

        subject = f"config source {self.name!r} at {self._server.url}"
        return poll(self._changed, subject=subject, outage=ConfigSourceError, log=_log, pace=self._pace)

    async def close(self) -> None:
        """Close the connections for good: a watch that is still running ends with an error."""
        if self._client is not None:
            await self._client.close()

    async def _changed(self) -> Mapping[str, str] | None:
        """Wait for the server's next word, and return the settings if they are new."""
        if not await self._connected().listen(self._md5):
            return None
        before = self._values
        after = await self.fetch()
        return after if after != before else None  # the text may have changed in a comment

    def _connected(self) -> "NacosClient":
        if self._client is None:
            from .client import NacosClient  # brings httpx, which only a selected source needs

            self._client = NacosClient(self._server, self._limits)
        return self._client


def _settings_and_md5(body: bytes) -> tuple[dict[str, str], str]:
    """The settings in the text, and the MD5 by which the server knows it."""
    from .answers import parse_settings

    return parse_settings(body), hashlib.md5(body, usedforsecurity=False).hexdigest()
