"""OpenAPI descriptions: what they say, and that a validator agrees."""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, Field
from quart import Response

from dify_runtime_sdk import DIFY_API_VERSION, UnknownNameError
from dify_runtime_sdk.http import ApiDocs, BlueprintGroup, ErrorAnswer, HttpError, NotFound, Routes


class Colour(Enum):
    RED = "red"


class Author(BaseModel):
    name: str


class Note(BaseModel):
    id: UUID
    author: Author
    colour: Colour = Colour.RED


class NewNote(BaseModel):
    text: Annotated[str, Field(min_length=1)]
    author: Author


class Page[T](BaseModel):
    data: list[T]
    has_more: bool


class Query(BaseModel):
    limit: int = Field(20, ge=1, description="Rows per page")
    colours: list[Colour] = []
    user: str


class TooMany(HttpError):
    status = 429
    code = "too_many"
    default_message = "Slow down."


class Opaque:
    """What pydantic cannot describe."""


async def list_notes(context, query: Query) -> Page[Note]: ...


async def add_note(context, body: NewNote) -> tuple[Note, int]: ...


async def get_note(context, note_id: UUID) -> Note | tuple[Note, int] | Response: ...


async def drop_note(context, note_id: UUID) -> None: ...


async def page(context, number: int, kind: str, rest: str) -> dict[str, Any]: ...


async def patch_note(context, note_id: UUID, body: NewNote | None) -> Opaque: ...


async def download(context) -> Response: ...


class Callback(BaseModel):
    """A model without a JSON schema."""

    call: Callable[[], None]


async def call_back(context, body: Callback) -> Callback: ...


async def two_variables(context, a: str, b: str) -> str: ...


async def two_variables_not(context) -> str: ...


type Notes = list[Note] | None


async def aliased(context) -> "Notes": ...


@pytest.fixture
def app(build):
    """An application with one documented group."""

    class Keys:
        async def authenticate(self, context): ...

    routes = Routes("notes", tag="Notes")
    routes.get("/notes", summary="List notes", public=True)(list_notes)
    routes.post("/notes", status=201, errors=(TooMany, NotFound))(add_note)
    routes.get("/notes/<uuid:note_id>", errors=(NotFound,))(get_note)
    routes.delete("/notes/<uuid:note_id>")(drop_note)
    routes.patch("/notes/<uuid:note_id>")(patch_note)
    routes.get('/pages/<int:number>/<any(one, "two"):kind>/<path:rest>')(page)
    routes.get("/download")(download)
    routes.get("/notes/<uuid:note_id>/again")(get_note)
    routes.get("/hidden", documented=False)(download)
    group = BlueprintGroup("notes", "/n", authenticator=Keys(), docs=ApiDocs(), description="Notes API")
    return build(groups=[group], routes=[routes])


def test_a_description_is_valid(app):
    validate(app.openapi("notes"))


def test_the_root_group_has_one_too(app):
    document = app.openapi("root")
    validate(document)
    assert document["servers"] == [{"url": "/"}]


def test_it_names_the_group_and_the_version(app):
    document = app.openapi("notes")
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {"title": "Notes API", "version": DIFY_API_VERSION}
    assert document["servers"] == [{"url": "/n"}]


def test_paths_are_below_the_prefix_in_openapis_syntax(app):
    assert list(app.openapi("notes")["paths"]) == [
        "/download",
        "/notes",
        "/notes/{note_id}",
        "/notes/{note_id}/again",
        "/pages/{number}/{kind}/{rest}",
    ]


def operation(app, path, method):
    return app.openapi("notes")["paths"][path][method]


def test_operations_carry_summary_and_tags(app):
    described = operation(app, "/notes", "get")
    assert (described["summary"], described["tags"]) == ("List notes", ["Notes"])


def test_operation_ids_are_the_handlers_names_where_those_are_unique(app):
    ids = [one["operationId"] for path in app.openapi("notes")["paths"].values() for one in path.values()]
    assert len(set(ids)) == len(ids)
    assert operation(app, "/notes", "post")["operationId"] == "add_note"
    assert operation(app, "/notes/{note_id}", "get")["operationId"] == "get_notes_uuid_note_id"


def test_path_variables_have_the_schema_of_their_converter(app):
    described = operation(app, "/pages/{number}/{kind}/{rest}", "get")["parameters"]
    assert {one["name"]: one["schema"] for one in described} == {
        "number": {"type": "integer"},
        "kind": {"type": "string", "enum": ["one", "two"]},
        "rest": {"type": "string"},
    }
    assert {(one["in"], one["required"]) for one in described} == {("path", True)}
    [note_id] = operation(app, "/notes/{note_id}", "get")["parameters"]
    assert note_id["schema"] == {"type": "string", "format": "uuid"}


def test_a_query_model_becomes_parameters(app):
    described = {one["name"]: one for one in operation(app, "/notes", "get")["parameters"]}
    assert {name: one["required"] for name, one in described.items()} == {
        "limit": False,
        "colours": False,
        "user": True,
    }
    assert described["limit"]["description"] == "Rows per page"
    assert described["limit"]["schema"]["minimum"] == 1
    assert described["colours"]["schema"]["items"] == {"$ref": "#/components/schemas/Colour"}
    assert {one["in"] for one in described.values()} == {"query"}


