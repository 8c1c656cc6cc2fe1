"""View functions: the shortest way from Quart's dispatch to a handler and back, made per route at build time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from quart import request as current_request

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import Authenticator, RequestContext, UnknownRoute
from dify_runtime_sdk.http.routes import Handler

from .answers import Answer
from .requests import BodyReader, QueryReader, RuntimeRequest

type View = Callable[..., Awaitable[Answer]]

_request: Callable[[], RuntimeRequest] = cast("Any", current_request)._get_current_object  # noqa: SLF001 - Werkzeug's documented way to the object behind a proxy


@dataclass(frozen=True, slots=True)
class Call:
    """How one route's handler is called; whatever is None costs nothing.

    `max_body` restricts the body below the application's limit. `owns` says whether a path is in the route's group,
    where paths of other groups match its rule.
    """

    handler: Handler
    runtime: Runtime
    group: str
    answer: Callable[[Any], Answer]
    authenticator: Authenticator | None = None
    read_body: BodyReader | None = None
    read_query: QueryReader | None = None
    max_body: int | None = None
    owns: Callable[[str], bool] | None = None


def make_view(call: Call) -> View:
    """The view function of a route."""
    handler, runtime, group, answer = call.handler, call.runtime, call.group, call.answer
    steps = (call.authenticator, call.read_body, call.read_query, call.max_body, call.owns)
    if any(step is not None for step in steps):
        return _full_view(call)

    async def view(**arguments: Any) -> Answer:
        return answer(await handler(RequestContext(runtime, _request(), group), **arguments))

    return view


def _full_view(call: Call) -> View:
    handler, runtime, group, answer = call.handler, call.runtime, call.group, call.answer
    authenticator, read_body, read_query = call.authenticator, call.read_body, call.read_query
    max_body, owns = call.max_body, call.owns

    async def view(**arguments: Any) -> Answer:
        request = _request()
        if owns is not None and not owns(request.path):
            raise UnknownRoute
        context = RequestContext(runtime, request, group)
        if max_body is not None:
            request.body.restrict(max_body)
        if authenticator is not None:
            context.identity = await authenticator.authenticate(context)
        if read_query is not None:
            arguments["query"] = read_query(request)
        if read_body is not None:
            arguments["body"] = await read_body(request)
        return answer(await handler(context, **arguments))

    return view
