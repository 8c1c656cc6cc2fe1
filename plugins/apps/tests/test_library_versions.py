"""Export, comparison, versions, copies and the end of an app."""

import json

import pytest
import yaml
from sqlalchemy import func, insert, select

from dify_accounts import ApiKeys, KeyType
from dify_apps.library import (
    AppModeError,
    AppNotFoundError,
    ImportChoices,
    NothingToPublishError,
    VersionInUseError,
    VersionNotFoundError,
)
from dify_apps.tables import METADATA
from dify_apps.tables.messages import CONVERSATIONS
from dify_apps.tables.workflows import WORKFLOWS
from dify_database import Database

NOBODY = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
async def app_id(library, who, workflow_text):
    """A published workflow app with a secret."""
    return (await library.import_app(workflow_text(secret="s3cret-value"), publish=True, **who)).app_id


async def test_an_export_has_all_but_secrets(library, who, app_id, caplog):
    text = await library.export(app_id, tenant_id=who["tenant_id"])
    raw = yaml.safe_load(text)
    assert list(raw) == ["app", "dependencies", "kind", "version", "workflow"]
    assert raw["app"] == {
        "name": "Greeter",
        "description": "greets",
        "mode": "workflow",
        "icon": "🤖",
        "icon_background": "#FFEAD5",
        "use_icon_as_answer_icon": False,
    }
    assert raw["workflow"]["environment_variables"][0]["value"] == ""
    assert "s3cret-value" not in text + caplog.text
    assert "s3cret-value" in await library.export(app_id, tenant_id=who["tenant_id"], include_secrets=True)


async def test_an_export_imports_as_the_same_app(library, who, app_id, chat_text):
    chat = (await library.import_app(chat_text(), **who)).app_id
    for one in (app_id, chat):
        text = await library.export(one, tenant_id=who["tenant_id"])
        copy = (await library.import_app(text, publish=True, **who)).app_id
        assert await library.export(copy, tenant_id=who["tenant_id"]) == text
        assert await library.diff(copy, text, tenant_id=who["tenant_id"]) == ""


