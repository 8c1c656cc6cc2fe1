"""The section `dependencies`: plugins that the app needs."""

from .base import Section


class DependencyValue(Section):
    """Which plugin, in the terms of the place it comes from."""

    marketplace_plugin_unique_identifier: str | None = None
    """`author/name:version@checksum`; type `marketplace`."""
    github_plugin_unique_identifier: str | None = None
    """The same; type `github`, with `repo`, `version` and `package`."""
    plugin_unique_identifier: str | None = None
    """The same; type `package`."""
    version: str | None = None
    """The version wanted; none stands for that of the identifier."""
    repo: str | None = None
    """Repository as `owner/name`; type `github`."""
    package: str | None = None
    """Name of the file among those of the release; type `github`."""


class Dependency(Section):
    """One plugin that the app needs."""

    type: str
    """marketplace, github or package. Others are kept, and nothing can be installed from them."""
    value: DependencyValue = DependencyValue()
    current_identifier: str | None = None
    """What is installed instead in the workspace that asks; always null in a file."""

    @property
    def identifier(self) -> str | None:
        """The unique identifier of the plugin, whichever field holds it."""
        value = self.value
        return (
            value.marketplace_plugin_unique_identifier
            or value.github_plugin_unique_identifier
            or value.plugin_unique_identifier
        )

    @property
    def plugin_id(self) -> str | None:
        """`author/name`."""
        return self.identifier.split(":", 1)[0] if self.identifier else None
