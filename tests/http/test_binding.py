"""Handlers' signatures: what can be bound to a route, and how a wrong one is refused."""

from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from dify_runtime.errors import ContributionFailed

if TYPE_CHECKING:
    from somewhere import Unseen


class Body(BaseModel):
    text: str = ""


async def no_context():
    return {}


async def only_keywords(*, context):
    return {}


async def everything(context, *args):
    return {}


async def all_names(context, **names):
    return {}


async def unknown_parameter(context, colour: str):
    return {}


async def unknown_with_default(context, colour: str = "red"):
    return {}


async def bare_body(context, body):
    return {}


async def text_body(context, body: str):
    return {}


async def list_body(context, body: list[Body]):
    return {}


async def optional_query(context, query: Body | None):
    return {}


async def two_models(context, body: Body | UUID):
    return {}


async def unseen_body(context, body: "Unseen"):
    return {}


def not_async(context):
    return {}


async def generator(context):
    yield {}


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (no_context, "takes no context"),
        (only_keywords, "takes no context"),
        (everything, r"parameter '\*args'"),
        (all_names, r"parameter '\*\*names'"),
        (unknown_parameter, "parameter 'colour' is neither"),
        (unknown_with_default, "parameter 'colour' is neither"),
        (bare_body, "parameter 'body' has no annotation"),
        (text_body, "parameter 'body' is annotated str, which is not a pydantic model"),
        (list_body, "parameter 'body' is annotated list"),
        (optional_query, "parameter 'query' may be None"),
        (two_models, "parameter 'body' is annotated .*Body"),
        (unseen_body, "parameter 'body' cannot be resolved.*Unseen.*outside 'if TYPE_CHECKING'"),
        (not_async, "not a coroutine function"),
        (generator, "not a coroutine function"),
    ],
)
def test_a_handler_that_cannot_be_bound_is_refused(serve_handler, handler, reason):
    with pytest.raises(ContributionFailed, match=f"handler '{handler.__name__}' of route POST '/it': .*{reason}"):
        serve_handler(handler)


async def no_variables(context):
    return {}


async def bare_variable(context, note_id):
    return {}


async def text_variable(context, note_id: str):
    return {}


async def uuid_variable(context, note_id: UUID):
    return {}


async def int_variable(context, note_id: int):
    return {}


@pytest.mark.parametrize(
    ("path", "handler", "reason"),
    [
        ("/<uuid:note_id>", no_variables, "does not take the path variable 'note_id'"),
        ("/<uuid:note_id>", bare_variable, "'note_id' has no annotation"),
        ("/<uuid:note_id>", text_variable, "'note_id' is annotated str, and the converter 'uuid' gives UUID"),
        ("/<note_id>", uuid_variable, "'note_id' is annotated UUID, and the converter 'string' gives str"),
        ("/<float:note_id>", int_variable, "'note_id' is annotated int, and the converter 'float' gives float"),
    ],
)
def test_a_path_variable_must_be_taken_as_what_it_is(serve_handler, path, handler, reason):
    with pytest.raises(ContributionFailed, match=reason):
        serve_handler(handler, path=path)


def decorated(handler):
    @wraps(handler)
    async def wrapper(*args, **kwargs):
        return {"wrapped": await handler(*args, **kwargs)}

    return wrapper


class Controller:
    async def method(self, context, note_id: UUID):
        return str(note_id)

    async def __call__(self, context, note_id: UUID):
        return str(note_id)


async def with_extra(extra, context, note_id: UUID):
    return f"{extra}{note_id}"


async def quoted(context: "Unseen", note_id: "Annotated[UUID, 'an id']") -> "Unseen":
    return str(note_id)


async def anything(context, note_id: Any):
    return str(note_id)


@pytest.mark.parametrize(
    "handler",
    [Controller().method, Controller(), decorated(uuid_variable), partial(with_extra, ""), quoted, anything],
    ids=["method", "callable object", "decorated", "partial", "quoted annotations", "any"],
)
def test_any_coroutine_function_binds(serve_handler, handler):
    routes = serve_handler(handler, path="/<uuid:note_id>").routes
    assert [route.path for route in routes if route.group == "x"] == ["/x/<uuid:note_id>"]


@pytest.mark.parametrize(
    ("path", "handler", "asked", "answered"),
    [
        ("/<uuid:note_id>", Controller().method, "00000000-0000-4000-8000-000000000001", None),
        ("/<uuid:note_id>", Controller(), "00000000-0000-4000-8000-000000000001", None),
        ("/<uuid:note_id>", partial(with_extra, ""), "00000000-0000-4000-8000-000000000001", None),
        ("/<path:note_id>", anything, "a/b/c", None),
        ("/<int:note_id>", anything, "007", "7"),
    ],
)
async def test_path_variables_arrive_converted(serve_handler, client_of, path, handler, asked, answered):
    client = await client_of(serve_handler(handler, path=path))
    assert (await client.post(f"/x/{asked}")).json() == (answered or asked)


async def test_every_plugin_sees_its_own_view(build, client_of):
    from dify_runtime_sdk.http import BlueprintGroup, Routes

    async def who(context):
        return context.runtime.plugin

    one, two = Routes("x", public=True), Routes("x", public=True)
    one.get("/one")(who)
    two.get("/two")(who)
    app = build(groups=[("owner", BlueprintGroup("x", "/x"))], routes=[("first", one), ("second", two)])
    client = await client_of(app)
    assert [(await client.get(path)).json() for path in ("/x/one", "/x/two")] == ["first", "second"]
    assert [(route.plugin, route.path) for route in app.routes][:2] == [("first", "/x/one"), ("second", "/x/two")]
