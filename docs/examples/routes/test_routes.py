"""A group of one's own, its authenticator, and routes with models; and what clients get."""

import secrets
from uuid import UUID, uuid4

from pydantic import BaseModel, Field, SecretStr

from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk import Plugin, Runtime, Service, Settings, hookimpl
from dify_runtime_sdk.http import (
    BlueprintGroup,
    CorsPolicy,
    GroupAuthenticator,
    Identity,
    NotFound,
    RequestContext,
    Routes,
    Unauthorized,
)


class NotesGroupPlugin(Plugin):
    """The group: a prefix, and which pages of other origins may call it."""

    @hookimpl
    def blueprint_groups(self) -> list[BlueprintGroup]:
        cors = CorsPolicy(origins=("https://app.example",), methods=("GET", "POST"), headers=("Authorization",))
        return [BlueprintGroup("notes", "/notes/api", cors=cors)]


class KeySettings(Settings):
    NOTES_KEY: SecretStr = Field(description="Key that clients of the notes API send")


class KeyAuthenticator:
    """Knows one user, by the key."""

    def __init__(self, key: str) -> None:
        self._expected = f"Bearer {key}"

    async def authenticate(self, context: RequestContext) -> Identity:
        given = context.request.headers.get("Authorization", "")
        if not secrets.compare_digest(given.encode(), self._expected.encode()):
            raise Unauthorized("The key is wrong.")
        return Identity(user_id="ada")


class NotesKeyPlugin(Plugin):
    """The authenticator: given to the group by name, from whatever plugin."""

    settings = KeySettings

    @hookimpl
    def authenticators(self, runtime: Runtime) -> list[GroupAuthenticator]:
        key = runtime.settings(KeySettings).NOTES_KEY.get_secret_value()
        return [GroupAuthenticator("notes", KeyAuthenticator(key))]


class NewNote(BaseModel):
    text: str = Field(min_length=1)


class Note(NewNote):
    id: UUID
    author: str | None


class Notes(dict[UUID, Note]):
    """The notes of one runtime, by id; a service."""


async def write_note(context: RequestContext, body: NewNote) -> tuple[Note, int]:
    notes = await context.runtime.services.get(Notes)
    author = context.identity.user_id if context.identity else None
    note = Note(id=uuid4(), text=body.text, author=author)
    notes[note.id] = note
    return note, 201


async def read_note(context: RequestContext, note_id: UUID) -> Note:
    notes = await context.runtime.services.get(Notes)
    if note_id not in notes:
        raise NotFound("Note not found.")
    return notes[note_id]


class NotesPlugin(Plugin):
    """The feature: its routes go into the group by name."""

    @hookimpl
    def services(self) -> list[Service[Notes]]:
        return [Service(Notes, lambda _runtime: Notes())]

    @hookimpl
    def routes(self) -> list[Routes]:
        routes = Routes("notes", tag="Notes")
        routes.add("POST", "/notes", write_note, summary="Write a note", status=201)
        routes.add("GET", "/notes/<uuid:note_id>", read_note, summary="Read a note", errors=(NotFound,))
        return [routes]


PLUGINS = {"notes": NotesPlugin, "notes-group": NotesGroupPlugin, "notes-key": NotesKeyPlugin}
KEY = {"Authorization": "Bearer open sesame"}


async def test_a_note_is_written_and_read(runtime: RuntimeFactory) -> None:
    booted = await runtime(PLUGINS, settings={"NOTES_KEY": "open sesame"})
    written = await booted.client.post("/notes/api/notes", json={"text": "milk"}, headers=KEY)
    assert written.status_code == 201
    read = await booted.client.get(f"/notes/api/notes/{written.json()['id']}", headers=KEY)
    assert read.json() == {"text": "milk", "id": written.json()["id"], "author": "ada"}


async def test_without_the_key_nobody_gets_in(runtime: RuntimeFactory) -> None:
    booted = await runtime(PLUGINS, settings={"NOTES_KEY": "open sesame"})
    answer = await booted.client.post("/notes/api/notes", json={"text": "milk"})
    assert (answer.status_code, answer.json()["message"]) == (401, "The key is wrong.")


async def test_errors_have_the_shape_of_the_group_and_cors(runtime: RuntimeFactory) -> None:
    booted = await runtime(PLUGINS, settings={"NOTES_KEY": "open sesame"})
    headers = {**KEY, "Origin": "https://app.example"}
    missing = await booted.client.get(f"/notes/api/notes/{uuid4()}", headers=headers)
    assert missing.status_code == 404
    assert missing.json() == {"code": "not_found", "message": "Note not found.", "status": 404}
    assert missing.headers["Access-Control-Allow-Origin"] == "https://app.example"
    empty = await booted.client.post("/notes/api/notes", json={"text": ""}, headers=headers)
    assert (empty.status_code, empty.json()["code"]) == (400, "invalid_param")
