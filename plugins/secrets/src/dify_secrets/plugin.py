"""The declaration of the plugin."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from dify_runtime_sdk import DifyRuntimeError, Plugin, Runtime, Service, hookimpl

from .settings import SecretsSettings

if TYPE_CHECKING:
    from .domain.keyring import Keyring

_log = logging.getLogger(__name__)


class SecretsPlugin(Plugin):
    """The secret key, tokens and signed links, password hashes, and encryption for workspaces."""

    settings = SecretsSettings
    requires = ("storage",)

    settling: ClassVar[float] = 5.0
    """Seconds after the start in which other processes that found no stored key write theirs."""

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer `Tokens`, `Passwords`, `UrlSigner` and `TenantSecrets`, and to this plugin alone its keys."""
        from dify_runtime_sdk.secrets import Passwords, TenantSecrets, Tokens, UrlSigner

        from . import factories
        from .domain.keyring import Keyring

        return [
            Service(Keyring, factories.make_keyring),
            Service(Tokens, factories.make_tokens),
            Service(UrlSigner, factories.make_url_signer),
            Service(Passwords, factories.make_passwords),
            Service(TenantSecrets, factories.make_tenant_secrets),
        ]

    async def start(self, runtime: Runtime) -> None:
        """Have a secret key, or fail: raises `SecretsError` when none is set and none can be kept."""
        from .domain.keyring import Keyring

        keyring = await runtime.services.get(Keyring)
        if runtime.settings(SecretsSettings).key is None:
            runtime.spawn(self._agree(runtime, keyring), name="agree on the secret key")

    async def _agree(self, runtime: Runtime, keyring: "Keyring") -> None:
        """Look at the stored key once more, when all processes that were started together have written theirs."""
        from . import factories

        await asyncio.sleep(self.settling)
        try:
            await (await factories.stored_key(runtime)).agree(keyring)
        except DifyRuntimeError as error:
            _log.warning("cannot look at the stored secret key again: %s", error)
