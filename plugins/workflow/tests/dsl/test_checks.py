"""What keeps an imported app from running."""

import pytest

from dify_workflow.dsl import check, from_mapping, load


def found(raw):
    return [(problem.code, problem.field) for problem in check(from_mapping(raw))]


def edge(source, target):
    return {"source": source, "target": target}


def test_a_sound_app_has_no_problems(workflow, chat, pipeline, node):
    assert found(workflow(node("end", "end"), edges=[edge("start", "end")])) == []
    assert found(chat()) == []
    assert found(pipeline()) == []


def test_edges_must_join_nodes_and_notes_are_none(workflow, text):
    note = {"id": "note", "type": "custom-note", "data": {"type": ""}}
    raw = workflow(note, edges=[edge("start", "nowhere"), edge("note", "start")])
    problems = check(load(text(raw)))
    assert [(problem.code, problem.field) for problem in problems] == [
        ("missing_node", "workflow.graph.edges[0].target"),
        ("missing_node", "workflow.graph.edges[1].source"),
    ]
    assert all(problem.line is not None for problem in problems)
    assert "'nowhere'" in problems[0].message


def test_a_start_node_and_a_trigger_exclude_each_other(workflow, node):
    raw = workflow(node("t", "trigger-webhook"))
    assert found(raw) == [("start_and_trigger", "workflow.graph.nodes[1]")]
    raw["workflow"]["graph"]["nodes"].pop(0)
    assert found(raw) == []


def test_a_form_that_cannot_be_understood_is_a_problem(workflow):
    assert found(workflow(variables=[{"variable": "x", "type": "riddle"}])) == [
        ("invalid_form", "workflow.graph.nodes[0].data.variables[0].type")
    ]


def moderation(kind="keywords", **config):
    side = {"enabled": True, "preset_response": "No."}
    return {"enabled": True, "type": kind, "config": {"inputs_config": side, "keywords": "bad", **config}}


@pytest.mark.parametrize(
    ("features", "code", "field"),
    [
        ({"file_upload": {"allowed_file_types": ["hologram"]}}, "invalid_choice", "file_upload.allowed_file_types[0]"),
        (
            {"file_upload": {"allowed_file_upload_methods": ["fax"]}},
            "invalid_choice",
            "file_upload.allowed_file_upload_methods[0]",
        ),
        ({"file_upload": {"number_limits": 0}}, "invalid_limit", "file_upload.number_limits"),
        ({"text_to_speech": {"autoPlay": "always"}}, "invalid_choice", "text_to_speech.autoPlay"),
        ({"sensitive_word_avoidance": {"enabled": True}}, "missing_choice", "sensitive_word_avoidance.type"),
        (
            {"sensitive_word_avoidance": {"enabled": True, "type": "api"}},
            "moderation_idle",
            "sensitive_word_avoidance.config",
        ),
        (
            {"sensitive_word_avoidance": moderation(inputs_config={"enabled": True, "preset_response": "x" * 101})},
            "too_long",
            "sensitive_word_avoidance.config.inputs_config.preset_response",
        ),
        (
            {"sensitive_word_avoidance": moderation(keywords=" ")},
            "missing_keywords",
            "sensitive_word_avoidance.config.keywords",
        ),
        (
            {"sensitive_word_avoidance": moderation(keywords="x" * 10_001)},
            "too_long",
            "sensitive_word_avoidance.config.keywords",
        ),
        (
            {"sensitive_word_avoidance": moderation(keywords="x\n" * 100)},
            "too_long",
            "sensitive_word_avoidance.config.keywords",
        ),
    ],
)
def test_features_are_checked_in_graphs_and_easy_apps_alike(workflow, chat, features, code, field):
    assert found(workflow(features=features)) == [(code, f"workflow.features.{field}")]
    assert found(chat(**features)) == [(code, f"model_config.{field}")]


@pytest.mark.parametrize(
    "features",
    [
        {"sensitive_word_avoidance": {"enabled": False, "type": "", "config": []}},
        {"sensitive_word_avoidance": moderation()},
        {"sensitive_word_avoidance": moderation("openai_moderation", keywords="")},
        {"sensitive_word_avoidance": moderation(keywords="x\n" * 99 + "x")},
        {"text_to_speech": {"enabled": True, "autoPlay": "enabled"}},
        {"file_upload": {"number_limits": ""}},
    ],
)
def test_sound_features_have_no_problems(workflow, features):
    assert found(workflow(features=features)) == []


IMAGES = {"enabled": True, "number_limits": 2, "transfer_methods": ["remote_url"], "detail": "low"}


def test_the_old_switch_for_images_is_read_as_general_upload(workflow):
    raw = workflow(features={"file_upload": {"image": IMAGES}})
    upload = from_mapping(raw).features.file_upload
    assert (upload.enabled, upload.number_limits, upload.allowed_file_types) == (True, 2, ["image"])
    assert (upload.allowed_file_extensions, upload.allowed_file_upload_methods) == ([], ["remote_url"])
    assert raw["workflow"]["features"]["file_upload"] == {"image": IMAGES}


@pytest.mark.parametrize("upload", [{"image": IMAGES, "enabled": False}, {"image": IMAGES | {"enabled": False}}])
def test_new_keys_count_before_the_old_switch(chat, upload):
    assert not from_mapping(chat(file_upload=upload)).features.file_upload.enabled