async def test_a_comparison_shows_what_a_file_would_change(library, who, app_id, workflow_text):
    text = await library.diff(app_id, workflow_text(greeting="Bye", secret="other"), tenant_id=who["tenant_id"])
    lines = [line for line in text.splitlines() if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert [line.replace(" ", "") for line in lines] == ["-template:Hello", "+template:Bye"]


async def test_the_draft_becomes_a_version_and_a_version_the_draft(library, who, app_id, workflow_text):
    draft, first = await library.versions(app_id, tenant_id=who["tenant_id"])
    await library.import_app(workflow_text(greeting="Bye"), app_id=app_id, **who)
    second = await library.publish(app_id, name="v2", comment="says bye", **who)
    assert (second.served, second.marked_name) == (True, "v2")
    found = await library.versions(app_id, tenant_id=who["tenant_id"])
    assert [(one.id, one.served) for one in found] == [(draft.id, False), (second.id, True), (first.id, False)]
    assert "Hello" in await library.export(app_id, tenant_id=who["tenant_id"], version_id=first.id)

    await library.restore(first.id, app_id=app_id, **who)
    text = await library.export(app_id, tenant_id=who["tenant_id"], include_secrets=True)
    assert "Hello" in text
    assert "s3cret-value" in text
    assert (await library.get(app_id, tenant_id=who["tenant_id"])).workflow_id == second.id


async def test_versions_are_marked_and_deleted_unless_they_are_in_use(library, who, app_id):
    await library.publish(app_id, **who)
    draft, served, old = await library.versions(app_id, tenant_id=who["tenant_id"])
    marked = await library.mark_version(old.id, app_id=app_id, name="first", **who)
    assert (marked.marked_name, marked.marked_comment) == ("first", "")
    for one in (draft, served):
        with pytest.raises(VersionInUseError):
            await library.delete_version(one.id, app_id=app_id, tenant_id=who["tenant_id"])
    await library.delete_version(old.id, app_id=app_id, tenant_id=who["tenant_id"])
    with pytest.raises(VersionNotFoundError):
        await library.delete_version(old.id, app_id=app_id, tenant_id=who["tenant_id"])
    with pytest.raises(VersionNotFoundError):
        await library.restore(old.id, app_id=app_id, **who)


async def test_what_has_no_draft_is_not_published(booted, library, who, app_id, chat_text):
    chat = (await library.import_app(chat_text(), **who)).app_id
    with pytest.raises(AppModeError):
        await library.publish(chat, **who)
    database = await booted.services.get(Database)
    await database.write(lambda session: session.execute(WORKFLOWS.delete().where(WORKFLOWS.c.version == "draft")))
    with pytest.raises(NothingToPublishError):
        await library.publish(app_id, **who)


async def test_a_copy_has_the_draft_with_its_secrets_and_a_life_of_its_own(library, who, app_id):
    copy = await library.copy(app_id, choices=ImportChoices(name="Second"), **who)
    assert (copy.name, copy.mode, copy.workflow_id) == ("Second", "workflow", None)
    assert "s3cret-value" in await library.export(copy.id, tenant_id=who["tenant_id"], include_secrets=True)
    await library.delete(app_id, tenant_id=who["tenant_id"])
    assert (await library.get(copy.id, tenant_id=who["tenant_id"])).name == "Second"


async def test_an_app_is_renamed_and_closed(library, who, app_id):
    renamed = await library.update(app_id, ImportChoices(name="New", description=""), **who)
    assert (renamed.name, renamed.description, renamed.icon) == ("New", "", "🤖")
    closed = await library.set_enabled(app_id, api=False, **who)
    assert (closed.enable_api, closed.enable_site) == (False, True)
    assert (await library.set_enabled(app_id, site=False, **who)).enable_api is False


async def test_lists_show_the_workspaces_apps_by_mode_and_part_of_the_name(library, who, app_id, chat_text):
    await library.import_app(chat_text("100% Help"), **who)
    names = {
        (mode, part): [one.name for one in await library.list(tenant_id=who["tenant_id"], mode=mode, name=part)]
        for mode, part in ((None, None), ("chat", None), (None, "greet"), (None, "0%"), (None, "%x"))
    }
    assert list(names.values()) == [["100% Help", "Greeter"], ["100% Help"], ["Greeter"], ["100% Help"], []]
    assert await library.list(tenant_id=NOBODY) == []


async def test_a_deleted_app_leaves_nothing_behind(booted, library, who, app_id):
    keys = await booted.services.get(ApiKeys)
    key = await keys.create(KeyType.APP, tenant_id=who["tenant_id"], app_id=app_id)
    database = await booted.services.get(Database)
    conversation = {
        "app_id": app_id,
        "mode": "chat",
        "name": "",
        "inputs": {},
        "status": "normal",
        "from_source": "api",
    }
    await database.write(lambda session: session.execute(insert(CONVERSATIONS), [conversation] * 501))

    await library.delete(app_id, tenant_id=who["tenant_id"])
    assert await keys.find(key.token) is None
    for table in METADATA.sorted_tables:
        async with database.reading() as session:
            assert await session.scalar(select(func.count()).select_from(table)) == 0, table.name


async def test_nothing_of_an_app_is_reached_from_another_workspace(library, app_id, who, workflow_text):
    there = {"tenant_id": NOBODY}
    strangers = {**who, **there}
    version_id = (await library.versions(app_id, tenant_id=who["tenant_id"]))[-1].id
    for attempt in (
        library.get(app_id, **there),
        library.export(app_id, **there),
        library.diff(app_id, workflow_text(), **there),
        library.versions(app_id, **there),
        library.delete(app_id, **there),
        library.delete_version(version_id, app_id=app_id, **there),
        library.publish(app_id, **strangers),
        library.copy(app_id, **strangers),
        library.restore(version_id, app_id=app_id, **strangers),
        library.mark_version(version_id, app_id=app_id, name="x", **strangers),
        library.update(app_id, ImportChoices(name="x"), **strangers),
        library.set_enabled(app_id, api=False, **strangers),
    ):
        with pytest.raises(AppNotFoundError):
            await attempt
    assert (await library.get(app_id, tenant_id=who["tenant_id"])).name == "Greeter"


async def test_a_version_of_another_app_is_not_this_ones(library, who, app_id, workflow_text):
    other = (await library.import_app(workflow_text(), publish=True, **who)).app_id
    version_id = (await library.versions(other, tenant_id=who["tenant_id"]))[-1].id
    with pytest.raises(VersionNotFoundError):
        await library.restore(version_id, app_id=app_id, **who)
    with pytest.raises(VersionNotFoundError):
        await library.export(app_id, tenant_id=who["tenant_id"], version_id=version_id)


async def test_rows_are_as_dify_writes_them(booted, who, app_id):
    database = await booted.services.get(Database)
    async with database.reading() as session:
        row = (await session.execute(select(WORKFLOWS).where(WORKFLOWS.c.version != "draft"))).mappings().one()
    variables = json.loads(row["environment_variables"])
    assert list(variables) == ["token"]
    assert variables["token"] | {"value": ""} == {
        "id": "e-1",
        "name": "token",
        "value_type": "secret",
        "value": "",
        "description": "",
        "selector": ["env", "token"],
    }
    assert row["version"] == str(row["created_at"])
    assert row["rag_pipeline_variables"] == "{}"
