"""Files beside a question: pictures reach models that see."""

import pytest

from dify_apps.features.moderation import texts_in
from dify_apps.modes.agent.rounds import without_files
from dify_apps.tables.messages import MESSAGE_FILES
from dify_files import Creator, Files
from dify_runtime_sdk.models import FilePart, Message, ModelFeature
from dify_runtime_sdk.workflow import File, FileType, TransferMethod

both = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)
UPLOAD = {
    "enabled": True,
    "allowed_file_types": ["image"],
    "allowed_file_upload_methods": ["local_file"],
    "number_limits": 2,
    "image": {"enabled": True, "detail": "low", "number_limits": 2, "transfer_methods": ["local_file"]},
}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def picture(run):
    """An uploaded picture, as a client names it."""

    async def content():
        yield PNG

    files = await run.booted.services.get(Files)
    creator = Creator(role="end_user", id=run.caller.id)
    stored = await files.upload(
        content(), filename="a.png", mime_type="image/png", tenant_id=run.who["tenant_id"], creator=creator
    )
    return {"type": "image", "transfer_method": "local_file", "upload_file_id": stored.id}


@both
async def test_a_picture_reaches_a_model_that_sees_in_this_turn_and_the_next(run, models, picture):
    models.facts = {"features": frozenset({ModelFeature.VISION})}
    app = await run.app(file_upload=UPLOAD)
    body = await run.blocking(app, "what is it?", files=[picture])
    part, question = models.prompt[-1][1]
    assert isinstance(part, FilePart)
    assert (part.file.related_id, part.detail, question) == (picture["upload_file_id"], "low", "what is it?")
    row = await run.row(MESSAGE_FILES, message_id=body["message_id"])
    assert (row.belongs_to, row.upload_file_id) == ("user", picture["upload_file_id"])
    await run.blocking(app, "sure?", conversation_id=body["conversation_id"])
    earlier = models.prompt[1][1]
    assert earlier[0].file.related_id == picture["upload_file_id"]
    assert earlier[1] == "what is it?"
    assert models.prompt[-1][1] == "sure?"


async def test_a_model_that_does_not_see_gets_the_text(run, models, picture):
    app = await run.app(file_upload=UPLOAD)
    body = await run.blocking(app, "what is it?", files=[picture])
    assert models.prompt[-1] == ("user", "what is it?")
    await run.blocking(app, "sure?", conversation_id=body["conversation_id"])
    assert models.prompt[1] == ("user", "what is it?")


async def test_files_are_dropped_where_the_app_takes_none(run, models, picture):
    models.facts = {"features": frozenset({ModelFeature.VISION})}
    body = await run.blocking(await run.app(), "what is it?", files=[picture])
    assert models.prompt[-1] == ("user", "what is it?")
    assert await run.rows(MESSAGE_FILES, message_id=body["message_id"]) == []


async def test_an_agents_later_rounds_see_a_word_in_place_of_the_picture(run, models, picture):
    models.facts = {"features": frozenset({ModelFeature.VISION})}
    agent = {"enabled": True, "strategy": "function_call", "tools": []}
    app = await run.app("agent-chat", agent_mode=agent, file_upload=UPLOAD)
    await run.events(app, "what is it?", files=[picture])
    seen = models.calls[-1].messages
    assert isinstance(seen[-1].content[0], FilePart)
    assert without_files(seen)[-1] == Message(role="user", content="[image]\nwhat is it?")


def test_moderation_judges_texts_and_no_files():
    file = File(type=FileType.IMAGE, transfer_method=TransferMethod.REMOTE_URL, remote_url="http://a.example/b.png")
    inputs = {"one": file, "some": [file], "text": "t", "number": 3, "none": None, "list": ["u"]}
    assert texts_in(inputs, "q") == ["t", "3", "['u']", "q"]
