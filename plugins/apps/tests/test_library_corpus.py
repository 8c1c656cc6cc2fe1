"""Real app files: all are imported as Dify imports them, and come out as they went in."""

import json
import os
from pathlib import Path

import pytest
import yaml

CORPUS = Path(os.environ["DIFY_CORPUS"])
GOLDEN = CORPUS / "golden"
RECORDS = {
    record["name"]: record
    for record in map(json.loads, (GOLDEN / "console_api.jsonl").read_text(encoding="utf-8").splitlines())
}


def _corpus():
    for folder in ("workflow-fixtures", "recommended-apps"):
        facts = json.loads((CORPUS / "dsl" / folder / "expected.json").read_text(encoding="utf-8"))["files"]
        for name, expected in facts.items():
            yield pytest.param(CORPUS / "dsl" / folder / name, expected["expected_import_status"], id=name)
    for path in sorted((GOLDEN / "dsl").glob("*.yml")):
        yield pytest.param(path, "completed", id=path.name)


@pytest.mark.parametrize(("path", "status"), list(_corpus()))
async def test_each_file_is_imported_published_and_exported(library, who, path, status):
    text = path.read_bytes()
    result = await library.import_app(text, publish=True, **who)
    assert result.status == status, result.error
    if status == "pending":
        result = await library.confirm_import(result.id, **who)
        assert result.status == "completed", result.error
    assert await library.diff(result.app_id, text, tenant_id=who["tenant_id"]) == ""
    exported = await library.export(result.app_id, tenant_id=who["tenant_id"])
    again = (await library.import_app(exported, publish=True, **who)).app_id
    assert await library.export(again, tenant_id=who["tenant_id"]) == exported


@pytest.mark.parametrize(
    ("name", "recorded"),
    [("wf_text", "export workflow app"), ("chat_basic", "export chat app")],
)
async def test_an_export_is_as_recorded(library, who, name, recorded):
    text = (GOLDEN / "dsl" / f"{name}.yml").read_text(encoding="utf-8")
    app_id = (await library.import_app(text, **who)).app_id
    ours = yaml.safe_load(await library.export(app_id, tenant_id=who["tenant_id"]))
    theirs = yaml.safe_load(RECORDS[recorded]["response"]["body"]["data"])
    assert ours == theirs


@pytest.mark.parametrize(
    "name", ["import wf_text", "import bad yaml", "import newer dsl version", "import missing version"]
)
async def test_an_import_answers_as_recorded(library, who, name):
    record = RECORDS[name]
    result = await library.import_app(record["request"]["json"]["yaml_content"], **who)
    theirs = record["response"]["body"]
    ours = {field: getattr(result, field) for field in theirs}
    made = {"id": None, "app_id": None}
    assert ours | made == theirs | made
    assert (ours["app_id"] is None) is (theirs["app_id"] is None)
