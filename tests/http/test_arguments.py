"""Bodies and queries: how they are read, and what a wrong one is answered."""

from typing import Annotated
from uuid import UUID

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel


class Note(BaseModel):
    text: str
    number: int = 0


class Query(BaseModel):
    limit: int = 20
    tags: list[str] = []
    flag: bool | None = None
    ids: Annotated[set[UUID] | None, "some"] = None
    aliased: tuple[str, ...] = Field((), validation_alias=AliasChoices("also", "as-well"))


async def take_body(context, body: Note):
    return body


async def take_optional_body(context, body: Note | None):
    return {"got": body and body.text}


async def take_root_body(context, body: RootModel[list[int]]):
    return {"sum": sum(body.root)}


async def take_query(context, query: Query):
    return query.model_dump(mode="json")


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "application/x+json"])
async def test_a_body_is_read_from_json(serve_handler, client_of, content_type):
    client = await client_of(serve_handler(take_body))
    answer = await client.post("/x/it", content=b'{"text": "a", "more": 1}', headers={"content-type": content_type})
    assert (answer.status_code, answer.json()) == (200, {"text": "a", "number": 0})


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"text=a", {"content-type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        (b'{"text": "a"}', {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        (b"", {}, 415, "unsupported_media_type"),
        (b"", JSON, 400, "bad_request"),
        (b'{"text": ', JSON, 400, "bad_request"),
        (b'{"text": "\xff"}', JSON, 400, "bad_request"),
        (b"[" * 100_000, JSON, 400, "bad_request"),
        (b"1" * 5_000, JSON, 400, "bad_request"),
        (b'{"number": 1}', JSON, 400, "invalid_param"),
        (b'{"text": "a", "number": "b"}', JSON, 400, "invalid_param"),
        (b"null", JSON, 400, "invalid_param"),
        (b"[]", JSON, 400, "invalid_param"),
    ],
)
async def test_a_wrong_body_is_refused(serve_handler, client_of, content, headers, status, code):
    client = await client_of(serve_handler(take_body))
    answer = await client.post("/x/it", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)


async def test_a_malformed_body_is_answered_without_the_parsers_words(serve_handler, client_of):
    client = await client_of(serve_handler(take_body))
    answer = await client.post("/x/it", content=b"{", headers=JSON)
    expected = "The browser (or proxy) sent a request that this server could not understand."
    assert answer.json()["message"] == expected


async def test_a_body_that_fails_validation_is_answered_with_pydantics_text(serve_handler, client_of):
    client = await client_of(serve_handler(take_body))
    message = (await client.post("/x/it", json={"number": "b"})).json()["message"]
    first, *rest = message.splitlines()
    assert first == "2 validation errors for Note"
    assert rest[:2] == ["text", "  Field required [type=missing, input_value={'number': 'b'}, input_type=dict]"]
    assert "number" in rest


@pytest.mark.parametrize(
    ("content", "headers", "got"), [(b"", {}, None), (b"", JSON, None), (b'{"text": "a"}', JSON, "a")]
)
async def test_an_optional_body_may_be_missing(serve_handler, client_of, content, headers, got):
    client = await client_of(serve_handler(take_optional_body))
    answer = await client.post("/x/it", content=content, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"got": got})


async def test_an_optional_body_of_another_kind_is_refused(serve_handler, client_of):
    client = await client_of(serve_handler(take_optional_body))
    assert (await client.post("/x/it", data={"text": "a"})).status_code == 415


async def test_a_root_model_takes_what_is_no_object(serve_handler, client_of):
    client = await client_of(serve_handler(take_root_body))
    assert (await client.post("/x/it", json=[1, 2, 3])).json() == {"sum": 6}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"limit": 20, "tags": [], "flag": None, "ids": None, "aliased": []}),
        ("limit=3&limit=4&other=5", {"limit": 3}),
        ("tags=a", {"tags": ["a"]}),
        ("tags=a&tags=b%20c&tags=", {"tags": ["a", "b c", ""]}),
        ("ids=00000000-0000-4000-8000-000000000001", {"ids": ["00000000-0000-4000-8000-000000000001"]}),
        ("also=1&also=2", {"aliased": ["1", "2"]}),
        ("as-well=3", {"aliased": ["3"]}),
    ],
)
async def test_a_query_is_read_by_its_model(serve_handler, client_of, query, expected):
    client = await client_of(serve_handler(take_query, method="GET"))
    answer = (await client.get(f"/x/it?{query}")).json()
    assert {name: answer[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("True", True),
        ("1", True),
        ("yes", True),
        ("on", True),
        ("false", False),
        ("0", False),
        ("no", False),
        ("off", False),
    ],
)
async def test_booleans_of_a_query_have_many_spellings(serve_handler, client_of, text, value):
    client = await client_of(serve_handler(take_query, method="GET"))
    assert (await client.get(f"/x/it?flag={text}")).json()["flag"] is value


@pytest.mark.parametrize("query", ["limit=many", "limit=", "flag=maybe", "ids=7"])
async def test_a_query_that_fails_validation_is_refused(serve_handler, client_of, query):
    client = await client_of(serve_handler(take_query, method="GET"))
    answer = await client.get(f"/x/it?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")
    assert answer.json()["message"].startswith("1 validation error for Query\n" + query.split("=")[0])


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    page: int = 1


async def test_a_model_may_refuse_unknown_names(serve_handler, client_of):
    async def strict(context, query: Strict):
        return query

    client = await client_of(serve_handler(strict, method="GET"))
    assert (await client.get("/x/it?page=2")).json() == {"page": 2}
    assert (await client.get("/x/it?pages=2")).status_code == 400


async def test_the_contributed_json_provider_reads_and_writes(build, client_of):
    from flask.json.provider import DefaultJSONProvider

    from dify_runtime_sdk.http import BlueprintGroup, Routes

    class Shouting(DefaultJSONProvider):
        def loads(self, s, **options):
            return {"text": "provided"}

        def dumps(self, obj, **options):
            return super().dumps(obj, **options).upper()

    def configure(quart):
        quart.json = Shouting(quart)

    async def take(context, body: Note):
        return {"text": body.text}

    routes = Routes("x", public=True)
    routes.post("/it")(take)
    app = build(groups=[BlueprintGroup("x", "/x")], routes=[routes], configure=[configure])
    answer = await (await client_of(app)).post("/x/it", json={})
    assert answer.json() == {"TEXT": "PROVIDED"}
