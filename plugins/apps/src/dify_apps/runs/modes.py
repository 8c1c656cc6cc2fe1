"""The app modes of a runtime, made at their first run."""

import asyncio

from dify_runtime_sdk import Registry, Runtime

from ..api import AppMode, AppModeOffer


class Modes:
    """Looks app modes up by name."""

    def __init__(self, offers: Registry[AppModeOffer], runtime: Runtime) -> None:
        self._offers = offers
        self._runtime = runtime
        self._made: dict[str, AppMode] = {}
        self._turn = asyncio.Lock()

    async def get(self, name: str) -> AppMode | None:
        """The mode of that name; None when no plugin brings it."""
        mode = self._made.get(name)
        if mode is not None or name not in self._offers:
            return mode
        async with self._turn:
            if name not in self._made:
                self._made[name] = await self._offers[name].make(self._runtime)
        return self._made[name]
