"""The declaration of the plugin."""

from dify_runtime_sdk import Plugin

from .source import ApolloSource


class ConfigApolloPlugin(Plugin):
    """Brings the config source `apollo`; it has nothing to start."""

    config_source = ApolloSource
