"""`/files/<id>/preview` and `/end-users/<id>`."""

from dify_accounts import EndUsers
from dify_apps.tables.messages import MESSAGE_FILES
from dify_database import uuid4_text
from plugins.apps.tests.service.serving import chatflow

NOBODY = "00000000-0000-4000-8000-000000000000"
FILES = {"file_upload": {"enabled": True, "allowed_file_types": ["document", "audio"], "number_limits": 3}}


async def upload(client, name="note.txt", content=b"hello", mime_type="text/plain"):
    """The id of an uploaded file."""
    answer = await client.call(
        "POST", "/files/upload", data={"user": "bob"}, files={"file": (name, content, mime_type)}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def send(client, file_id, kind="document"):
    """Say something with a file."""
    file = {"type": kind, "transfer_method": "local_file", "upload_file_id": file_id}
    return await client.say("see", files=[file])


async def test_a_file_of_a_message_is_sent(worlds):
    client = await worlds.app(chatflow(**FILES))
    file_id = await upload(client)
    await send(client, file_id)
    answer = await client.get(f"/files/{file_id}/preview", user="bob")
    assert (answer.status_code, answer.content) == (200, b"hello")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    saved = await client.get(f"/files/{file_id}/preview", as_attachment="true")
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''note.txt"


async def test_a_part_of_a_recording_is_sent(world):
    client = await world.app(chatflow(**FILES))
    file_id = await upload(client, "a.mp3", b"0123456789", "audio/mpeg")
    await send(client, file_id, "audio")
    whole = await client.get(f"/files/{file_id}/preview")
    assert (whole.headers["accept-ranges"], len(whole.content)) == ("bytes", 10)


async def test_a_file_that_no_message_has_is_not_found(world):
    client = await world.app(chatflow(**FILES))
    for file_id in (await upload(client), NOBODY):
        answer = await client.get(f"/files/{file_id}/preview", user="bob")
        assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")
        assert answer.json()["message"] == "File not found in message context"


async def test_a_file_of_another_app_is_denied_and_one_of_another_workspace_is_not_found(worlds):
    owner, other = await worlds.app(chatflow(**FILES)), await worlds.app(chatflow(name="Other", **FILES))
    stranger = await worlds.app(chatflow(**FILES), tenant_id=await worlds.neighbour())
    file_id = await upload(owner)
    said = await send(owner, file_id)
    assert said["message_id"]
    denied = await other.get(f"/files/{file_id}/preview")
    assert (denied.status_code, denied.json()["code"]) == (403, "file_access_denied")
    unseen = await stranger.get(f"/files/{file_id}/preview")
    assert (unseen.status_code, unseen.json()["code"]) == (404, "file_not_found")


async def test_a_message_that_names_a_strangers_file_does_not_open_it(world):
    owner = await world.app(chatflow(**FILES))
    stranger = await world.app(chatflow(**FILES), tenant_id=await world.neighbour())
    file_id = await upload(owner)
    await send(owner, file_id)
    message = (await stranger.say("hi"))["message_id"]
    forged = {"message_id": message, "upload_file_id": file_id, "type": "document", "transfer_method": "local_file"}
    await world.insert(MESSAGE_FILES, **forged, created_by_role="end_user", created_by=NOBODY)
    assert (await stranger.get(f"/files/{file_id}/preview")).status_code == 404


async def test_an_end_user_is_shown_to_their_own_app(worlds):
    client, other = await worlds.app(chatflow()), await worlds.app(chatflow(name="Other"))
    stranger = await worlds.app(chatflow(), tenant_id=await worlds.neighbour())
    users = await worlds.booted.services.get(EndUsers)
    tenant = await worlds.home()
    bob = await users.resolve(tenant_id=tenant, app_id=client.app_id, session_id="bob")
    body = (await client.get(f"/end-users/{bob.id}")).json()
    for moment in ("created_at", "updated_at"):
        assert len(body.pop(moment)) == len("2026-01-01T00:00:00Z")
    assert body == {
        "id": bob.id,
        "tenant_id": tenant,
        "app_id": client.app_id,
        "type": "service-api",
        "external_user_id": bob.external_user_id,
        "name": bob.name,
        "is_anonymous": False,
        "session_id": "bob",
    }
    for asking, wanted in ((other, bob.id), (stranger, bob.id), (client, uuid4_text())):
        answer = await asking.get(f"/end-users/{wanted}")
        assert (answer.status_code, answer.json()["code"]) == (404, "end_user_not_found")
