"""Routes that are declared by their operations: what the boot checks, and what comes with the first request."""

import sys

import pytest

from dify_runtime.errors import ContributionFailed
from dify_runtime_sdk import PluginError
from dify_runtime_sdk.http import BlueprintGroup, LazyRoutes, Routes

X = BlueprintGroup("x", "/x")
NAME = "lazily_imported_routes"
TARGET = f"{NAME}:routes"
MODULE = """
from pydantic import BaseModel
from dify_runtime_sdk.http import Routes

routes = Routes("x", public=True)

class Note(BaseModel):
    text: str

@routes.get("/notes/<int:number>")
async def note(context, number: int) -> Note:
    return Note(text=str(number))

@routes.post("/notes", max_body=100, status=201)
async def add(context, body: Note) -> Note:
    return body
"""
OPERATIONS = ("GET /notes/<int:number>", "POST /notes")
NOTES = LazyRoutes("x", TARGET, OPERATIONS, public=True, max_body=100)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write the module."""

    def write(source=MODULE):
        (tmp_path / f"{NAME}.py").write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)

    yield write
    sys.modules.pop(NAME, None)


async def test_a_module_is_imported_with_the_first_request(build, client_of, written):
    written()
    client = await client_of(build(groups=[X], routes=[NOTES]))
    assert (await client.get("/x/nothing")).status_code == 404
    assert NAME not in sys.modules
    for number in (1, 2):
        assert (await client.get(f"/x/notes/{number}")).json() == {"text": str(number)}
    assert NAME in sys.modules


async def test_the_limits_of_its_routes_hold_from_the_first_request_on(build, client_of, written):
    written()
    app = build(groups=[X], routes=[NOTES], settings={"HTTP_MAX_BODY_BYTES": 50})
    client = await client_of(app)
    for size, status in ((40, 201), (80, 201), (120, 413)):
        answer = await client.post("/x/notes", json={"text": "x" * (size - 11)})
        assert answer.status_code == status


def test_its_description_is_that_of_its_routes(build, written):
    written()
    paths = build(groups=[X], routes=[NOTES]).openapi("x")["paths"]
    assert {path: list(methods) for path, methods in paths.items()} == {
        "/notes": ["post"],
        "/notes/{number}": ["get"],
    }


def test_an_operation_that_somebody_serves_is_refused_at_the_boot(build):
    eager = Routes("x", public=True)

    @eager.post("/notes")
    async def add(context):
        return None

    with pytest.raises(ContributionFailed, match="POST /x/notes is already served by plugin 'first'"):
        build(groups=[X], routes=[("first", eager), ("second", NOTES)])


@pytest.mark.parametrize("line", ["", "GET", "/notes", "GET/notes"])
def test_a_line_that_is_no_operation_is_refused_at_the_boot(build, line):
    with pytest.raises(ContributionFailed, match="write 'GET /path'"):
        build(groups=[X], routes=[LazyRoutes("x", TARGET, (line,), public=True)])


def test_operations_need_an_authenticator_unless_they_are_public(build):
    with pytest.raises(ContributionFailed, match="needs an authenticator"):
        build(groups=[X], routes=[LazyRoutes("x", TARGET, OPERATIONS)])


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        (LazyRoutes("x", "no_such_module:routes", OPERATIONS, public=True), "cannot be imported: ModuleNotFoundError"),
        (LazyRoutes("x", f"{NAME}:nothing", OPERATIONS, public=True), "cannot be imported: AttributeError"),
        (LazyRoutes("x", f"{NAME}:Note", OPERATIONS, public=True), "is no Routes of the group 'x'"),
        (LazyRoutes("y", TARGET, OPERATIONS, public=True), "is no Routes of the group 'y'"),
        (LazyRoutes("x", TARGET, OPERATIONS[:1], public=True), "its operations are"),
        (LazyRoutes("x", TARGET, OPERATIONS, public=True), "'POST /notes' is public, or takes a larger body"),
    ],
)
def test_what_is_not_as_declared_is_the_plugins_fault(build, written, declared, fault):
    written()
    app = build(groups=[X, BlueprintGroup("y", "/y")], routes=[("odd", declared)])
    with pytest.raises(PluginError, match="'odd'") as raised:
        _ = next(route for route in app.routes if route.plugin == "odd").signature
    assert fault in raised.value.message


async def test_a_handler_that_cannot_be_called_is_the_plugins_fault(build, written, client_of, caplog):
    written(MODULE.replace("async def note(context, number: int)", "async def note(context)"))
    client = await client_of(build(groups=[X], routes=[("odd", NOTES)]))
    assert (await client.get("/x/notes/1")).status_code == 500
    assert "it does not take the path variable 'number'" in caplog.text


def test_urls_can_be_built(build):
    routes = Routes("x", public=True)

    @routes.get("/notes/<int:number>")
    async def note(context, number: int):
        return None

    app = build(groups=[X], routes=[routes])
    rule = next(rule for rule in app.quart.url_map.iter_rules() if rule.rule.startswith("/x/notes"))
    urls = app.quart.url_map.bind("localhost")
    assert urls.build(rule.endpoint, {"number": 7}) == "/x/notes/7"
    assert urls.build(rule.endpoint, {"number": 7, "more": "y"}) == "/x/notes/7?more=y"
