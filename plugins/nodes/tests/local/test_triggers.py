"""Triggers: roots of runs that nobody typed the inputs of."""

import pytest
from pydantic import ValidationError

from dify_nodes.trigger_plugin import TriggerPluginNode
from dify_nodes.trigger_schedule import TriggerScheduleNode
from dify_nodes.trigger_webhook import TriggerWebhookNode
from dify_runtime_sdk.workflow import NodeKind

SYSTEM = {"sys.user_id": "u", "sys.timestamp": 5}
REQUEST = {
    "headers": {"X-Request-Id": "7", "Accept": "*/*"},
    "query_params": {"page": 2, "more": 1},
    "body": {"name": "Ada", "age": 36, "raw": "plain"},
    "files": {"cv": "the file"},
}
PLUGIN = {
    "plugin_id": "p",
    "provider_id": "p/github",
    "event_name": "push",
    "subscription_id": "s",
    "plugin_unique_identifier": "p:1",
}


def names(*listed, **more):
    return [{"name": name, **more} for name in listed]


@pytest.mark.parametrize("kind", [TriggerPluginNode, TriggerScheduleNode, TriggerWebhookNode])
def test_triggers_are_roots(kind):
    assert kind.kind is NodeKind.ROOT


def test_a_webhook_puts_out_what_is_declared_the_request_and_the_system_variables(node, context, at_once):
    webhook = node(
        TriggerWebhookNode,
        method="POST",
        headers=names("x-request-id", "Authorization"),
        params=names("page", "size"),
        body=[*names("name", type="string", required=True), *names("cv", type="file"), *names("gone", type="number")],
    )
    result = at_once(webhook.run(context(SYSTEM, inputs={"webhook_data": REQUEST})))
    assert result.outputs == {
        "x_request_id": "7",
        "Authorization": None,
        "page": 2,
        "size": None,
        "name": "Ada",
        "cv": "the file",
        "gone": None,
        "_webhook_raw": REQUEST,
        **SYSTEM,
    }
    assert result.inputs == {"webhook_data": REQUEST, **SYSTEM}


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream"])
def test_a_body_that_is_one_value_comes_out_as_raw(node, context, at_once, content_type):
    webhook = node(TriggerWebhookNode, content_type=content_type)
    assert at_once(webhook.run(context(inputs={"webhook_data": REQUEST}))).outputs["raw"] == "plain"


@pytest.mark.parametrize("inputs", [{}, {"webhook_data": None}, {"webhook_data": {"body": [1]}}])
def test_a_webhook_without_a_request_puts_out_nulls(node, context, at_once, inputs):
    webhook = node(TriggerWebhookNode, params=names("page"), body=names("name"))
    outputs = at_once(webhook.run(context(inputs=inputs))).outputs
    assert (outputs["page"], outputs["name"]) == (None, None)


def test_a_webhook_has_defaults(node):
    config = node(TriggerWebhookNode).config
    assert (config.method, config.content_type, config.status_code, config.timeout) == (
        "get",
        "application/json",
        200,
        30,
    )


@pytest.mark.parametrize(
    "wrong",
    [{"method": "trace"}, {"content_type": "text/html"}, {"body": [{"name": "a", "type": "date"}]}],
)
def test_a_wrong_webhook_is_an_error_of_the_file(node, wrong):
    with pytest.raises(ValidationError):
        node(TriggerWebhookNode, **wrong)


def test_a_schedule_puts_out_the_system_variables(node, context, at_once):
    schedule = node(TriggerScheduleNode, mode="cron", cron_expression="* * * * *")
    assert at_once(schedule.run(context(SYSTEM))).outputs == SYSTEM


def test_a_schedule_reads_the_form_of_the_editor(node):
    visual = {"on_minute": 5, "time": "9:30 AM", "weekdays": ["mon"], "monthly_days": [1, "last"]}
    config = node(TriggerScheduleNode, frequency="weekly", visual_config=visual).config
    assert (config.mode, config.timezone, config.visual_config.monthly_days) == ("visual", "UTC", [1, "last"])


@pytest.mark.parametrize("wrong", [{"frequency": "yearly"}, {"visual_config": {"monthly_days": [32]}}])
def test_a_wrong_schedule_is_an_error_of_the_file(node, wrong):
    with pytest.raises(ValidationError):
        node(TriggerScheduleNode, **wrong)


def test_a_plugin_puts_out_its_event(node, context, at_once):
    parameters = {"branch": {"type": "constant", "value": "main"}}
    trigger = node(TriggerPluginNode, **PLUGIN, event_parameters=parameters)
    result = at_once(trigger.run(context(SYSTEM, inputs={"commit": "abc"})))
    assert result.outputs == {"commit": "abc", **SYSTEM}
    assert result.metadata["trigger_info"]["event_name"] == "push"


def test_parameters_of_an_event_are_constants(node):
    with pytest.raises(ValidationError, match="constant"):
        node(TriggerPluginNode, **PLUGIN, event_parameters={"branch": {"type": "variable", "value": ["a", "b"]}})
