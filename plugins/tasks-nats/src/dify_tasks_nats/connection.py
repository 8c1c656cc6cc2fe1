"""One connection to NATS, made at first use; it reconnects by itself."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from nats.aio.client import Client
from nats.errors import Error
from nats.js.client import JetStreamContext

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.tasks import TaskBrokerError

from .settings import NatsSettings

_log = logging.getLogger("dify_tasks_nats")

_CONNECT, _ANSWER = 4.0, 5.0
"""Seconds that connecting may take, and an answer."""
_HINT: Final = "check TASK_NATS_URL, and that JetStream is on"


class Connection:
    """The client of one process; `asking` gives it, or says why there is none."""

    def __init__(self, settings: NatsSettings) -> None:
        """Connects at first use; raises `SettingsError`."""
        self._servers = [one.strip() for one in settings.TASK_NATS_URL.get_secret_value().split(",")]
        parts = [_parsed(one) for one in self._servers]
        self.where = f"NATS at {', '.join(f'{one.hostname}:{one.port or 4222}' for one in parts)}"
        self._options: dict[str, Any] = {}
        if settings.TASK_NATS_CREDENTIALS is not None:
            self._options["user_credentials"] = str(settings.TASK_NATS_CREDENTIALS)
        if any(one.scheme == "tls" for one in parts):
            self._options["tls"] = _tls(settings)
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[tuple[Client, JetStreamContext]]:
        """The client, inside the block; what fails there raises `TaskBrokerError`."""
        try:
            client = await self._connected()
            yield client, client.jetstream(timeout=_ANSWER)
        except (Error, OSError, TimeoutError) as error:
            raise TaskBrokerError(f"{self.where} does not take tasks: {type(error).__name__}", hint=_HINT) from error

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect()
        if not self._client.is_connected:
            raise TaskBrokerError(f"{self.where} cannot be reached", hint=_HINT)
        return self._client

    async def _connect(self) -> Client:
        client = Client()
        try:
            async with asyncio.timeout(_CONNECT):
                await client.connect(
                    servers=self._servers,
                    name="dify-runtime",
                    error_cb=_note,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    connect_timeout=2,
                    **self._options,
                )
        except BaseException:
            await client.close()
            raise
        return client

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()


def _parsed(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("nats", "tls") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:  # the URL itself may hold a password
        raise SettingsError("TASK_NATS_URL is no URL of NATS", hint="write nats://user:password@host:port")
    return parts


def _tls(settings: NatsSettings) -> ssl.SSLContext:
    if settings.TASK_NATS_CA_BUNDLE is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(settings.TASK_NATS_CA_BUNDLE))
    except OSError as error:
        raise SettingsError(f"TASK_NATS_CA_BUNDLE cannot be read: {error.strerror or type(error).__name__}") from error


async def _note(error: Exception) -> None:
    """What the client tells of connections that it makes anew."""
    _log.debug("NATS: %s", type(error).__name__)
