"""The plugin `commands`."""

from dify_runtime_sdk import Command, Plugin, hookimpl


class CommandsPlugin(Plugin):
    """Commands for operators: `health`."""

    @hookimpl
    def commands(self) -> list[Command]:
        """Add the commands."""
        target = "dify_foundation.commands.health:health"
        return [Command("health", target, "Ask a running server whether it is ready; exit status 0 or 1.")]
