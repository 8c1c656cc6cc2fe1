"""The generated pages of the documentation: settings, hooks and commands, as Markdown.

Each page is a pure function of the plugins it is made from: no value of a machine's settings and no path is in it.
"""

from .commands import render_commands
from .hooks import render_hooks
from .settings import render_settings, settings_schema

__all__ = ["render_commands", "render_hooks", "render_settings", "settings_schema"]
