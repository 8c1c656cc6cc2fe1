import asyncio
import uuid

from dify_foundation import bind_identity, bind_trace_id, current_context, new_request_context
from dify_foundation.log.context import CURRENT, LogContext
from dify_foundation.log.middleware import LogContextMiddleware


def test_ids_have_the_agreed_form():
    context = LogContext()
    assert len(context.req_id) == 10
    assert int(context.req_id, 16) >= 0
    assert context.trace_id == uuid.uuid5(uuid.NAMESPACE_DNS, context.req_id).hex
    assert LogContext().req_id != context.req_id


async def test_a_binding_inside_a_started_task_is_seen_outside():
    context = new_request_context()

    async def handler():
        bind_trace_id("a" * 32, "b" * 16)
        bind_identity(tenant_id="t", user_id="u")

    await asyncio.create_task(handler())
    assert (context.trace_id, context.span_id) == ("a" * 32, "b" * 16)
    assert context.identity == {"tenant_id": "t", "user_id": "u"}
    CURRENT.set(None)


async def test_binding_without_a_context_opens_one():
    assert current_context() is None
    bind_identity(user_type="account")
    assert current_context().identity == {"user_type": "account"}
    CURRENT.set(None)


async def test_every_request_gets_a_context_of_its_own(drive):
    seen = []

    async def app(scope, receive, send):
        seen.append(current_context())

    for kind in ("http", "websocket"):
        await drive(LogContextMiddleware(app), type=kind)
    assert len({context.req_id for context in seen}) == 2
    assert current_context() is None


async def test_the_lifespan_is_no_request(drive):
    seen = []

    async def app(scope, receive, send):
        seen.append(current_context())

    await drive(LogContextMiddleware(app), type="lifespan")
    assert seen == [None]


async def test_the_context_is_closed_when_the_application_raises(drive):
    async def app(scope, receive, send):
        raise RuntimeError("boom")

    try:
        await drive(LogContextMiddleware(app))
    except RuntimeError:
        assert current_context() is None
    else:
        raise AssertionError("the error was swallowed")
