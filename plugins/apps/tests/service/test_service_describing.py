"""`/info`, `/parameters`, `/meta`, `/site`."""

import pytest
from sqlalchemy import delete, update

from dify_accounts import ApiKeys, KeyType, Tenants
from dify_apps.library import AppLibrary
from dify_apps.tables.apps import SITES, TAG_BINDINGS, TAGS
from dify_database import count_statements, uuid4_text
from plugins.apps.tests.service.serving import chat, chatflow, completion, workflow

LIMITS = {
    "image_file_size_limit": 10,
    "video_file_size_limit": 100,
    "audio_file_size_limit": 50,
    "file_size_limit": 15,
    "workflow_file_upload_limit": 10,
}
IMAGES = {"enabled": False, "number_limits": 3, "detail": "high", "transfer_methods": ["remote_url", "local_file"]}


async def test_an_app_is_described_with_its_tags_and_its_author(worlds):
    client = await worlds.app(workflow(name="Echo"))
    tenant = await worlds.home()
    for name, kind, owner in (("blue", "app", tenant), ("a tag", "app", tenant), ("set", "knowledge", tenant)):
        tag = await worlds.insert(TAGS, tenant_id=owner, type=kind, name=name, created_by=owner)
        await worlds.insert(TAG_BINDINGS, tenant_id=owner, tag_id=tag, target_id=client.app_id, created_by=owner)
    body = (await client.get("/info")).json()
    assert body.pop("author_name")
    assert body == {"name": "Echo", "description": "gives back", "tags": ["a tag", "blue"], "mode": "workflow"}


async def test_the_parameters_of_a_workflow_are_its_form_and_its_features(world):
    client = await world.app(workflow(speech_to_text={"enabled": True}))
    body = (await client.get("/parameters")).json()
    field = {"variable": "text", "label": "Text", "type": "paragraph", "required": True, "max_length": 4096}
    assert body == {
        "opening_statement": None,
        "suggested_questions": [],
        "suggested_questions_after_answer": {"enabled": False},
        "speech_to_text": {"enabled": True},
        "text_to_speech": {"enabled": False},
        "retriever_resource": {"enabled": False},
        "annotation_reply": {"enabled": False},
        "more_like_this": {"enabled": False},
        "user_input_form": [{"paragraph": {**field, "options": []}}],
        "sensitive_word_avoidance": {"enabled": False},
        "file_upload": {"image": IMAGES},
        "system_parameters": LIMITS,
    }


async def test_the_parameters_of_a_model_configuration_have_its_own_defaults(world):
    form = [{"text-input": {"label": "Who", "variable": "who", "required": True, "max_length": 48, "default": ""}}]
    client = await world.app(completion(user_input_form=form, opening_statement="Hi"))
    body = (await client.get("/parameters")).json()
    assert (body["user_input_form"], body["opening_statement"]) == (form, "Hi")
    assert body["retriever_resource"] == {"enabled": True}
    assert body["system_parameters"] == LIMITS


@pytest.mark.parametrize("more_settings", [{"UPLOAD_FILE_SIZE_LIMIT": 7, "WORKFLOW_FILE_UPLOAD_LIMIT": 2}])
async def test_the_parameters_show_the_limits_that_the_operator_set(world, more_settings):
    client = await world.app(workflow())
    limits = (await client.get("/parameters")).json()["system_parameters"]
    assert (limits["file_size_limit"], limits["workflow_file_upload_limit"]) == (7, 2)


async def test_the_parameters_cost_two_statements_at_most(worlds):
    for text in (workflow(), chat()):
        client = await worlds.app(text)
        await client.get("/parameters")
        with count_statements() as count:
            assert (await client.get("/parameters")).status_code == 200
        assert len(count) <= 2, count


async def test_an_app_without_anything_published_is_unavailable(world):
    tenant = await world.home()
    owner = await (await world.booted.services.get(Tenants)).owner(tenant)
    library = await world.booted.services.get(AppLibrary)
    draft = await library.import_app(workflow(), tenant_id=tenant, account_id=owner.id)
    keys = await world.booted.services.get(ApiKeys)
    key = await keys.create(KeyType.APP, tenant_id=tenant, app_id=draft.app_id)
    answer = await world.booted.client.get("/v1/parameters", headers={"Authorization": f"Bearer {key.token}"})
    assert (answer.status_code, answer.json()["code"]) == (400, "app_unavailable")


async def test_the_icons_of_tools_are_links_or_drawn(world):
    tools = [
        {"enabled": True, "provider_type": "builtin", "provider_id": "time", "tool_name": "now", "tool_parameters": {}},
        {"enabled": True, "provider_type": "api", "provider_id": "x", "tool_name": "mine", "tool_parameters": {}},
    ]
    client = await world.app(chat(agent_mode={"enabled": False, "tools": tools}))
    icons = (await client.get("/meta")).json()["tool_icons"]
    assert icons["now"] == "/console/api/workspaces/current/tool-provider/builtin/time/icon"
    assert set(icons["mine"]) == {"background", "content"}
    assert (await (await world.app(workflow())).get("/meta")).json() == {"tool_icons": {}}


async def test_the_page_of_an_app_is_described_and_an_app_without_one_is_forbidden(world):
    client = await world.app(chatflow(name="Shown"))
    body = (await client.get("/site")).json()
    assert body["title"] == "Shown"
    assert (body["icon"], body["icon_type"], body["icon_url"]) == ("🤖", "emoji", None)
    assert set(body) == {
        *("title", "chat_color_theme", "chat_color_theme_inverted", "icon_type", "icon", "icon_background"),
        *("icon_url", "description", "copyright", "privacy_policy", "custom_disclaimer", "default_language"),
        *("show_workflow_steps", "use_icon_as_answer_icon"),
    }
    database = await world.database()
    await database.write(lambda session: session.execute(delete(SITES).where(SITES.c.app_id == client.app_id)))
    assert (await client.get("/site")).status_code == 403


async def test_a_picture_as_icon_has_a_signed_link(world):
    client, picture = await world.app(workflow()), uuid4_text()
    database = await world.database()
    changed = update(SITES).where(SITES.c.app_id == client.app_id).values(icon_type="image", icon=picture)
    await database.write(lambda session: session.execute(changed))
    link = (await client.get("/site")).json()["icon_url"]
    assert link.startswith(f"http://files.test/files/{picture}/file-preview?")
