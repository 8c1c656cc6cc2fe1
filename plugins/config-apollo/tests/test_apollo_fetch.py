"""Reading: what goes over the wire, and what comes of it."""

import base64
import logging
import socket
from typing import Any

import pytest

from dify_config_apollo.local_address import local_address
from dify_runtime_sdk import ConfigSourceError, SettingsError

SECRET = "df23df3f59884980844ff3dada30fa97"


async def test_a_read_asks_for_the_namespace_of_the_app_in_the_cluster(apollo: Any) -> None:
    await apollo.source().fetch()
    [request] = apollo.server.requests
    assert (request.method, request.path) == ("GET", "/configs/shop/default/application")
    assert request.query["releaseKey"] == ""


async def test_the_second_read_sends_the_release_key_and_keeps_what_it_has(apollo: Any) -> None:
    source = apollo.source()
    first = await source.fetch()
    assert await source.fetch() == first
    assert apollo.server.requests[-1].query["releaseKey"] == "release-1"


async def test_a_new_release_replaces_the_old_one_whole(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    await apollo.server.publish("application", {"ONLY": "this"})
    assert await source.fetch() == {"ONLY": "this"}


async def test_a_namespace_may_be_empty(apollo: Any) -> None:
    await apollo.server.publish("application", {})
    assert await apollo.source().fetch() == {}


async def test_of_several_namespaces_the_first_that_has_a_name_wins(apollo: Any) -> None:
    await apollo.server.publish("mine", {"A": "mine", "B": "mine"})
    await apollo.server.publish("shared", {"B": "shared", "C": "shared"})
    fetched = await apollo.source(NAMESPACE=" mine, shared ,, mine").fetch()
    assert fetched == {"A": "mine", "B": "mine", "C": "shared"}
    assert [request.path.rpartition("/")[2] for request in apollo.server.requests] == ["mine", "shared"]


async def test_one_missing_namespace_of_several_is_an_error_and_no_half_answer(apollo: Any) -> None:
    with pytest.raises(ConfigSourceError, match="'absent'"):
        await apollo.source(NAMESPACE="application,absent").fetch()


async def test_names_are_quoted_on_the_way_and_arrive_as_they_are(apollo: Any) -> None:
    await apollo.server.publish("a b#ä?&", {"A": "1"})
    apollo.server.secret = SECRET
    assert await apollo.source(NAMESPACE="a b#ä?&", secret=SECRET).fetch() == {"A": "1"}


async def test_a_slash_at_the_end_of_the_address_does_no_harm(apollo: Any) -> None:
    assert await apollo.source(CONFIG_URL=apollo.server.url + "/").fetch()
    assert apollo.server.requests[0].target.startswith("/configs/")


async def test_requests_are_unsigned_without_a_secret(apollo: Any) -> None:
    await apollo.source().fetch()
    assert not {"authorization", "timestamp"} & apollo.server.requests[0].headers.keys()


async def test_requests_are_signed_with_the_secret(apollo: Any) -> None:
    apollo.server.secret = SECRET
    assert await apollo.source(secret=SECRET).fetch()


async def test_behind_a_gateway_the_signature_leaves_the_path_of_the_gateway_out(serve: Any) -> None:
    behind = await serve(prefix="/gateway/apollo")
    behind.server.secret = SECRET
    assert await behind.source(secret=SECRET).fetch()


@pytest.mark.parametrize("secret", ["", "another"])
async def test_a_missing_or_wrong_signature_is_an_error_that_says_what_to_set(apollo: Any, secret: str) -> None:
    apollo.server.secret = SECRET
    with pytest.raises(ConfigSourceError, match=r"answers 401 .*APOLLO_SECRET"):
        await apollo.source(secret=secret).fetch()


async def test_user_and_password_of_the_address_go_to_the_gateway_and_nowhere_else(
    apollo: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = f"http://me:open%20sesame@127.0.0.1:{apollo.server.port}"
    source = apollo.source(CONFIG_URL=address, NAMESPACE="absent")
    with pytest.raises(ConfigSourceError) as caught:
        await source.fetch()
    expected = base64.b64encode(b"me:open sesame").decode()
    assert apollo.server.requests[0].headers["authorization"] == f"Basic {expected}"
    assert apollo.server.url in str(caught.value)
    for shown in (str(caught.value), repr(source), caplog.text):
        assert "sesame" not in shown
        assert expected not in shown


async def test_user_and_secret_together_are_refused(apollo: Any) -> None:
    with pytest.raises(SettingsError, match="both need the header Authorization") as caught:
        apollo.source(CONFIG_URL="http://me:sesame@config.example", secret=SECRET)
    assert "sesame" not in str(caught.value)


async def test_the_secret_is_never_logged_or_shown(apollo: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    source = apollo.source(secret=SECRET)
    await source.fetch()
    assert caplog.records
    assert SECRET not in caplog.text
    assert SECRET not in repr(source)
    assert apollo.server.url in repr(source)


async def test_the_address_of_this_machine_is_sent_where_there_is_a_route(apollo: Any) -> None:
    await apollo.source().fetch()
    assert apollo.server.requests[0].query.get("ip") == local_address()


def test_the_local_address_is_the_one_towards_the_peer() -> None:
    assert local_address(("127.0.0.1", 53)) == "127.0.0.1"


def test_there_is_no_local_address_without_a_route() -> None:
    assert local_address((socket.inet_ntoa(b"\xff\xff\xff\xff"), 53)) is None  # broadcast: refused without asking
