"""The plugin `config-file`."""

from dify_runtime_sdk import Plugin

from .source import FileSource


class ConfigFilePlugin(Plugin):
    """Brings the config source `file`; it has nothing to start."""

    config_source = FileSource
