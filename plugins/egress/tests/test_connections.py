"""Connections are shared, reused, and closed whatever happens; one TLS context serves all."""

import asyncio
import gc

import httpx
import pytest

from dify_runtime_sdk.egress import EgressError, Limits


@pytest.mark.parametrize("policy", ["trusted", "untrusted"])
async def test_many_clients_use_one_connection(policy, serve, egress):
    server = await serve()
    service = await egress()
    for _ in range(5):
        await getattr(service, policy)(limits=Limits(read=3)).get(server.url)
    assert (server.connections, len(server.requests)) == (1, 5)


async def test_idle_connections_are_kept_in_number_and_time(serve, egress):
    server = await serve()
    service = await egress(SSRF_POOL_MAX_KEEPALIVE_CONNECTIONS=1, SSRF_POOL_KEEPALIVE_EXPIRY=60)
    client = service.untrusted()
    await asyncio.gather(*(client.get(server.url) for _ in range(3)))
    made = server.connections
    await asyncio.gather(*(client.get(server.url) for _ in range(3)))
    assert (made, server.connections) == (3, 5)
    brief = await egress(SSRF_POOL_KEEPALIVE_EXPIRY=0.001)
    for _ in range(2):
        await brief.untrusted().get(server.url)
        await asyncio.sleep(0.002)
    assert server.connections == 7


async def test_of_trusted_connections_few_are_kept_however_many_there_were(serve, egress):
    server = await serve()
    client = (await egress(EGRESS_TRUSTED_MAX_KEEPALIVE_CONNECTIONS=1)).trusted()
    await asyncio.gather(*(client.get(server.url) for _ in range(3)))
    made = server.connections
    await asyncio.gather(*(client.get(server.url) for _ in range(3)))
    assert (made, server.connections) == (3, 5)


async def test_a_client_that_is_closed_closes_no_one_elses_connection(serve, egress):
    server = await serve()
    service = await egress()
    async with service.untrusted() as client:
        await client.get(server.url)
    await service.untrusted().get(server.url)
    assert server.connections == 1


async def test_all_clients_share_one_tls_context(serve, egress, tls, bundle):
    server = await serve(tls=tls("127.0.0.1"))
    service = await egress(EGRESS_CA_BUNDLE=bundle)

    async def context(client):
        async with client.stream("GET", server.url) as response:
            return response.extensions["network_stream"].get_extra_info("ssl_object").context

    clients = [service.trusted(), service.untrusted(), service.trusted(limits=Limits(read=1))]
    verifying = {id(await context(client)) for client in clients}
    lenient = {id(await context(client)) for client in (service.trusted(verify=False), service.untrusted(verify=False))}
    assert len(verifying) == len(lenient) == 1
    assert verifying != lenient


async def test_certificates_are_verified_unless_the_operator_says_otherwise(serve, egress, tls):
    server = await serve(tls=tls("127.0.0.1"))
    service = await egress()
    for client in (service.trusted(), service.untrusted(), service.untrusted(verify=True)):
        with pytest.raises(httpx.ConnectError, match="certificate is refused"):
            await client.get(server.url)
    assert (await service.untrusted(verify=False).get(server.url)).status_code == 200
    lax = await egress(HTTP_REQUEST_NODE_SSL_VERIFY=False)
    assert (await lax.untrusted().get(server.url)).status_code == 200
    with pytest.raises(EgressError):
        await lax.untrusted(verify=True).get(server.url)
    with pytest.raises(EgressError):
        await lax.trusted().get(server.url)


async def test_an_answer_without_a_connection_to_keep(serve, egress, answer):
    server = await serve(answer(200, b"", "Connection: close"))
    client = (await egress()).untrusted()
    await client.get(server.url)
    await client.get(server.url)
    assert server.connections == 2


@pytest.mark.parametrize("policy", ["trusted", "untrusted"])
async def test_a_request_that_is_cancelled_leaves_no_connection(policy, serve, egress, hang):
    server = await serve(hang)
    sending = asyncio.create_task(getattr(await egress(), policy)().get(server.url))
    await server.reached.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await server.gone.wait()


@pytest.mark.parametrize("policy", ["trusted", "untrusted"])
async def test_a_handshake_that_is_cancelled_leaves_no_connection(policy, egress):
    accepted, gone = asyncio.Event(), asyncio.Event()

    async def silent(reader, writer):
        accepted.set()
        while await reader.read(4096):
            pass
        gone.set()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    sending = asyncio.create_task(getattr(await egress(), policy)().get(url))
    await accepted.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await gone.wait()
    listener.close()
    gc.collect()


async def test_a_stream_that_is_left_early_gives_its_connection_up(serve, egress):
    async def endless(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    server = await serve(endless)
    async with (await egress()).untrusted().stream("GET", server.url) as response:
        async for _ in response.aiter_bytes():
            break
    await server.gone.wait()


async def test_no_cookie_is_kept(serve, egress, answer):
    server = await serve(answer(200, b"", "Set-Cookie: session=secret; Path=/"))
    client = (await egress()).untrusted()
    for _ in range(2):
        response = await client.get(server.url)
    assert response.cookies["session"] == "secret"
    assert "cookie" not in server.requests[-1].headers
    await client.get(server.url, headers={"Cookie": "own=1"})
    assert server.requests[-1].headers["cookie"] == "own=1"


async def test_the_end_closes_what_is_idle_and_refuses_what_comes_later(serve, egress):
    server = await serve()
    service = await egress()
    client = service.trusted()
    await client.get(server.url)
    await service.__aexit__(None, None, None)
    await server.gone.wait()
    with pytest.raises(EgressError, match="ended with the runtime"):
        await client.get(server.url)


async def test_a_bundle_that_cannot_be_read_is_an_error_that_names_it(serve, egress, tls, tmp_path):
    path = tmp_path / "broken.pem"
    path.write_text("not a certificate")
    server = await serve(tls=tls("127.0.0.1"))
    with pytest.raises(EgressError, match="EGRESS_CA_BUNDLE"):
        await (await egress(EGRESS_CA_BUNDLE=path)).trusted().get(server.url)
