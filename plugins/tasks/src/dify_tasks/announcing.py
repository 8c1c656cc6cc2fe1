"""Telling the broker of tasks that were just accepted; a relay makes up for what is lost on the way."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from dify_runtime_sdk.tasks import Parcel, TaskBroker, TaskBrokerError

from .batches import Batcher

_log = logging.getLogger(__name__)


class Announcer:
    """Sends in the background; the broker is made at first use."""

    def __init__(self, broker: Callable[[], Awaitable[TaskBroker]]) -> None:
        self._broker = broker
        self._batches = Batcher(self._send, name="tasks: announce")
        self._away = False

    def announce(self, parcel: Parcel) -> None:
        """Send, without waiting for it."""
        self._batches.add(parcel)

    async def _send(self, parcels: Sequence[Parcel]) -> None:
        try:
            await (await self._broker()).send(parcels)
        except TaskBrokerError as error:
            log = _log.debug if self._away else _log.warning
            log("%s; accepted tasks are sent when it is back", error)
            self._away = True
        except Exception:
            _log.exception("accepted tasks could not be announced; a worker finds them later")
        else:
            self._away = False

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._batches.close()
