"""What kinds of plugins can be made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A directory of templates: `summary` goes into the metadata, `dependencies` are those beside the SDK."""

    summary: str
    dependencies: tuple[str, ...] = ()


KINDS: Final[Mapping[str, Kind]] = {
    "feature": Kind("A route, a setting, a command, a service and a health check", ("click>=8.2", "pydantic>=2.12")),
    "config-source": Kind("A config source: settings read from somewhere else", ("pydantic>=2.12",)),
    "group": Kind("A blueprint group: routes under one prefix with one authentication", ("pydantic>=2.12",)),
    "middleware": Kind("ASGI middleware around the whole application", ("pydantic>=2.12",)),
    "service": Kind("A service for other plugins", ("pydantic>=2.12",)),
}
"""By name, each a directory of templates."""
