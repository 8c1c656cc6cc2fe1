"""`dify-runtime plugins`: what is installed, what became of it, and the tools of a plugin author."""

import click

from ..lazy import LazyCommand, LazyGroup

plugins: click.Group = LazyGroup(
    "plugins",
    help="List, draw, check, make and install plugins. These commands work when a plugin is broken.",
    table={
        "list": LazyCommand("dify_runtime.cli.plugins.listing:list_plugins", "List all plugins in the resolved order."),
        "graph": LazyCommand("dify_runtime.cli.plugins.graph:graph", "Print the graph with the reason of each edge."),
        "check": LazyCommand("dify_runtime.cli.plugins.check:check", "Check a plugin against the rules for plugins."),
        "new": LazyCommand("dify_runtime.cli.plugins.new:new", "Write a new plugin distribution."),
        "install": LazyCommand("dify_runtime.cli.plugins.install:install", "Install plugins into this environment."),
    },
)
"""The group; each command is imported when it runs."""
