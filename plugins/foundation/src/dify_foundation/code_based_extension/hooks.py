"""The extension point of this plugin."""

from collections.abc import Iterable

from dify_runtime_sdk import Runtime, hookspec

from .protocols import CodeBasedExtension


class CodeBasedExtensionHooks:
    """Extensions that come in wheels."""

    @hookspec
    def code_based_extensions(self, runtime: Runtime) -> Iterable[CodeBasedExtension] | None:
        """Contribute moderation and external data tools as code; see `CodeBasedExtension`.

        When: once per boot, in phase finish, in every process. A name that is taken in its kind is an error.
        """
