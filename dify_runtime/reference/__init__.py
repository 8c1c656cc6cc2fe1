"""What is generated of the documentation: pages on settings, hooks, commands and rules as Markdown, and `.env.example`.

Each is a pure function of the plugins it is made from: no value of a machine's settings and no path is in it.
"""

from .commands import render_commands
from .env_example import render_env_example
from .hooks import render_hooks
from .rules import render_rules
from .settings import render_settings, settings_schema

__all__ = [
    "render_commands",
    "render_env_example",
    "render_hooks",
    "render_rules",
    "render_settings",
    "settings_schema",
]
