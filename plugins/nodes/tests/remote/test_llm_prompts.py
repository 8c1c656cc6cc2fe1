"""The prompts of `llm` nodes."""

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.models import FilePart, Message, ModelFeature
from dify_runtime_sdk.workflow import FileType, NodeError

MODEL = {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {"temperature": 0.7}}
CONTEXT = {"enabled": False, "variable_selector": []}
QUERY = [{"role": "user", "text": "{{#sys.query#}}"}]


def llm(**more):
    return {"type": "llm", "model": MODEL, "prompt_template": QUERY, "context": CONTEXT} | more


def said(models):
    return [(message.role, message.content) for message in models.requests[-1].messages]


async def test_references_are_replaced_and_empty_messages_dropped(bench, make):
    models = make("models")
    prompt = [{"role": "system", "text": ""}, *QUERY, {"role": "assistant", "text": "  \n"}]

    await bench.offer(models=models).run({"sys.query": "Why?"}, **llm(prompt_template=prompt))

    assert said(models) == [("user", "Why?")]


async def test_a_prompt_of_which_nothing_is_left_fails(bench, make):
    models = make("models")

    with pytest.raises(NodeError, match="No prompt found in the LLM configuration") as caught:
        await bench.offer(models=models).run({"sys.query": " "}, **llm())

    assert caught.value.error_type == "NoPromptFoundError"
    assert models.requests == []


async def test_a_reference_to_nothing_fails(bench, make):
    models = make("models")

    with pytest.raises(NodeError, match=r"Variable start\.topic not found") as caught:
        await bench.offer(models=models).run({}, **llm(prompt_template=[{"role": "user", "text": "{{#start.topic#}}"}]))

    assert caught.value.error_type == "VariableNotFoundError"
    assert models.requests == []


async def test_a_reference_to_none_is_an_empty_text(bench, make):
    models = make("models")
    prompt = [{"role": "user", "text": "<{{#start.topic#}}>"}]

    await bench.offer(models=models).run({"start.topic": None}, **llm(prompt_template=prompt))

    assert said(models) == [("user", "<>")]


@pytest.mark.parametrize(
    ("provider", "complete"),
    [("openai", "langgenius/openai/openai"), ("acme/models/acme", "acme/models/acme"), ("", "")],
)
async def test_a_bare_provider_is_completed(bench, make, provider, complete):
    models = make("models")

    await bench.offer(models=models).run({"sys.query": "q"}, **llm(model=MODEL | {"provider": provider}))

    assert models.requests[0].model.provider == complete


async def test_stop_words_are_taken_out_of_the_parameters(bench, make):
    models = make("models")
    model = MODEL | {"completion_params": {"temperature": 0.1, "stop": ["END", "###"]}}

    await bench.offer(models=models).run({"sys.query": "q"}, **llm(model=model))

    request = models.requests[0]
    assert (request.parameters, request.stop) == ({"temperature": 0.1}, ("END", "###"))
    assert (request.tenant_id, request.user_id, request.mode) == ("tenant-1", "user-1", "chat")


async def test_nulls_of_old_files_stand_for_defaults(bench, make):
    models = make("models")
    data = llm(
        model=MODEL | {"mode": None, "completion_params": None},
        prompt_template=[{"role": "user", "text": "hi", "edition_type": None}, {"role": "system", "text": None}],
        prompt_config={"jinja2_variables": None},
        vision=None,
        memory=None,
        structured_output={},
    )

    await bench.offer(models=models).run({}, **data)

    assert said(models) == [("user", "hi")]
    assert models.requests[0].parameters == {}


async def test_a_jinja_text_sees_its_declared_variables_only(bench, make):
    models = make("models")
    data = llm(
        prompt_template=[
            {
                "role": "user",
                "text": "unused {{#sys.gone#}}",
                "edition_type": "jinja2",
                "jinja2_text": "{{a}}|{{ b }}|{% for x in c %}{{ x }};{% endfor %}",
            }
        ],
        prompt_config={
            "jinja2_variables": [
                {"variable": "a", "value_selector": ["start", "a"]},
                {"variable": "c", "value_selector": ["start", "list"]},
            ]
        },
    )

    await bench.offer(models=models, renderer=make("renderer")).run(
        {"start.a": 1, "start.b": 2, "start.list": [1, 2]}, **data
    )

    assert said(models) == [("user", "1||1;2;")]


