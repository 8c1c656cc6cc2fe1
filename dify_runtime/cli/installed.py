"""The installed plugins, from metadata alone: nothing of theirs is imported."""

from ..discovery import scan
from .output import print_json


def installed_plugins() -> list[dict[str, str | None]]:
    """Name, distribution and version of each, by name."""
    return [{"name": one.name, "distribution": one.distribution, "version": one.version} for one in scan()]


def main() -> None:
    """Print them as JSON, for a process that must not trust its own memory of the metadata."""
    print_json(installed_plugins())
