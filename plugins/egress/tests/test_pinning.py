"""The socket goes to the address that was checked, whatever the name says afterwards."""

import threading

import httpx
import pytest

from dify_runtime_sdk.egress import EgressDeniedError, EgressError, Limits


async def test_a_name_that_moves_after_the_look_up_is_not_followed(serve, egress, names, answer):
    trap = await serve(answer(body=b"trap"), host="127.0.0.1")
    checked = await serve(answer(body=b"checked"), host="127.0.0.2", port=trap.port)
    resolver = names(moving_test=[["127.0.0.2"], ["127.0.0.1"]])
    service = await egress(EGRESS_ALLOW="127.0.0.2", resolver=resolver)
    response = await service.untrusted().get(f"http://moving.test:{trap.port}/")
    assert response.content == b"checked"
    assert resolver.asked == ["moving.test"]
    assert (checked.connections, trap.connections) == (1, 0)
    assert checked.requests[0].headers["host"] == f"moving.test:{trap.port}"


async def test_the_next_connection_is_checked_anew(serve, egress, names, answer):
    trap = await serve()
    checked = await serve(answer(200, b"", "Connection: close"), host="127.0.0.2", port=trap.port)
    resolver = names(moving_test=[["127.0.0.2"], ["127.0.0.1"]])
    service = await egress(EGRESS_ALLOW="127.0.0.2", resolver=resolver)
    client = service.untrusted()
    await client.get(f"http://moving.test:{trap.port}/")
    with pytest.raises(EgressDeniedError) as caught:
        await client.get(f"http://moving.test:{trap.port}/")
    assert (checked.connections, trap.connections) == (1, 0)
    assert "127.0.0.1" not in str(caught.value)  # where names lead to inside is nobody's business


async def test_a_name_that_leads_to_both_is_refused_as_a_whole(serve, egress, names):
    trap = await serve()
    service = await egress(EGRESS_ALLOW="127.0.0.2", resolver=names(both_test=[["127.0.0.2", "127.0.0.1"]]))
    with pytest.raises(EgressDeniedError):
        await service.untrusted().get(f"http://both.test:{trap.port}/")
    assert trap.connections == 0


async def test_an_allowed_name_may_lead_to_a_private_address(serve, egress, names):
    server = await serve()
    resolver = names(files_corp_test=[["127.0.0.1"]], other_test=[["127.0.0.1"]])
    service = await egress(EGRESS_ALLOW="*.corp.test", resolver=resolver)
    assert (await service.untrusted().get(f"http://Files.Corp.test.:{server.port}/")).status_code == 200
    with pytest.raises(EgressDeniedError):
        await service.untrusted().get(f"http://other.test:{server.port}/")


async def test_the_next_address_is_tried_when_one_does_not_answer(serve, egress, names):
    server = await serve(host="127.0.0.3")
    service = await egress(resolver=names(several_test=[["127.0.0.2", "127.0.0.3"]]))
    assert (await service.untrusted().get(f"http://several.test:{server.port}/")).status_code == 200


async def test_only_a_few_addresses_of_one_name_are_tried(serve, egress, names):
    server = await serve(host="127.0.0.9")
    many = [f"127.0.0.{last}" for last in range(2, 10)]
    service = await egress(resolver=names(many_test=[many]))
    with pytest.raises(httpx.ConnectError):
        await service.untrusted(limits=Limits(retries=0)).get(f"http://many.test:{server.port}/")
    assert server.connections == 0


async def test_a_redirect_is_not_followed_unless_asked(serve, egress, answer):
    target = await serve()
    server = await serve(answer(302, b"", f"Location: {target.url}/"))
    response = await (await egress()).untrusted().get(server.url)
    assert (response.status_code, target.connections) == (302, 0)


async def test_every_hop_of_a_redirect_is_checked(serve, egress, answer):
    trap = await serve(host="127.0.0.1")
    server = await serve(answer(302, b"", f"Location: {trap.url}/secret"), host="127.0.0.2")
    service = await egress(EGRESS_ALLOW="127.0.0.2")
    with pytest.raises(EgressDeniedError):
        await service.untrusted().get(server.url, follow_redirects=True)
    assert (server.connections, trap.connections) == (1, 0)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://user@127.0.0.1/", "http://a:99999999/"]
)
async def test_a_redirect_to_something_else_is_refused(target, serve, egress, answer):
    server = await serve(answer(302, b"", f"Location: {target}"))
    with pytest.raises(EgressError):
        await (await egress()).untrusted().get(server.url, follow_redirects=True)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.0.0.1:99999999/"])
async def test_a_trusted_server_cannot_redirect_to_what_is_none(target, serve, egress, answer):
    server = await serve(answer(302, b"", f"Location: {target}"))
    with pytest.raises(EgressError):
        await (await egress()).trusted().get(server.url, follow_redirects=True)


async def test_redirects_end(serve, egress, answer):
    server = await serve(answer(302, b"", "Location: /again"))
    with pytest.raises(EgressError, match="more than 10 times") as caught:
        await (await egress()).untrusted().get(server.url, follow_redirects=True)
    assert isinstance(caught.value, httpx.TooManyRedirects)


async def test_a_certificate_is_verified_against_the_name_and_not_the_address(serve, egress, names, tls, bundle):
    server = await serve(tls=tls("api.test"))
    resolver = names(api_test=[["127.0.0.1"]], other_test=[["127.0.0.1"]])
    service = await egress(EGRESS_CA_BUNDLE=bundle, resolver=resolver)
    assert (await service.untrusted().get(f"https://api.test:{server.port}/")).status_code == 200
    with pytest.raises(httpx.ConnectError, match="certificate is refused"):
        await service.untrusted().get(f"https://other.test:{server.port}/")
    assert len(server.requests) == 1


async def test_a_look_up_that_hangs_counts_as_connecting(egress):
    done = threading.Event()

    def stalled(*_):
        done.wait()
        raise OSError("too late")

    try:
        service = await egress(resolver=stalled, SSRF_DEFAULT_CONNECT_TIME_OUT=0.05)
        with pytest.raises(httpx.ConnectTimeout):
            await service.untrusted(limits=Limits(retries=0)).get("http://stalled.test/")
    finally:
        done.set()
