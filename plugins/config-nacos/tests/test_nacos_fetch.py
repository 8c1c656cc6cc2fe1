"""Reading: what goes over the wire, and what comes of it."""

import base64
import logging
from typing import Any

import pytest

from dify_runtime_sdk import ConfigSourceError

LOGIN, READ = "/nacos/v1/auth/login", "/nacos/v1/cs/configs"
USER = {"USERNAME": "dify", "PASSWORD": "open sesame&?"}
KEY = {"ACCESS_KEY": "the-key-id", "SECRET_KEY": "the-key-secret"}


async def test_a_read_asks_for_the_text_of_the_group_in_the_public_namespace(nacos: Any) -> None:
    await nacos.source().fetch()
    [request] = nacos.server.requests
    assert (request.method, request.path) == ("GET", READ)
    assert request.query == {"dataId": "dify-api-env.properties", "group": "nacos-dify", "tenant": ""}
    assert not {"authorization", "spas-accesskey", "timestamp"} & request.headers.keys()


async def test_data_id_group_and_namespace_are_those_of_the_settings(nacos: Any) -> None:
    await nacos.server.publish("A=1", tenant="t 1", group="g&2", data_id="d=3")
    assert await nacos.source(NAMESPACE="t 1", GROUP="g&2", DATA_ID="d=3").fetch() == {"A": "1"}


async def test_a_text_of_comments_alone_holds_no_settings(nacos: Any) -> None:
    await nacos.server.publish("# nothing yet\n\n! really\n")
    assert await nacos.source().fetch() == {}


async def test_a_byte_order_mark_is_not_part_of_the_first_name(nacos: Any) -> None:
    await nacos.server.publish(b"\xef\xbb\xbfA=1")
    assert await nacos.source().fetch() == {"A": "1"}


@pytest.mark.parametrize("scheme", ["", "http://"])
async def test_a_server_is_asked_by_http(nacos: Any, scheme: str) -> None:
    assert await nacos.source(SERVER_ADDR=f" {scheme}{nacos.server.address}/ ").fetch()
    assert nacos.server.requests[0].target.startswith(READ + "?")


async def test_with_user_and_password_it_logs_in_first_and_shows_the_token(nacos: Any) -> None:
    nacos.server.users = {"dify": USER["PASSWORD"]}
    assert await nacos.source(**USER).fetch()
    login, read = nacos.server.requests
    assert (login.method, login.path, login.body) == ("POST", LOGIN, b"")
    assert login.query == {"username": "dify", "password": USER["PASSWORD"]}
    assert read.query["accessToken"] == "token-1"


@pytest.mark.parametrize("missing", USER)
async def test_with_half_a_login_nobody_logs_in(nacos: Any, missing: str) -> None:
    assert await nacos.source(**USER | {missing: ""}).fetch()
    assert nacos.server.asked(LOGIN) == []


async def test_a_token_is_kept(nacos: Any) -> None:
    nacos.server.users = {"dify": USER["PASSWORD"]}
    source = nacos.source(**USER)
    await source.fetch()
    await source.fetch()
    assert len(nacos.server.asked(LOGIN)) == 1


async def test_a_token_is_not_used_in_its_last_ten_seconds(nacos: Any) -> None:
    nacos.server.users, nacos.server.ttl = {"dify": USER["PASSWORD"]}, 10
    source = nacos.source(**USER)
    await source.fetch()
    await source.fetch()
    assert [request.query["accessToken"] for request in nacos.server.asked(READ)] == ["token-1", "token-2"]


async def test_a_token_that_the_server_forgot_is_replaced_once(nacos: Any) -> None:
    nacos.server.users = {"dify": USER["PASSWORD"]}
    source = nacos.source(**USER)
    await source.fetch()
    nacos.server.tokens = []
    assert await source.fetch()
    assert [request.query["accessToken"] for request in nacos.server.asked(READ)] == ["token-1", "token-1", "token-2"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_user_who_may_not_read_is_refused_after_one_more_login(nacos: Any, status: int) -> None:
    nacos.server.users = {"dify": USER["PASSWORD"]}
    refusal = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
    nacos.server.fault = lambda request: refusal if request.path == READ else None
    with pytest.raises(ConfigSourceError, match=rf"answers {status} .*what that user may read"):
        await nacos.source(**USER).fetch()
    assert len(nacos.server.asked(LOGIN)) == len(nacos.server.asked(READ)) == 2


async def test_a_refused_login_is_an_error_that_says_what_to_check(nacos: Any) -> None:
    nacos.server.users = {"dify": "another"}
    with pytest.raises(ConfigSourceError, match=r"answers 403 \(login\) .*DIFY_ENV_NACOS_PASSWORD"):
        await nacos.source(**USER).fetch()
    assert nacos.server.asked(READ) == []


async def test_a_server_that_wants_a_login_nobody_set_says_what_to_set(nacos: Any) -> None:
    nacos.server.users = {"dify": "x"}
    with pytest.raises(ConfigSourceError, match=r"answers 403 .*set DIFY_ENV_NACOS_USERNAME"):
        await nacos.source().fetch()
    assert len(nacos.server.requests) == 1


async def test_a_lifetime_is_assumed_where_the_server_names_none(nacos: Any) -> None:
    body = b'{"accessToken": "granted"}'
    granted = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    nacos.server.fault = lambda request: granted if request.path == LOGIN else None
    source = nacos.source(**USER)
    await source.fetch()
    await source.fetch()
    assert len(nacos.server.asked(LOGIN)) == 1
    assert nacos.server.asked(READ)[1].query["accessToken"] == "granted"


@pytest.mark.parametrize("tenant", ["", "team-a"])
async def test_requests_are_signed_with_the_access_key(nacos: Any, tenant: str) -> None:
    nacos.server.keys = {KEY["ACCESS_KEY"]: KEY["SECRET_KEY"]}
    await nacos.server.publish("A=1", tenant=tenant)
    assert await nacos.source(NAMESPACE=tenant, **KEY).fetch() == {"A": "1"}


@pytest.mark.parametrize("change", [{"SECRET_KEY": "another"}, {"ACCESS_KEY": "another"}, {"SECRET_KEY": ""}])
async def test_a_missing_or_wrong_signature_is_an_error(nacos: Any, change: dict[str, str]) -> None:
    nacos.server.keys = {KEY["ACCESS_KEY"]: KEY["SECRET_KEY"]}
    with pytest.raises(ConfigSourceError, match="answers 403"):
        await nacos.source(**KEY | change).fetch()


async def test_no_secret_is_ever_logged_or_shown(nacos: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    nacos.server.users = {"dify": USER["PASSWORD"]}
    source = nacos.source(SERVER_ADDR=f"me:secret-pass@{nacos.server.address}", **USER, **KEY)
    await source.fetch()
    nacos.server.users = {"dify": "another"}
    nacos.server.tokens = []
    with pytest.raises(ConfigSourceError) as caught:
        await source.fetch()
    basic = base64.b64encode(b"me:secret-pass").decode()
    assert nacos.server.requests[0].headers["authorization"] == f"Basic {basic}"
    assert nacos.server.url in str(caught.value)
    assert nacos.server.url in repr(source)
    assert "HTTP Request" in caplog.text
    for shown in (str(caught.value), repr(source), caplog.text):
        for secret in ("sesame", "token-1", "the-key-id", "the-key-secret", "secret-pass", basic):
            assert secret not in shown