def test_bodies_refer_to_components(app):
    body = operation(app, "/notes", "post")["requestBody"]
    assert body["required"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/NewNote"}
    assert operation(app, "/notes/{note_id}", "patch")["requestBody"]["required"] is False


def test_only_the_components_in_use_are_there(app):
    assert set(app.openapi("notes")["components"]["schemas"]) == {
        "Author",
        "Colour",
        "Error",
        "NewNote",
        "Note",
        "Page_Note_",
    }


@pytest.mark.parametrize(
    ("path", "method", "status", "schema"),
    [
        ("/notes", "get", "200", {"$ref": "#/components/schemas/Page_Note_"}),
        ("/notes", "post", "201", {"$ref": "#/components/schemas/Note"}),
        ("/notes/{note_id}", "get", "200", {"$ref": "#/components/schemas/Note"}),
        ("/notes/{note_id}", "delete", "204", None),
        ("/notes/{note_id}", "patch", "200", None),
        ("/download", "get", "200", None),
    ],
)
def test_answers_have_the_schema_of_what_the_handler_returns(app, path, method, status, schema):
    answer = operation(app, path, method)["responses"][status]
    content = answer.get("content", {}).get("application/json", {}).get("schema")
    assert content == schema


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/notes", "get", {"200", "400"}),
        ("/notes", "post", {"201", "400", "401", "404", "429"}),
        ("/notes/{note_id}", "get", {"200", "401", "404"}),
        ("/download", "get", {"200", "401"}),
    ],
)
def test_errors_are_those_declared_and_those_implied(app, path, method, statuses):
    assert set(operation(app, path, method)["responses"]) == statuses


def test_an_error_names_its_code_and_refers_to_the_shape(app):
    answer = operation(app, "/notes", "post")["responses"]["429"]
    assert answer["description"] == "`too_many`: Slow down."
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert app.openapi("notes")["components"]["schemas"]["Error"] == {
        "type": "object",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "status": {"type": "integer"}},
        "required": ["code", "message", "status"],
    }


def test_only_routes_that_are_not_public_ask_for_a_credential(app):
    assert "security" not in operation(app, "/notes", "get")
    assert operation(app, "/notes", "post")["security"] == [{"bearer": []}]
    assert app.openapi("notes")["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}


def test_what_has_no_schema_leaves_the_rest_described(build):
    routes = Routes("x", public=True)
    routes.post("/call")(call_back)
    routes.get("/notes", status=299)(aliased)
    document = build(groups=[BlueprintGroup("x", "/x")], routes=[routes]).openapi("x")
    validate(document)
    assert document["paths"]["/call"]["post"]["responses"]["200"] == {"description": "OK"}
    assert "requestBody" not in document["paths"]["/call"]["post"]
    answer = document["paths"]["/notes"]["get"]["responses"]["299"]
    assert answer["description"] == "299"
    assert answer["content"]["application/json"]["schema"]["items"] == {"$ref": "#/components/schemas/Note"}


def test_operation_ids_made_from_paths_are_unique_as_well(build):
    routes = Routes("x", public=True)
    for path in ("/a-b", "/a/b", "/<a><b>"):
        routes.get(path)(download if "<" not in path else two_variables)
    routes.get("/other")(two_variables_not)
    document = build(groups=[BlueprintGroup("x", "/x")], routes=[routes]).openapi("x")
    ids = {path: one["get"]["operationId"] for path, one in document["paths"].items()}
    assert ids == {"/a-b": "get_a_b", "/a/b": "get_a_b_", "/other": "two_variables_not", "/{a}{b}": "two_variables"}


def test_a_description_is_made_once(app):
    assert app.openapi("notes") is app.openapi("notes")


def test_an_unknown_group_is_an_error_naming_the_known_ones(app):
    with pytest.raises(UnknownNameError, match="known: notes, root"):
        app.openapi("other")


class Error(BaseModel):
    reason: Literal["mine"]


async def mine(context) -> Error: ...


def test_a_model_called_error_keeps_its_name(build):
    routes = Routes("x", public=True)
    routes.get("/it", errors=(NotFound,))(mine)
    document = build(groups=[BlueprintGroup("x", "/x")], routes=[routes]).openapi("x")
    validate(document)
    schemas = document["components"]["schemas"]
    assert set(schemas["Error"]["properties"]) == {"reason"}
    assert set(schemas["Error_"]["properties"]) == {"code", "message", "status"}


class Pages:
    def render(self, error):
        return ErrorAnswer(error.status, "<p>sorry</p>")


def test_a_shape_made_of_pages_has_no_schema(build):
    routes = Routes("x", public=True)
    routes.get("/it", errors=(NotFound,))(download)
    document = build(groups=[BlueprintGroup("x", "/x", errors=Pages())], routes=[routes]).openapi("x")
    validate(document)
    assert document["components"]["schemas"] == {}
    assert "content" not in document["paths"]["/it"]["get"]["responses"]["404"]
