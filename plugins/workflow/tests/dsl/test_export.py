"""What exports leave out, and how they look."""

import copy

import pytest
import yaml

from dify_workflow.dsl import dump, from_mapping, load


def exported(raw, **options):
    return yaml.safe_load(dump(from_mapping(raw), **options))


def data(raw, index=1):
    return raw["workflow"]["graph"]["nodes"][index]["data"]


SECRET = {"id": "1", "name": "key", "value_type": "secret", "value": "hunter2"}
PLAIN = {"id": "2", "name": "url", "value_type": "string", "value": "here"}


def test_secrets_are_blank_unless_asked_for(workflow):
    raw = workflow(environment_variables=[SECRET, PLAIN])
    values = [item["value"] for item in exported(raw)["workflow"]["environment_variables"]]
    assert values == ["", "here"]
    assert exported(raw, include_secrets=True)["workflow"]["environment_variables"][0]["value"] == "hunter2"


def test_an_export_leaves_the_document_as_it_was(workflow, node):
    raw = workflow(node("t", "tool", credential_id="c"), environment_variables=[SECRET])
    before = copy.deepcopy(raw)
    exported(raw)
    assert raw == before


def test_credentials_of_tools_are_taken_out(workflow, node):
    agent = {
        "tools": {"type": "constant", "value": [{"tool_name": "a", "credential_id": "c"}, "odd"]},
        "one": {"type": "constant", "value": {"tool_name": "b", "credential_id": "c"}},
        "odd": "text",
    }
    raw = workflow(node("t", "tool", credential_id="c"), node("a", "agent", agent_parameters=agent))
    out = exported(raw)
    assert "credential_id" not in dump(from_mapping(raw))
    assert data(out, 2)["agent_parameters"]["tools"]["value"] == [{"tool_name": "a"}, "odd"]


def test_a_node_with_odd_parameters_is_exported_as_it_is(workflow, node):
    assert data(exported(workflow(node("a", "agent", agent_parameters=[1]))))["agent_parameters"] == [1]


def test_credentials_in_a_model_config_are_taken_out_and_datasets_stay(chat):
    tools = [{"tool_name": "t", "credential_id": "c", "provider_id": "p"}]
    datasets = {"datasets": {"datasets": [{"dataset": {"enabled": True, "id": "d"}}]}}
    config = exported(chat(agent_mode={"tools": tools}, dataset_configs=datasets))["model_config"]
    assert config["agent_mode"]["tools"] == [{"tool_name": "t", "provider_id": "p"}]
    assert config["dataset_configs"] == datasets


def test_triggers_forget_where_they_were_connected(workflow, node):
    raw = workflow(
        node("w", "trigger-webhook", webhook_url="http://a", webhook_debug_url="http://b", method="post"),
        node("p", "trigger-plugin", subscription_id="s", event_name="e"),
        node("s", "trigger-schedule", mode="cron", cron_expression="* * * * *", timezone="Asia/Tokyo"),
    )
    raw["workflow"]["graph"]["nodes"].pop(0)
    webhook, plugin, schedule = (data(exported(raw), index) for index in range(3))
    assert (webhook["webhook_url"], webhook["webhook_debug_url"], webhook["method"]) == ("", "", "post")
    assert (plugin["subscription_id"], plugin["event_name"]) == ("", "e")
    assert (schedule["mode"], schedule["frequency"], schedule["timezone"]) == ("visual", "daily", "UTC")
    assert "cron_expression" not in schedule
    assert schedule["title"] == "S"


@pytest.mark.parametrize(
    ("icon_type", "icon", "background"),
    [("emoji", "🦉", "#111111"), (None, "🦉", "#111111"), ("image", "🤖", "#FFEAD5"), ("link", "🤖", "#FFEAD5")],
)
def test_icons_that_only_the_server_has_are_replaced(workflow, icon_type, icon, background):
    raw = workflow()
    raw["app"] |= {"icon": "🦉", "icon_background": "#111111"} | ({"icon_type": icon_type} if icon_type else {})
    app = exported(raw)["app"]
    assert (app["icon"], app["icon_background"]) == (icon, background)
    assert "icon_type" not in app


def test_the_icon_of_a_pipeline_stays(pipeline):
    raw = pipeline()
    raw["rag_pipeline"] |= {"icon": "id", "icon_type": "image", "icon_url": "data:image/png;base64,"}
    assert exported(raw)["rag_pipeline"] == raw["rag_pipeline"]


def test_missing_version_and_kind_are_written_out(workflow):
    raw = workflow()
    del raw["version"], raw["kind"]
    assert (exported(raw)["version"], exported(raw)["kind"]) == ("0.1.0", "app")
    assert exported(raw, version="0.5.0")["version"] == "0.5.0"


def test_the_text_is_block_style_in_alphabetical_order_with_characters_as_they_are(workflow):
    raw = workflow(features={"suggested_questions": ["Wie groß? 🦉", "二"]})
    raw["workflow"]["graph"] = {"nodes": [], "edges": []}
    assert dump(from_mapping(raw)) == (
        "app:\n  mode: workflow\n  name: Example\n"
        "kind: app\n"
        "version: 0.5.0\n"
        "workflow:\n  features:\n    suggested_questions:\n    - Wie groß? 🦉\n    - 二\n"
        "  graph:\n    edges: []\n    nodes: []\n"
    )


def test_shared_values_are_written_out_in_each_place(workflow, node):
    shared = {"a": [1]}
    text = dump(from_mapping(workflow(node("x", "code", one=shared, two=shared))))
    assert "*" not in text
    assert data(load(text).raw)["two"] == shared
