"""The generated pages of the documentation: settings, hooks, commands and the checker's rules, as Markdown.

Each page is a pure function of the plugins it is made from: no value of a machine's settings and no path is in it.
"""

from .commands import render_commands
from .hooks import render_hooks
from .rules import render_rules
from .settings import render_settings, settings_schema

__all__ = ["render_commands", "render_hooks", "render_rules", "render_settings", "settings_schema"]
