"""Real app files: facts about each, written down beside them."""

import json
import os
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from dify_workflow.dsl import analysed_plugins, check, dump, input_form, json_schema, load

CORPUS = Path(os.environ["DIFY_CORPUS"]) / "dsl"
FOLDERS = ("workflow-fixtures", "recommended-apps", "pipelines")
NOTE = "custom-note"


def _cases():
    for folder in FOLDERS:
        facts = json.loads((CORPUS / folder / "expected.json").read_text(encoding="utf-8"))["files"]
        for name, expected in facts.items():
            yield pytest.param(CORPUS / folder / name, expected, id=name)


each_file = pytest.mark.parametrize(("path", "expected"), list(_cases()))


@pytest.fixture(scope="module")
def schema():
    return Draft202012Validator(json_schema())


@pytest.fixture
def document(path):
    return load(path.read_bytes())


@each_file
def test_version_and_mode_are_read(document, expected):
    assert document.status == expected["expected_import_status"]
    assert document.version == (expected["declared_version"] or "0.1.0")
    assert document.mode == expected["mode"]
    assert sorted(document.raw) == expected["top_level_keys"]
    assert len(document.dependencies) == expected["declared_dependencies"]


@each_file
def test_the_graph_is_kept(document, expected):
    types = {}
    for node in document.graph.get("nodes", []):
        kind = NOTE if node["type"] == NOTE else node["data"]["type"]
        types[kind] = types.get(kind, 0) + 1
    assert types == expected.get("node_types", {})
    assert len(document.graph.get("edges", [])) == expected.get("edge_count", 0)


@each_file
def test_the_form_is_read(document, expected):
    form = [{"variable": item.variable, "type": item.type, "required": item.required} for item in input_form(document)]
    key = next((key for key in ("start_variables", "user_input_form", "rag_pipeline_variables") if key in expected), "")
    wanted = expected.get(key, [])
    assert [{name: item[name] for name in item if name in want} for item, want in zip(form, wanted, strict=True)] == [
        {name: want[name] for name in want if name != "belong_to_node_id"} for want in wanted
    ]


@each_file
def test_plugins_are_found_without_tools_of_the_workspace(document, expected):
    found = expected.get("plugin_ids_found_in_graph") or expected.get("plugin_ids_found_in_model_config") or []
    uuid_length = 36
    assert analysed_plugins(document) == [item for item in found if len(item.split("/")[1]) != uuid_length]


@each_file
def test_what_is_written_is_read_again(document, expected):
    written = load(dump(document, include_secrets=True)).raw
    text = yaml.safe_dump(_without_credentials(document.raw))
    assert sorted(written) == sorted({"kind", "version", *expected["top_level_keys"]})
    assert written == {"kind": "app", "version": "0.1.0"} | yaml.safe_load(text)


def _without_credentials(value):
    """The values without what every export leaves out."""
    if isinstance(value, dict):
        left_out = {"credential_id"} | ({"icon_type"} if "mode" in value else set())
        return {key: _without_credentials(item) for key, item in value.items() if key not in left_out}
    return [_without_credentials(item) for item in value] if isinstance(value, list) else value


@each_file
def test_a_real_file_has_no_problems_and_fits_the_schema(document, expected, schema):
    assert document.raw.get("kind") == expected["kind"]
    assert check(document) == ()
    assert list(schema.iter_errors(document.raw)) == []
