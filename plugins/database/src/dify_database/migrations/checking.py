"""What is wrong with the schema, in words."""

from .comparing import differences, load_metadata
from .migrator import Migrator
from .status import PluginStatus


async def problems(migrator: Migrator) -> list[str]:
    """What keeps the schema from being the one the plugins describe, a line each; what was left behind is no problem.

    The tables of a plugin are looked at only when its revision is current. Raises `MigrationError`.
    """
    statuses = [status for status in await migrator.statuses() if status.state != "orphan"]
    found = [_line(status) for status in statuses if status.state != "current"]
    async with migrator.inspecting() as connection:
        for status in statuses:
            if status.state == "current":
                metadata = load_metadata(status.plugin, migrator.plan(status.plugin).metadata)
                changes = await connection.run_sync(differences, status.plugin, metadata)
                found += [f"plugin {status.plugin}: its migrations lack: {line}" for line in changes]
    return found


def _line(status: PluginStatus) -> str:
    at = ", ".join(status.stored) or "nothing"
    if status.state == "unknown":
        return f"plugin {status.plugin}: at {at}, which the installed version does not have"
    return f"plugin {status.plugin}: at {at}, behind {status.head}"
