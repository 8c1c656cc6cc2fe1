"""`dify-runtime config`: every setting, its value, and where that came from."""

import click

from ..lazy import LazyCommand, LazyGroup

config: click.Group = LazyGroup(
    "config",
    help="Show, explain and document the settings. Secrets are never shown.",
    table={
        "show": LazyCommand("dify_runtime.cli.config.show:show", "Show the settings that are set, and by which layer."),
        "explain": LazyCommand("dify_runtime.cli.config.explain:explain", "Say where one setting gets its value."),
        "docs": LazyCommand("dify_runtime.cli.config.docs:docs", "Print the settings reference as Markdown."),
    },
)
"""The group; each command is imported when it runs."""
