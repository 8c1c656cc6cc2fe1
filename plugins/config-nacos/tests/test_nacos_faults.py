"""A server that is down, slow, broken or somebody else: always one error, never settings."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from dify_config_nacos.limits import Limits
from dify_runtime_sdk import ConfigSourceError

USER = {"USERNAME": "dify", "PASSWORD": "sesame"}
LOGIN, READ = "/nacos/v1/auth/login", "/nacos/v1/cs/configs"


async def error_of(nacos: Any, **options: Any) -> str:
    """The message of the error that a fetch raises; checks that it names the source and the address."""
    with pytest.raises(ConfigSourceError) as caught:
        await nacos.source(**options).fetch()
    assert f"config source 'nacos' at {nacos.server.url} " in caught.value.message
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize("user", [{}, USER])
async def test_a_server_that_is_down_is_an_error_and_not_a_text(nacos: Any, user: dict[str, str]) -> None:
    await nacos.server.stop()
    assert "cannot be reached" in await error_of(nacos, **user)


@pytest.mark.parametrize("user", [{}, USER])
async def test_a_silent_server(nacos: Any, user: dict[str, str]) -> None:
    nacos.server.fault = lambda _request: b""
    assert "gives no answer in time" in await error_of(nacos, limits=Limits(read=0.05), **user)


async def test_a_server_that_never_comes_to_an_end(nacos: Any) -> None:
    nacos.answers(200, b"A=1\n", length=1_000_000)
    nacos.server.drips = True
    assert "gives no answer in time" in await error_of(nacos, limits=Limits(read=0.2, transfer=0.0))


async def test_a_cancelled_fetch_leaves_no_task_and_no_connection(nacos: Any) -> None:
    nacos.server.fault = lambda _request: b""
    before = asyncio.all_tasks()
    task = asyncio.create_task(nacos.source().fetch())
    await nacos.server.until_asked(READ)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await nacos.server.until_left_alone()
    assert asyncio.all_tasks() <= before


async def test_a_fetch_cancelled_in_its_login_logs_in_again(nacos: Any) -> None:
    nacos.server.users = {"dify": "sesame"}
    nacos.server.fault = lambda _request: b""
    source = nacos.source(**USER)
    task = asyncio.create_task(source.fetch())
    await nacos.server.until_asked(LOGIN)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    nacos.server.fault = lambda _request: None
    assert await source.fetch()


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "set DIFY_ENV_NACOS_USERNAME"),
        (403, "set DIFY_ENV_NACOS_USERNAME"),
        (404, "DIFY_ENV_NACOS_DATA_ID"),
        (400, "log of the Nacos server"),
        (500, "log of the Nacos server"),
        (204, "log of the Nacos server"),
        (304, "redirects are not followed"),
    ],
)
async def test_a_wrong_status(nacos: Any, status: int, remedy: str) -> None:
    nacos.answers(status, b"" if status in {204, 304} else b"SMTP_PORT=the body is not quoted")
    message = await error_of(nacos)
    assert f"answers {status} (dataId 'dify-api-env.properties' in group 'nacos-dify')" in message
    assert remedy in message
    assert "quoted" not in message


async def test_a_text_that_is_not_there(nacos: Any) -> None:
    assert "answers 404 (dataId 'absent' in group 'nacos-dify')" in await error_of(nacos, DATA_ID="absent")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(nacos: Any, serve: Any, status: int) -> None:
    other = await serve()
    nacos.answers(status, b"", f"Location: {other.server.url}{READ}?dataId=x")
    message = await error_of(nacos)
    assert f"answers {status}" in message
    assert "redirects are not followed" in message
    assert other.server.requests == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html>\n<title lang=en>Sign in</title>", "a page or a JSON document"),
        (b"\n\n  <html lang='en'>", "a page or a JSON document"),
        (b'{"status":403,"message":"hidden: no"}', "a page or a JSON document"),
        (b"", "an empty configuration"),
        (b" \r\n\t\n", "an empty configuration"),
        (b"server is DOWN now, hidden, please try again later!", "without a single line of NAME=value"),
        (b"# a comment\nand a message", "without a single line of NAME=value"),
        (b"A=gr\xfc\xdf", "something that is not UTF-8 text"),
        (b"\x1f\x8b\x08\x00\x00=\xff", "something that is not UTF-8 text"),
    ],
)
async def test_a_body_that_can_be_no_properties_text(nacos: Any, body: bytes, reason: str) -> None:
    nacos.answers(200, body)
    message = await error_of(nacos)
    assert reason in message
    assert "hidden" not in message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "something that is not JSON"),
        (b"<html>", "something that is not JSON"),
        (b"[" * 200_000, "something that is not JSON"),
        (b"[]", "JSON without a usable 'accessToken'"),
        (b"{}", "JSON without a usable 'accessToken'"),
        (b'{"accessToken": ""}', "JSON without a usable 'accessToken'"),
        (b'{"accessToken": 7}', "JSON without a usable 'accessToken'"),
        (b'{"accessToken": "hidden", "tokenTtl": "soon"}', "JSON without a usable 'accessToken'"),
        (b'{"accessToken": "hidden", "tokenTtl": true}', "JSON without a usable 'accessToken'"),
        (b'{"accessToken": "hidden", "tokenTtl": null}', "JSON without a usable 'accessToken'"),
    ],
)
async def test_a_login_that_is_answered_with_nonsense(nacos: Any, body: bytes, reason: str) -> None:
    nacos.answers(200, body)
    message = await error_of(nacos, **USER)
    assert f"{reason}" in message
    assert "(login)" in message
    assert "hidden" not in message
    assert nacos.server.asked(READ) == []


async def test_a_truncated_body(nacos: Any) -> None:
    nacos.answers(200, b"A=1\nB=", length=1000)
    assert "gives no whole answer: RemoteProtocolError" in await error_of(nacos)


async def test_a_body_that_would_look_whole_if_it_were_truncated(nacos: Any) -> None:
    nacos.server.fault = lambda _request: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nA=1\nB="
    assert "does not say where its answer ends" in await error_of(nacos)


async def test_a_chunked_body_says_where_it_ends(nacos: Any) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nA=1\r\n0\r\n\r\n"
    nacos.server.fault = lambda _request: chunked
    assert await nacos.source().fetch() == {"A": "1"}
    nacos.server.fault = lambda _request: chunked[:-5]
    assert "gives no whole answer" in await error_of(nacos)


async def test_a_huge_body(nacos: Any) -> None:
    nacos.answers(200, b"A=1\n" + b"#" * 9 * 1024 * 1024)
    assert "answers more than 8388608 bytes" in await error_of(nacos)


async def test_a_packed_body_that_was_not_asked_for(nacos: Any) -> None:
    nacos.answers(200, b"A=1", "Content-Encoding: gzip")
    assert "content encoding that was not asked for" in await error_of(nacos)
    assert nacos.server.requests[0].headers["accept-encoding"] == "identity"


async def test_something_that_is_not_http(nacos: Any) -> None:
    nacos.server.fault = lambda _request: b"220 mail.example ESMTP hidden\r\n"
    message = await error_of(nacos)
    assert "gives no whole answer: RemoteProtocolError" in message
    assert "hidden" not in message


async def test_a_certificate_that_nobody_trusts(serve: Any) -> None:
    secure = await serve(ssl=server_context(trustme.CA()))
    assert "CERTIFICATE_VERIFY_FAILED" in await error_of(secure)
    assert secure.server.requests == []


async def test_a_certificate_of_the_systems_trust_store(
    serve: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    secure = await serve(ssl=server_context(authority))
    assert await secure.source().fetch()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
