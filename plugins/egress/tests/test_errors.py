"""What requests raise, and what is logged: typed, in both vocabularies, without paths, queries and credentials."""

import logging

import httpx
import pytest

from dify_runtime_sdk.egress import EgressError, Limits

SECRET = "hunter2"
ONCE = Limits(retries=0)


async def breaks(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.transport.abort()


async def nonsense(_request, _writer):
    return b"SSH-2.0-OpenSSH_9.9\r\n\r\n"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(breaks, httpx.ReadError), (nonsense, httpx.ReadError)],
)
@pytest.mark.parametrize("policy", ["trusted", "untrusted"])
async def test_a_failure_names_the_origin_alone(policy, fault, kind, serve, egress):
    server = await serve(fault)
    client = getattr(await egress(), policy)(limits=ONCE)
    with pytest.raises(EgressError) as caught:
        await client.get(f"{server.url}/{SECRET}?key={SECRET}", headers={"Authorization": SECRET})
    assert isinstance(caught.value, kind)
    assert server.url in caught.value.message
    assert caught.value.hint
    assert SECRET not in f"{caught.value!s} {caught.value!r}"
    assert str(caught.value.request.url).startswith(server.url)


async def test_a_header_that_cannot_be_sent_is_not_quoted(serve, egress):
    server = await serve()
    with pytest.raises(EgressError) as caught:
        await (await egress()).trusted().get(server.url, headers={"Authorization": f"{SECRET}\r\nX: y"})
    assert SECRET not in f"{caught.value!s} {caught.value!r}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", [f"http://user:{SECRET}@[oops/", "http://a:99999999/", "http://exa mple/", "x" * 70000])
async def test_what_is_no_url_is_not_quoted(url, egress):
    for client in ((await egress()).trusted(), (await egress()).untrusted()):
        with pytest.raises(EgressError) as caught:
            await client.get(url)
        assert SECRET not in f"{caught.value!s} {caught.value!r}"


async def test_a_status_that_is_raised_names_the_origin_alone(serve, egress, answer):
    server = await serve(answer(404))
    response = await (await egress()).untrusted().get(f"{server.url}/{SECRET}?key={SECRET}")
    with pytest.raises(httpx.HTTPStatusError) as caught:
        response.raise_for_status()
    assert str(caught.value) == f"{server.url} answers 404"
    assert isinstance(caught.value, EgressError)
    assert caught.value.response is response


async def test_a_status_of_success_is_not_raised(serve, egress, answer):
    server = await serve(answer(204))
    response = await (await egress()).untrusted().get(server.url)
    assert response.raise_for_status() is response


async def test_a_redirect_to_no_url_is_an_error_of_ours(serve, egress, answer):
    server = await serve(answer(302, b"", f"Location: http://{SECRET}:port/"))
    with pytest.raises(EgressError) as caught:
        await (await egress()).untrusted().get(server.url)
    assert SECRET not in str(caught.value)


async def test_httpx_logs_origins_alone(serve, egress, caplog):
    server = await serve()
    service = await egress()
    with caplog.at_level(logging.DEBUG):
        await service.trusted().get(f"{server.url}/{SECRET}?key={SECRET}")
    (record,) = [one for one in caplog.records if one.name == "httpx"]
    assert server.url in record.getMessage()
    assert SECRET not in record.getMessage()


async def test_a_line_for_each_request_is_for_who_debugs(serve, egress, caplog):
    server = await serve()
    service = await egress()
    with caplog.at_level(logging.INFO):
        await service.trusted().get(server.url)
    assert [one for one in caplog.records if one.name == "httpx"] == []


async def test_the_log_is_left_as_it_was(egress):
    before = list(logging.getLogger("httpx").filters)
    service = await egress()
    assert len(logging.getLogger("httpx").filters) == len(before) + 1
    await service.__aexit__(None, None, None)
    assert logging.getLogger("httpx").filters == before


async def test_a_refused_connection_tells_the_operator_why(egress, names, caplog):
    service = await egress(EGRESS_ALLOW="", resolver=names(inside_test=[["127.0.0.1"]]))
    with caplog.at_level(logging.INFO), pytest.raises(EgressError):
        await service.untrusted().get(f"http://inside.test/?key={SECRET}")
    assert "http://inside.test" in caplog.text
    assert "127.0.0.1" in caplog.text
    assert SECRET not in caplog.text
