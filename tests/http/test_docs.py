"""Where docs are served, and the page at `/`."""

import pytest

from dify_runtime.errors import ContributionFailed
from dify_runtime_sdk.http import ROOT, ApiDocs, ApiDocsPage, BlueprintGroup, Routes

DOCUMENTED = BlueprintGroup("x", "/x", aliases=("/y",), docs=ApiDocs(page="/docs"))
PLAIN = BlueprintGroup("plain", "/plain")


async def hello(context):
    return "hello"


@pytest.fixture
async def client(build, client_of, docs_page):
    """A client of an application with a documented group and one without docs."""
    routes = Routes("x", public=True)
    routes.get("/it")(hello)
    app = build(groups=[DOCUMENTED, PLAIN], routes=[routes], offers={ApiDocsPage: docs_page})
    return await client_of(app)


@pytest.mark.parametrize("prefix", ["/x", "/y"])
async def test_the_document_is_served_below_the_prefix(client, prefix):
    answer = await client.get(f"{prefix}/swagger.json")
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()["paths"]) == ["/it"]


async def test_the_page_is_the_one_that_is_offered(client):
    answer = await client.get("/x/docs")
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>x </title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_page_learns_what_the_server_is_mounted_at(client_of, build, docs_page):
    app = build(groups=[DOCUMENTED], offers={ApiDocsPage: docs_page})
    client = await client_of(app, root_path="/mount")
    assert (await client.get("/mount/x/docs")).text == "<!doctype html><title>x /mount</title>"


@pytest.mark.parametrize("path", ["/plain/swagger.json", "/plain/swagger-ui.html", "/swagger.json"])
async def test_a_group_without_docs_serves_none(client, path):
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/x/swagger.json", "/x/docs", "/y/docs"])
async def test_without_a_page_there_is_no_document_either(build, client_of, path):
    client = await client_of(build(groups=[DOCUMENTED]))
    assert (await client.get(path)).status_code == 404
    assert "docs" not in (await client.get("/")).text


async def test_docs_are_public_in_a_group_that_is_not(build, client_of, docs_page):
    class Nobody:
        async def authenticate(self, context):
            raise AssertionError

    group = BlueprintGroup("x", "/x", authenticator=Nobody(), docs=ApiDocs())
    client = await client_of(build(groups=[group], offers={ApiDocsPage: docs_page}))
    assert (await client.get("/x/swagger.json")).status_code == 200


def test_a_route_where_docs_are_is_refused(build, docs_page):
    routes = Routes("x", public=True)
    routes.get("/docs")(hello)
    with pytest.raises(ContributionFailed, match="already served by plugin 'group-x'") as caught:
        build(groups=[("group-x", DOCUMENTED)], routes=[routes], offers={ApiDocsPage: docs_page})
    assert caught.value.plugin == "feature"


async def test_the_root_page_links_to_docs(client):
    answer = await client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>dify-runtime</title>" in answer.text
    assert '<a href="/x/docs">' in answer.text
    assert "/plain" not in answer.text


@pytest.mark.parametrize("there", [True, False])
async def test_the_root_page_links_to_health_where_that_is_served(build, client_of, there):
    routes = Routes(ROOT)
    if there:
        routes.get("/health")(hello)
    client = await client_of(build(routes=[routes]))
    assert ('<a href="/health">' in (await client.get("/")).text) is there


async def test_the_root_pages_links_start_where_the_server_is_mounted(build, client_of, docs_page):
    app = build(groups=[DOCUMENTED], offers={ApiDocsPage: docs_page})
    client = await client_of(app, root_path="/mount")
    assert '<a href="/mount/x/docs">' in (await client.get("/mount/")).text


async def test_a_contributed_root_page_replaces_it(build, client_of):
    routes = Routes(ROOT)
    routes.get("/")(hello)
    client = await client_of(build(routes=[routes]))
    assert (await client.get("/")).json() == "hello"
