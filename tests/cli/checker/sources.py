"""The text of a distribution that is checked."""

MANIFEST = """
[project]
name = "{name}"
version = "1.0"
description = "A plugin"
readme = "README.md"
requires-python = ">=3.12"
dependencies = [{dependencies}]

[project.entry-points."dify_runtime.plugins"]
{entry_points}
"""
ENTRY_POINT = 'cellar = "cellar.plugin:One"'
SDK = '"dify-runtime-sdk>=0.1,<0.2"'
GOOD = 'from dify_runtime_sdk import Plugin\n\n\nclass One(Plugin):\n    """A plugin."""\n'
