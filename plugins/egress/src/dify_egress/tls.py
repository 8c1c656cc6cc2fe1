"""The TLS contexts of one runtime: one that verifies and one that does not, each made once, off the event loop."""

import asyncio
import ssl
from pathlib import Path

from dify_runtime_sdk.egress import EgressError


class TlsContexts:
    """Makes a context at its first use: reading the authorities takes tens of milliseconds."""

    def __init__(self, bundle: Path | None = None) -> None:
        self._bundle = bundle
        self._contexts: dict[bool, ssl.SSLContext] = {}
        self._making = asyncio.Lock()

    async def get(self, *, verify: bool) -> ssl.SSLContext:
        """The shared context; raises `EgressError` when the operator's bundle cannot be read."""
        async with self._making:
            context = self._contexts.get(verify)
            if context is None:
                make = self._verifying if verify else _lenient
                context = self._contexts[verify] = await asyncio.to_thread(make)
            return context

    def _verifying(self) -> ssl.SSLContext:
        """Trust the system's authorities, where operators put those of internal networks, and the bundle."""
        context = ssl.create_default_context()
        places = ssl.get_default_verify_paths()
        if not (places.cafile or places.capath):  # a slim container without certificates
            import certifi

            context.load_verify_locations(certifi.where())
        if self._bundle is not None:
            self._add(self._bundle, context)
        return context

    @staticmethod
    def _add(bundle: Path, context: ssl.SSLContext) -> None:
        try:
            context.load_verify_locations(bundle)
        except OSError as error:  # as SSLError is
            reason = f"EGRESS_CA_BUNDLE: {bundle} cannot be read: {error}"
            raise EgressError(reason, hint="it must hold certificates as PEM") from error


def _lenient() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
