"""TLS, through a proxy that ends it: the certificates are made by the test."""

import ssl

import pytest
import trustme

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.cache import CacheError

from .conftest import HASTY
from .waiting import soon


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def authority_file(authority, tmp_path):
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def guarded(authority, proxied, server):
    """Open a proxy that proves to be `name`; with `clients` it asks those for a certificate of that authority."""

    async def guarded(name="127.0.0.1", clients=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            clients.configure_trust(context)
        return await proxied(server.port, tls=context)

    return guarded


async def works(cache, key):
    async with cache.pubsub.subscribe(key) as messages, cache.locks.hold(key):
        await cache.pubsub.publish(key, b"1")
        await cache.streams.append(f"{key}:log", b"2")
        entries = await soon(cache.streams.read(f"{key}:log", wait=600))
        return (await soon(anext(messages)))[1], entries[0].value


@pytest.mark.parametrize("checks", ["CERT_REQUIRED", "CERT_OPTIONAL"])
async def test_a_server_with_a_trusted_certificate_is_used(checks, guarded, authority_file, connect, key):
    proxy = await guarded()
    settings = {"REDIS_SSL_CERT_REQS": checks, "REDIS_SSL_CA_CERTS": authority_file}
    cache = await connect(proxy.port, REDIS_USE_SSL=True, **settings)
    assert await works(cache, key) == (b"1", b"2")


@pytest.mark.parametrize("checks", ["CERT_REQUIRED", "CERT_OPTIONAL"])
async def test_a_server_of_another_authority_is_refused(checks, guarded, connect, tmp_path):
    proxy = await guarded()
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    settings = {"REDIS_SSL_CERT_REQS": checks, "REDIS_SSL_CA_CERTS": str(tmp_path / "other.pem")}
    cache = await connect(proxy.port, HASTY, REDIS_USE_SSL=True, **settings)
    with pytest.raises(CacheError, match=r"(?i)certificate verify failed"):
        await soon(cache.ping())


async def test_a_server_with_the_certificate_of_another_host_is_refused(guarded, authority_file, connect):
    proxy = await guarded("elsewhere.example")
    settings = {"REDIS_SSL_CERT_REQS": "CERT_REQUIRED", "REDIS_SSL_CA_CERTS": authority_file}
    cache = await connect(proxy.port, HASTY, REDIS_USE_SSL=True, **settings)
    with pytest.raises(CacheError, match=r"(?i)certificate verify failed"):
        await soon(cache.ping())


async def test_with_optional_checks_the_name_of_the_host_does_not_matter(guarded, authority_file, connect):
    proxy = await guarded("elsewhere.example")
    settings = {"REDIS_SSL_CERT_REQS": "CERT_OPTIONAL", "REDIS_SSL_CA_CERTS": authority_file}
    cache = await connect(proxy.port, REDIS_USE_SSL=True, **settings)
    await soon(cache.ping())


@pytest.mark.parametrize("checks", ["CERT_NONE", "whatever"])
async def test_without_checks_any_certificate_will_do_and_the_log_says_so(checks, guarded, connect, key, caplog):
    proxy = await guarded("elsewhere.example")
    cache = await connect(proxy.port, REDIS_USE_SSL=True, REDIS_SSL_CERT_REQS=checks)
    assert await works(cache, key) == (b"1", b"2")
    assert "REDIS_SSL_CERT_REQS=CERT_REQUIRED" in caplog.text


async def test_the_client_shows_its_certificate(guarded, authority_file, connect, tmp_path):
    clients = trustme.CA()
    proxy = await guarded(clients=clients)
    own = clients.issue_cert("client.example")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    own.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    settings = {"REDIS_USE_SSL": True, "REDIS_SSL_CERT_REQS": "CERT_REQUIRED", "REDIS_SSL_CA_CERTS": authority_file}
    files = {"REDIS_SSL_CERTFILE": str(tmp_path / "certificate.pem"), "REDIS_SSL_KEYFILE": str(tmp_path / "key.pem")}
    await soon((await connect(proxy.port, **settings, **files)).ping())
    with pytest.raises(CacheError):
        await soon((await connect(proxy.port, HASTY, **settings)).ping())


@pytest.mark.parametrize("text", [None, "no certificate"], ids=["missing", "not PEM"])
async def test_a_certificate_that_cannot_be_read_is_an_error_of_the_settings(text, connect, tmp_path):
    path = tmp_path / "authority.pem"
    if text is not None:
        path.write_text(text)
    settings = {"REDIS_SSL_CERT_REQS": "CERT_REQUIRED", "REDIS_SSL_CA_CERTS": str(path)}
    with pytest.raises(SettingsError, match="REDIS_SSL_CA_CERTS"):
        await connect(1, REDIS_USE_SSL=True, **settings)


async def test_a_server_without_tls_is_an_error(server, connect):
    cache = await connect(server.port, HASTY, REDIS_USE_SSL=True)
    with pytest.raises(CacheError, match="cannot be reached"):
        await soon(cache.ping())


async def test_tls_recovers_from_a_cut_too(guarded, authority_file, connect, key):
    proxy = await guarded()
    settings = {"REDIS_SSL_CERT_REQS": "CERT_REQUIRED", "REDIS_SSL_CA_CERTS": authority_file}
    cache = await connect(proxy.port, REDIS_USE_SSL=True, **settings)
    for _ in range(3):
        assert await works(cache, key) == (b"1", b"2")
        await cache.streams.delete(f"{key}:log")
        proxy.cut()
