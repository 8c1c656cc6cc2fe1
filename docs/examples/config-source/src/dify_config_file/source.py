"""The config source `file`."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import ClassVar

from dify_runtime_sdk import ConfigSourceError, Settings
from dify_runtime_sdk.polling import Pace, poll

from .settings import ConfigFileSettings

_log = logging.getLogger(__name__)


class FileSource:
    """Reads one JSON object of texts, and follows it by looking again."""

    name: ClassVar[str] = "file"
    bootstrap: ClassVar[type[Settings]] = ConfigFileSettings

    def __init__(self, settings: ConfigFileSettings) -> None:
        self._path = settings.CONFIG_FILE_PATH
        self._pace = Pace(interval=settings.CONFIG_FILE_INTERVAL)
        self._values: Mapping[str, str] | None = None

    async def fetch(self) -> Mapping[str, str]:
        """Read the file; raises `ConfigSourceError` if it is not there or not what it should be."""
        self._values = await asyncio.to_thread(self._read)
        return dict(self._values)

    def watch(self) -> AsyncGenerator[Mapping[str, str], None]:
        """Yield the whole mapping whenever it is not what was read last; a file that is away is waited for."""
        subject = f"config source {self.name!r} at {self._path}"
        return poll(self._changed, subject=subject, outage=ConfigSourceError, log=_log, pace=self._pace)

    async def close(self) -> None:
        """Nothing is held between two looks."""

    async def _changed(self) -> Mapping[str, str] | None:
        before = self._values
        now = await self.fetch()
        return now if now != before else None

    def _read(self) -> Mapping[str, str]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._error("cannot be read") from error
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise self._error("does not hold one object of texts")
        return values

    def _error(self, failure: str) -> ConfigSourceError:
        message = f"config source {self.name!r}: {self._path} {failure}"
        return ConfigSourceError(message, hint="check CONFIG_FILE_PATH and the file's content")
