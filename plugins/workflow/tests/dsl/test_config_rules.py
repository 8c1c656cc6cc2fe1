"""Rules for `model_config`."""

import pytest

from dify_workflow.dsl import DslStructureError, check, from_mapping

MODEL = {"provider": "acme/models/acme", "name": "small", "mode": "chat", "completion_params": {}}


def found(raw):
    return [(problem.code, problem.field.removeprefix("model_config.")) for problem in check(from_mapping(raw))]


@pytest.mark.parametrize(
    ("model", "code", "field"),
    [
        (MODEL | {"provider": ""}, "missing_model", "model.provider"),
        (MODEL | {"name": None}, "missing_model", "model.name"),
        (MODEL | {"mode": "sing"}, "invalid_choice", "model.mode"),
        (MODEL | {"completion_params": {"stop": list("abcde")}}, "too_many", "model.completion_params.stop"),
        (MODEL | {"completion_params": {"stop": "a"}}, "invalid_stop", "model.completion_params.stop"),
    ],
)
def test_a_model_is_named_in_full(chat, model, code, field):
    assert found(chat(model=model)) == [(code, field)]


@pytest.mark.parametrize("model", [MODEL | {"mode": None}, MODEL | {"completion_params": {"stop": list("abcd")}}])
def test_the_mode_of_a_model_may_be_left_to_it(chat, model):
    assert found(chat(model=model)) == []


def messages(*roles):
    return {"prompt": [{"role": role, "text": "x"} for role in roles]}


@pytest.mark.parametrize(
    ("config", "code", "field"),
    [
        ({"prompt_type": "poetic"}, "invalid_choice", "prompt_type"),
        ({"prompt_type": "advanced"}, "missing_prompt", "chat_prompt_config.prompt"),
        (
            {"prompt_type": "advanced", "chat_prompt_config": messages(*["user"] * 11)},
            "too_many",
            "chat_prompt_config.prompt",
        ),
        (
            {"prompt_type": "advanced", "chat_prompt_config": messages("system", "oracle")},
            "invalid_choice",
            "chat_prompt_config.prompt[1].role",
        ),
    ],
)
def test_prompts_have_known_types_and_roles(chat, config, code, field):
    assert found(chat(**config)) == [(code, field)]


@pytest.mark.parametrize(
    "config",
    [
        {"prompt_type": "advanced", "chat_prompt_config": messages(*["user"] * 10)},
        {"prompt_type": "advanced", "completion_prompt_config": {"prompt": {"text": "{{#query#}}"}}},
        {"prompt_type": "simple", "chat_prompt_config": messages("oracle")},
    ],
)
def test_sound_prompts_have_no_problems(chat, config):
    assert found(chat(**config)) == []


def field(kind="text-input", **options):
    return [{kind: {"variable": "x", "label": "X", **options}}]


@pytest.mark.parametrize(
    ("form", "code", "place"),
    [
        (field("file"), "invalid_choice", "[0].file"),
        (field("file-list"), "invalid_choice", "[0].file-list"),
        (field("riddle"), "invalid_form", "[0].riddle.type"),
        (field(variable="1st"), "invalid_variable", "[0].text-input.variable"),
        (field(variable="a b"), "invalid_variable", "[0].text-input.variable"),
        (field(variable="x" * 101), "invalid_variable", "[0].text-input.variable"),
        (field(variable=""), "invalid_variable", "[0].text-input.variable"),
        (field(label=""), "missing_label", "[0].text-input.label"),
        (field("select", options=["a"], default="b"), "invalid_choice", "[0].select.default"),
        (field() + field("paragraph"), "duplicate_variable", "[1].paragraph.variable"),
        ([{}], "invalid_form", "[0]"),
    ],
)
def test_fields_of_a_form_are_well_formed(chat, form, code, place):
    assert (code, f"user_input_form{place}") in found(chat(user_input_form=form))


@pytest.mark.parametrize(
    "form",
    [
        field(variable="x" * 100),
        field(variable="_name1"),
        field(variable="姓名"),
        field(variable="🦉"),
        field("select", options=["a"], default="a"),
        field("select", options=["a"], default=""),
        field("external_data_tool", label=""),
        field("number") + field("checkbox", variable="y"),
    ],
)
def test_sound_fields_have_no_problems(chat, form):
    assert found(chat(user_input_form=form)) == []


def test_a_form_that_is_no_list_of_mappings_does_not_load(chat):
    with pytest.raises(DslStructureError, match="user_input_form"):
        from_mapping(chat(user_input_form=[{"text-input": None}]))


def test_data_tools_have_a_type_and_a_variable(chat):
    tools = [{"enabled": True, "config": {}}, {"enabled": False}]
    assert found(chat(external_data_tools=tools)) == [
        ("missing_choice", "external_data_tools[0].variable"),
        ("missing_choice", "external_data_tools[0].type"),
    ]


def datasets(*, enabled=True):
    return {"retrieval_model": "multiple", "datasets": {"datasets": [{"dataset": {"enabled": enabled, "id": "d"}}]}}


def test_a_completion_app_with_datasets_names_its_query(chat):
    missing = [("missing_query_variable", "dataset_query_variable")]
    assert found(chat("completion", dataset_configs=datasets())) == missing
    assert found(chat("completion", dataset_configs=datasets(), dataset_query_variable="x")) == missing
    named = {"dataset_query_variable": "x", "user_input_form": field()}
    assert found(chat("completion", dataset_configs=datasets(), **named)) == []
    assert found(chat("completion", dataset_configs=datasets(enabled=False))) == []
    assert found(chat("chat", dataset_configs=datasets())) == []


def test_strategies_and_ways_of_retrieval_are_known_ones(chat):
    config = {"agent_mode": {"strategy": "improvise"}, "dataset_configs": {"retrieval_model": "all"}}
    assert sorted(found(chat(**config))) == [
        ("invalid_choice", "agent_mode.strategy"),
        ("invalid_choice", "dataset_configs.retrieval_model"),
    ]


@pytest.mark.parametrize(
    ("mode", "is_agent"),
    [
        ({"enabled": True, "strategy": "react"}, True),
        ({"enabled": True, "strategy": "function_call"}, True),
        ({"enabled": True, "strategy": "router"}, False),
        ({"enabled": True}, False),
        ({"enabled": False, "strategy": "react"}, False),
    ],
)
def test_a_chat_app_with_a_strategy_counts_as_agent(chat, mode, is_agent):
    assert from_mapping(chat(agent_mode=mode)).model_config.agent_mode.is_agent is is_agent


def test_entries_with_few_keys_are_no_tools(chat):
    tool = {"provider_id": "p", "provider_type": "builtin", "tool_name": "t", "tool_parameters": {}}
    tools = [tool, {**tool, "enabled": False}, {"dataset": {"enabled": True, "id": "d"}}]
    mode = from_mapping(chat(agent_mode={"tools": tools})).model_config.agent_mode
    assert len(mode.tools) == 3
    assert [entry.tool_name for entry in mode.usable_tools] == ["t"]
