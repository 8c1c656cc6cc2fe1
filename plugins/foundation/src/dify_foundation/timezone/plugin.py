"""The plugin `timezone`."""

from dify_runtime_sdk import Plugin, Runtime

from .clock import UTC_PROCESS


class TimezonePlugin(Plugin):
    """Runs the process in UTC, so that a naive local time means the same on every machine."""

    process_wide = True

    _held = False

    async def start(self, runtime: Runtime) -> None:
        """Set `TZ=UTC` for this process and the ones it starts."""
        UTC_PROCESS.join()
        self._held = True

    async def stop(self) -> None:
        """Put the previous time zone back, once no runtime of this process wants UTC."""
        if self._held:
            self._held = False
            UTC_PROCESS.leave()
