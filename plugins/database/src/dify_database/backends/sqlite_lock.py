"""SQLite's write lock: waiting for another process that has it."""

import asyncio
import logging
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from .failures import is_busy

_log = logging.getLogger("dify_database")

BUSY_TIMEOUT: Final = 5.0
"""Seconds that SQLite itself waits for a lock, in the connection's own thread."""


async def begin_immediate(connection: AsyncConnection, patience: float | None = None) -> None:
    """Begin a transaction that writes, on a connection whose engine begins with the write lock.

    Waits while another process has the lock, for about `patience` seconds or without limit. The kernel frees the lock
    of a process that dies. Raises `OperationalError`.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        try:
            await connection.begin()
        except OperationalError as error:
            waited = loop.time() - began
            if not is_busy(error) or (patience is not None and waited > patience):
                raise
            _log.info("another process has written for %.0f s: waiting for it", waited)
        else:
            return
