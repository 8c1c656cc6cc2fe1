"""The plugin `warnings`."""

from contextlib import ExitStack

from dify_runtime_sdk import Plugin, Runtime

from .settings import WarningsSettings


class WarningsPlugin(Plugin):
    """Sends Python's warnings to the log and, unless `DEBUG` is on, ignores those about unclosed resources.

    What the operator says with `-W` or `PYTHONWARNINGS` wins over the second part.
    """

    settings = WarningsSettings
    after = ("logging",)
    process_wide = True

    def __init__(self) -> None:
        self._exits = ExitStack()

    async def start(self, runtime: Runtime) -> None:
        """Capture warnings for this process."""
        import sys

        from .capture import CAPTURED_WARNINGS
        from .filters import ignoring

        CAPTURED_WARNINGS.join()
        self._exits.callback(CAPTURED_WARNINGS.leave)
        if not runtime.settings(WarningsSettings).DEBUG and not sys.warnoptions:
            self._exits.enter_context(ignoring(ResourceWarning))

    async def stop(self) -> None:
        """Put back how warnings were shown and filtered."""
        self._exits.close()
