"""API docs: documents, pages, assets, and the settings that move or remove them."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from dify_runtime.errors import BootError
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.http import ApiDocs, BlueprintGroup

PREFIXES = ["/console/api", "/v1", "/api", "/files", "/inner/api", "/mcp"]


class OtherGroupPlugin(Plugin):
    """A third party's group, with docs."""

    @hookimpl
    def blueprint_groups(self) -> Iterable[BlueprintGroup]:
        docs = ApiDocs(document="/openapi.json", page="/docs")
        yield BlueprintGroup("other", "/other", docs=docs, description="</script><b>Others")


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_six_groups_have_a_document_and_a_page(boot, prefix):
    client = await boot()
    document = (await client.get(f"{prefix}/swagger.json")).json()
    validate(document)
    assert "/it" in document["paths"]
    page = await client.get(f"{prefix}/swagger-ui.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'"url": "{prefix}/swagger.json"' in page.text


@pytest.mark.parametrize("path", ["/triggers/swagger.json", "/triggers/swagger-ui.html", "/swagger.json"])
async def test_the_trigger_group_has_none(boot, path):
    client = await boot()
    assert (await client.get(path)).status_code == 404


async def test_a_group_of_a_third_party_is_served_too(boot):
    client = await boot(more={"other": OtherGroupPlugin})
    validate((await client.get("/other/openapi.json")).json())
    page = (await client.get("/other/docs")).text
    assert '"url": "/other/openapi.json"' in page
    assert "<title>&lt;/script&gt;&lt;b&gt;Others</title>" in page


async def test_the_group_of_the_readme_is_served(boot):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)  # the example as it is written
    client = await boot(more={"reports": made["ReportsPlugin"]})
    assert (await client.get("/reports/swagger-ui.html")).status_code == 200
    assert "<title>Reports API</title>" in (await client.get("/reports/swagger-ui.html")).text


async def test_a_page_loads_everything_from_this_server(boot):
    client = await boot()
    page = (await client.get("/v1/swagger-ui.html")).text
    assert re.findall(r"(?:https?:)?//", page) == []
    assert '"validatorUrl": null' in page
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) == 3
    for path in loaded:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("name", "content_type", "part"),
    [
        ("swagger-ui.css", "text/css; charset=utf-8", b".swagger-ui"),
        ("swagger-ui-bundle.js", "text/javascript; charset=utf-8", b"SwaggerUIBundle"),
        ("favicon-32x32.png", "image/png", b"\x89PNG"),
    ],
)
async def test_assets_are_served_and_cached(boot, name, content_type, part):
    client = await boot()
    answer = await client.get(f"/api-docs/{name}")
    assert answer.headers["content-type"] == content_type
    assert part in answer.content
    assert "max-age" in answer.headers["cache-control"]
    again = await client.get(f"/api-docs/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["index.html", "..%2F__init__.py", "swagger-ui.js.map"])
async def test_nothing_else_is_served_there(boot, name):
    client = await boot()
    assert (await client.get(f"/api-docs/{name}")).status_code == 404


PATHS = ["/v1/swagger.json", "/v1/swagger-ui.html", "/other/docs", "/api-docs/swagger-ui.css"]


@pytest.mark.parametrize("path", PATHS)
async def test_switched_off_there_are_no_docs(boot, path):
    client = await boot(more={"other": OtherGroupPlugin}, SWAGGER_UI_ENABLED=False)
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("path", PATHS)
async def test_without_the_plugin_there_are_no_docs(boot, path):
    client = await boot(without=["api-docs"], more={"other": OtherGroupPlugin})
    assert (await client.get(path)).status_code == 404


async def test_the_page_can_be_moved(boot):
    client = await boot(SWAGGER_UI_PATH="/docs/ui")
    assert (await client.get("/v1/docs/ui")).status_code == 200
    assert (await client.get("/v1/swagger-ui.html")).status_code == 404
    assert (await client.get("/v1/swagger.json")).status_code == 200


@pytest.mark.parametrize("path", ["docs", "/", "/<page>"])
async def test_a_place_that_is_no_path_is_refused(boot, path):
    with pytest.raises(BootError, match="SWAGGER_UI_PATH"):
        await boot(SWAGGER_UI_PATH=path)
