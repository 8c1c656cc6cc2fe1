"""The declaration of the plugin that guards the Service API."""

from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import Plugin, Role, Runtime, hookimpl

if TYPE_CHECKING:
    from dify_runtime_sdk.http import GroupAuthenticator


class AccountsServicePlugin(Plugin):
    """The authenticator of the group `service`: API keys."""

    requires = ("accounts", "group-service")
    roles: ClassVar[frozenset[Role]] = frozenset({"api"})

    @hookimpl
    def authenticators(self, runtime: Runtime) -> "list[GroupAuthenticator]":
        """Guard the Service API."""
        from dify_runtime_sdk.http import GroupAuthenticator

        from .authenticating import ServiceAuthenticator

        return [GroupAuthenticator("service", ServiceAuthenticator(runtime))]
