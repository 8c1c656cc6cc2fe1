"""The declaration of the plugin."""

from dify_runtime_sdk import Plugin

from .source import NacosSource


class ConfigNacosPlugin(Plugin):
    """Brings the config source `nacos`; it has nothing to start."""

    config_source = NacosSource
