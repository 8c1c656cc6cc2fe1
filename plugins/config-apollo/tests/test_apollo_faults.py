"""A service that is down, slow, broken or somebody else: always one error, never settings."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from dify_config_apollo.limits import Limits
from dify_runtime_sdk import ConfigSourceError


async def error_of(apollo: Any, **options: Any) -> str:
    """The message of the error that a fetch raises; checks that it names the source and the address."""
    with pytest.raises(ConfigSourceError) as caught:
        await apollo.source(**options).fetch()
    assert f"config source 'apollo' at {apollo.server.url} " in caught.value.message
    assert caught.value.hint
    return str(caught.value)


async def test_a_service_that_is_down(apollo: Any) -> None:
    await apollo.server.stop()
    assert "cannot be reached" in await error_of(apollo)


async def test_a_silent_service(apollo: Any) -> None:
    apollo.server.fault = lambda _request: b""
    assert "gives no answer in time" in await error_of(apollo, limits=Limits(read=0.05))


async def test_a_service_that_never_comes_to_an_end(apollo: Any) -> None:
    apollo.answers(200, b"{", length=1_000_000)
    apollo.server.drips = True
    assert "gives no answer in time" in await error_of(apollo, limits=Limits(read=0.2, transfer=0.0))


async def test_a_cancelled_fetch_leaves_no_task_and_no_connection(apollo: Any) -> None:
    apollo.server.fault = lambda _request: b""
    before = asyncio.all_tasks()
    task = asyncio.create_task(apollo.source().fetch())
    await apollo.server.until_asked("/configs")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await apollo.server.until_left_alone()
    assert task not in asyncio.all_tasks()
    assert asyncio.all_tasks() <= before


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "APOLLO_SECRET"),
        (403, "APOLLO_SECRET"),
        (404, "APOLLO_NAMESPACE"),
        (400, "log of the config service"),
        (500, "log of the config service"),
        (503, "log of the config service"),
        (204, "log of the config service"),
    ],
)
async def test_a_wrong_status(apollo: Any, status: int, remedy: str) -> None:
    apollo.answers(status, b"" if status == 204 else b'{"message": "the body is not quoted"}')
    message = await error_of(apollo)
    assert f"answers {status} (namespace 'application')" in message
    assert remedy in message
    assert "quoted" not in message


async def test_no_change_is_no_answer_to_the_first_read(apollo: Any) -> None:
    apollo.answers(304)
    assert "answers 304, though nothing is known yet" in await error_of(apollo)


async def test_a_redirect_is_not_followed(apollo: Any, serve: Any) -> None:
    other = await serve()
    apollo.answers(302, b"", f"Location: {other.server.url}/configs/shop/default/application")
    message = await error_of(apollo)
    assert "answers 302" in message
    assert "redirects are not followed" in message
    assert other.server.requests == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "something that is not JSON"),
        (b"", "something that is not JSON"),
        (b"\xff\xfe\xfd", "something that is not JSON"),
        (b"[" * 200_000, "something that is not JSON"),
        (b"<!DOCTYPE html><title>Sign in</title>", "an HTML page that is not JSON"),
        (b"[]", "without a mapping under 'configurations'"),
        (b'"text"', "without a mapping under 'configurations'"),
        (b'{"releaseKey": "r"}', "without a mapping under 'configurations'"),
        (b'{"configurations": ["A=1"], "releaseKey": "r"}', "without a mapping under 'configurations'"),
        (b'{"configurations": null, "releaseKey": "r"}', "without a mapping under 'configurations'"),
        (b'{"configurations": {"A": "1", "SMTP_PORT": 25}}', "a value of 'SMTP_PORT' that is not text"),
        (b'{"configurations": {"A": null}}', "a value of 'A' that is not text"),
        (b'{"configurations": {"A": {"B": "hidden"}}}', "a value of 'A' that is not text"),
    ],
)
async def test_a_body_that_is_not_what_the_protocol_says(apollo: Any, body: bytes, reason: str) -> None:
    apollo.answers(200, body)
    message = await error_of(apollo)
    assert reason in message
    assert "hidden" not in message


async def test_a_release_without_a_key_is_read_anew_each_time(apollo: Any) -> None:
    apollo.answers(200, b'{"configurations": {"A": "1"}}')
    source = apollo.source()
    assert await source.fetch() == await source.fetch() == {"A": "1"}
    assert [request.query["releaseKey"] for request in apollo.server.requests] == ["", ""]


async def test_a_truncated_body(apollo: Any) -> None:
    apollo.answers(200, b'{"configurations": {"A": "1"}}', length=1000)
    assert "gives no whole answer: RemoteProtocolError" in await error_of(apollo)


async def test_a_body_that_does_not_say_how_long_it_is(apollo: Any) -> None:
    apollo.server.fault = lambda _request: b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"configurations": {}}'
    assert "does not say where its answer ends" in await error_of(apollo)


async def test_a_huge_body(apollo: Any) -> None:
    filler = b'{"configurations": {"A": "' + b"x" * 9 * 1024 * 1024 + b'"}}'
    apollo.answers(200, filler)
    assert "answers more than 8388608 bytes" in await error_of(apollo)


async def test_a_packed_body_that_was_not_asked_for(apollo: Any) -> None:
    apollo.answers(200, b"...", "Content-Encoding: gzip")
    assert "content encoding that was not asked for" in await error_of(apollo)
    assert apollo.server.requests[0].headers["accept-encoding"] == "identity"


async def test_something_that_is_not_http(apollo: Any) -> None:
    apollo.server.fault = lambda _request: b"220 mail.example ESMTP hidden\r\n"
    message = await error_of(apollo)
    assert "gives no whole answer: RemoteProtocolError" in message
    assert "hidden" not in message


async def test_after_a_failure_the_same_source_can_be_asked_again(apollo: Any) -> None:
    apollo.answers(500)
    source = apollo.source()
    with pytest.raises(ConfigSourceError):
        await source.fetch()
    apollo.server.fault = lambda _request: None
    assert await source.fetch()


async def test_a_certificate_that_nobody_trusts(serve: Any) -> None:
    secure = await serve(ssl=server_context(trustme.CA()))
    message = await error_of(secure)
    assert "CERTIFICATE_VERIFY_FAILED" in message
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
