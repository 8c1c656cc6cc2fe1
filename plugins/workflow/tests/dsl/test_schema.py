"""The published schema."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dify_workflow import dsl
from dify_workflow.dsl import json_schema

PUBLISHED = Path(__file__).parents[4] / "docs" / "reference" / "dsl.schema.json"
REFRESH = "import json; from dify_workflow.dsl import json_schema; print(json.dumps(json_schema(), indent=2))"


REFERENCE = PUBLISHED.with_name("dsl.md")
SOURCE = Path(dsl.__file__).parent


def test_the_reference_names_every_code():
    code = re.compile(r'(?:Problem|_fail|_limit|_note|at)\(\s*"(\w+)"|PydanticCustomError\(\s*"(\w+)"')
    used = {one or other for path in SOURCE.rglob("*.py") for one, other in code.findall(path.read_text("utf-8"))}
    named = set(re.findall(r"`(\w+)`", REFERENCE.read_text(encoding="utf-8")))
    assert len(used) > 30
    assert used - named == set()


def test_the_reference_names_every_field():
    named = set(re.findall(r"[\w-]+", REFERENCE.read_text(encoding="utf-8")))
    sections = ["AppInfo", "PipelineInfo", "WorkflowSection", "Features", "ModelConfig", "PipelineVariable"]
    fields = {name for section in sections for name in json_schema()["$defs"][section]["properties"]}
    assert fields - named == set()


def errors(raw):
    return list(Draft202012Validator(json_schema()).iter_errors(raw))


def test_the_published_schema_is_current():
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert published == json_schema(), f'run: python -c "{REFRESH}" > docs/reference/dsl.schema.json'


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json_schema())


def test_sound_files_fit(workflow, chat, pipeline, node):
    novel = node("n", "novel-node", anything={"goes": None})
    for raw in (workflow(novel, features={"novel": 1}), chat("completion"), pipeline()):
        assert errors(raw) == []


def test_null_fits_where_a_field_may_be_absent(workflow):
    raw = workflow(features=None)
    raw["app"] |= {"icon_background": None, "description": None}
    assert errors(raw) == []


@pytest.mark.parametrize("part", ["app", "workflow"])
def test_a_missing_section_does_not_fit(workflow, part):
    raw = workflow()
    del raw[part]
    assert errors(raw)


def test_fields_of_a_wrong_kind_do_not_fit(workflow, chat):
    assert errors(workflow({"id": 7, "data": {"type": "code"}}))
    assert errors(workflow(edges=[{"source": "start"}]))
    assert errors(chat(opening_statement=[1]))
    assert errors(workflow() | {"app": {"mode": "telepathy"}})