async def test_a_jinja_variable_that_is_not_there_fails(bench, make):
    data = llm(
        prompt_template=[{"role": "user", "edition_type": "jinja2", "jinja2_text": "{{ a }}"}],
        prompt_config={"jinja2_variables": [{"variable": "a", "value_selector": ["start", "a"]}]},
    )

    with pytest.raises(NodeError, match=r"Variable start\.a not found"):
        await bench.offer(models=make("models"), renderer=make("renderer")).run({}, **data)


async def test_a_broken_jinja_text_fails(bench, make):
    data = llm(prompt_template=[{"role": "user", "edition_type": "jinja2", "jinja2_text": "{% if %}"}])

    with pytest.raises(NodeError) as caught:
        await bench.offer(models=make("models"), renderer=make("renderer")).run({}, **data)

    assert caught.value.error_type == "TemplateError"


async def test_a_jinja_text_takes_the_knowledge_in_blocks_too(bench, make):
    models = make("models")
    text = "{% if true %}[{{#context#}}]{% endif %}"
    data = llm(
        prompt_template=[{"role": "user", "edition_type": "jinja2", "jinja2_text": text}],
        context={"enabled": True, "variable_selector": ["kb", "result"]},
    )

    await bench.offer(models=models, renderer=make("renderer")).run({"kb.result": "{{ 7 * 7 }}"}, **data)

    assert said(models) == [("user", "[{{ 7 * 7 }}]")]


async def test_the_files_of_vision_go_to_the_last_user_message(bench, make):
    models = make("models", features=frozenset({ModelFeature.VISION}))
    picture, paper = make("file", "a"), make("file", "b", FileType.DOCUMENT)
    prompt = [{"role": "user", "text": "one"}, {"role": "user", "text": "two"}, {"role": "assistant", "text": "three"}]
    data = llm(prompt_template=prompt, vision={"enabled": True, "configs": {"detail": "low"}})

    result = await bench.offer(models=models).run({"sys.files": [picture, paper]}, **data)

    assert said(models) == [
        ("user", "one"),
        ("user", [FilePart(file=picture, detail="low"), "two"]),
        ("assistant", "three"),
    ]
    assert result.inputs == {"#files#": [picture, paper]}
    shown = result.process_data["prompts"][1]
    assert shown["text"] == "two"
    assert shown["files"] == [{"type": "image", "filename": "a.png", "data": "https://files.test/a", "detail": "low"}]


@pytest.mark.parametrize("kind", [FileType.IMAGE, FileType.DOCUMENT, FileType.AUDIO, FileType.VIDEO, FileType.CUSTOM])
async def test_files_of_a_kind_that_the_model_does_not_read_are_dropped(bench, make, kind):
    models = make("models", features=frozenset())
    data = llm(vision={"enabled": True, "configs": {"variable_selector": ["start", "file"]}})

    await bench.offer(models=models).run({"sys.query": "q", "start.file": make("file", "a", kind)}, **data)

    assert said(models) == [("user", "q")]


async def test_files_without_a_user_message_make_one(bench, make):
    models = make("models", features=frozenset({ModelFeature.VISION}))
    picture = make("file", "a")
    data = llm(prompt_template=[{"role": "system", "text": "Look."}], vision={"enabled": True, "configs": None})

    await bench.offer(models=models).run({"sys.files": [picture]}, **data)

    assert said(models) == [("system", "Look."), ("user", [FilePart(file=picture)])]


async def test_vision_without_its_variable_or_switched_off_adds_nothing(bench, make):
    models = make("models", features=frozenset({ModelFeature.VISION}))

    await bench.offer(models=models).run({"sys.query": "q"}, **llm(vision={"enabled": True}))
    await bench.run({"sys.query": "q", "sys.files": [make("file", "a")]}, **llm(vision={"enabled": False}))

    assert [request.messages for request in models.requests] == [[Message(role="user", content="q")]] * 2


async def test_a_file_that_a_user_message_refers_to_goes_along_once(bench, make):
    models = make("models", features=frozenset({ModelFeature.VISION}))
    picture = make("file", "a")
    data = llm(prompt_template=[{"role": "user", "text": "See {{#start.file#}}"}], vision={"enabled": True})

    await bench.offer(models=models).run({"start.file": picture, "sys.files": [picture]}, **data)

    assert said(models) == [("user", [FilePart(file=picture), "See "])]


@pytest.mark.parametrize("broken", [{"model": None}, {"prompt_template": [{"role": "robot"}]}, {"context": None}])
def test_a_malformed_configuration_is_refused(bench, broken):
    with pytest.raises(ValidationError):
        bench.node(**llm(**broken))
