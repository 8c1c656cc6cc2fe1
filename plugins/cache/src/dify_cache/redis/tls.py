"""The TLS context that all connections of a back end share."""

import asyncio
import logging

from redis.asyncio.connection import RedisSSLContext

from dify_runtime_sdk import SettingsError

from .address import Tls

_log = logging.getLogger(__name__)


async def tls_context(tls: Tls) -> RedisSSLContext:
    """Load certificates and key, in a thread; raises `SettingsError` when one cannot be read."""
    if tls.checks == "none":
        _log.warning("the certificate of Redis is not checked; set REDIS_SSL_CERT_REQS=CERT_REQUIRED")
    context = RedisSSLContext(
        keyfile=tls.key,
        certfile=tls.certificate,
        cert_reqs=tls.checks,
        ca_certs=tls.authorities,
        check_hostname=tls.checks == "required",
    )
    try:
        await asyncio.to_thread(context.get)
    except OSError as error:  # ssl.SSLError is one too
        raise SettingsError(
            f"the certificates for Redis cannot be loaded: {type(error).__name__}: {error}",
            hint="REDIS_SSL_CA_CERTS, REDIS_SSL_CERTFILE and REDIS_SSL_KEYFILE must name readable PEM files",
        ) from error
    return context
