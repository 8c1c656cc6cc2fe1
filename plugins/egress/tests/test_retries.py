"""Which requests are sent again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from dify_egress.retries import pause_after
from dify_runtime_sdk.egress import Limits
from dify_runtime_sdk.polling import Pace


@pytest.mark.parametrize("policy", ["trusted", "untrusted"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_harmless_request_is_sent_again(policy, method, status, serve, egress, answer):
    server = await serve(answer(status), answer(status), answer())
    response = await getattr(await egress(), policy)().request(method, server.url, content=b"body")
    assert response.status_code == 200
    assert [request.body for request in server.requests] == [b"body"] * 3


async def test_the_last_answer_is_passed_on(serve, egress, answer):
    server = await serve(answer(503, b"still"))
    response = await (await egress(SSRF_DEFAULT_MAX_RETRIES=2)).untrusted().get(server.url)
    assert (response.status_code, response.content, len(server.requests)) == (503, b"still", 3)


@pytest.mark.parametrize("status", [400, 401, 404, 408, 500, 501])
async def test_other_answers_stand(status, serve, egress, answer):
    server = await serve(answer(status))
    assert (await (await egress()).untrusted().get(server.url)).status_code == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_may_have_an_effect_is_sent_once(method, serve, egress, answer):
    server = await serve(answer(503))
    await (await egress()).untrusted().request(method, server.url, json={})
    assert len(server.requests) == 1


async def test_an_idempotency_key_makes_a_post_repeatable(serve, egress, answer):
    server = await serve(answer(503), answer())
    response = await (await egress()).trusted().post(server.url, json={}, headers={"Idempotency-Key": "one"})
    assert response.status_code == 200
    assert [request.headers["idempotency-key"] for request in server.requests] == ["one", "one"]


async def test_a_body_that_is_gone_is_not_sent_again(serve, egress, answer):
    async def chunks():
        yield b"once"

    server = await serve(answer(503))
    headers = {"Content-Length": "4"}
    response = await (await egress()).untrusted().put(server.url, content=chunks(), headers=headers)
    assert (response.status_code, len(server.requests)) == (503, 1)


async def test_a_connection_that_breaks_is_made_again(serve, egress, answer):
    async def hang_up(_request, writer):
        writer.transport.abort()

    server = await serve(hang_up, hang_up, answer())
    assert (await (await egress()).untrusted().get(server.url)).status_code == 200
    assert server.connections == 3


async def test_a_server_that_is_down_is_tried_as_often_as_asked(serve, egress, names):
    server = await serve()
    await server.stop()
    resolver = names(down_test=[["127.0.0.1"]])
    service = await egress(resolver=resolver)
    with pytest.raises(httpx.ConnectError, match="cannot be reached"):
        await service.untrusted(limits=Limits(retries=4)).get(f"http://down.test:{server.port}/")
    assert len(resolver.asked) == 5


async def test_a_bad_certificate_is_tried_once(serve, egress, tls, names):
    server = await serve(tls=tls("api.test"))
    resolver = names(api_test=[["127.0.0.1"]])
    with pytest.raises(httpx.ConnectError, match="certificate"):
        await (await egress(resolver=resolver)).untrusted().get(f"https://api.test:{server.port}/")
    assert resolver.asked == ["api.test"]


PACE = Pace(first=1.0, longest=8.0)


def test_the_pause_grows_and_is_jittered():
    pauses = {attempt: {pause_after(httpx.Response(503), attempt, PACE) for _ in range(20)} for attempt in (1, 2, 3, 9)}
    for attempt, ceiling in ((1, 1), (2, 2), (3, 4), (9, 8)):
        assert len(pauses[attempt]) > 1
        assert all(ceiling / 2 <= pause <= ceiling for pause in pauses[attempt])


@pytest.mark.parametrize(("header", "pause"), [("20", 20.0), ("30", 30.0), ("31", None), ("86400", None)])
def test_a_server_can_ask_for_a_pause_in_bounds(header, pause):
    assert pause_after(httpx.Response(429, headers={"Retry-After": header}), 1, PACE) == pause


def test_a_server_can_name_the_moment():
    def pause(seconds):
        moment = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        return pause_after(httpx.Response(503, headers={"Retry-After": moment}), 1, PACE)

    assert 10 < pause(20) <= 20
    assert pause(3600) is None
    assert pause(-3600) <= 1


@pytest.mark.parametrize("header", ["soon", "-5", "", "1.5", "Thu, 99 Foo 2026"])
def test_a_wish_that_makes_no_sense_is_not_one(header):
    assert pause_after(httpx.Response(503, headers={"Retry-After": header}), 1, PACE) <= 1
