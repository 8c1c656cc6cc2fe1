"""Apps as files: the same file is the same app, and only what changed is published."""

import asyncio
import json

import pytest
from sqlalchemy import select

from dify_accounts import Setup
from dify_apps.library import AppLibrary, AppModeError, ImportChoices, ImportFailedError
from dify_apps.tables.workflows import WORKFLOWS
from dify_database import Database
from dify_secrets import decrypt_dataset_id, encrypt_dataset_id

DATASET = "33333333-3333-3333-3333-333333333333"


@pytest.fixture
def apply(library, who):
    """Apply a file: `apply(text, key="greeter.yml")`."""
    return lambda text, key="greeter.yml": library.apply_file(text, key=key, **who)


@pytest.fixture
def served(booted, library, who):
    """The row of the version that is served."""

    async def served(app_id):
        app = await library.get(app_id, tenant_id=who["tenant_id"])
        database = await booted.services.get(Database)
        query = select(WORKFLOWS).where(WORKFLOWS.c.id == app.workflow_id)

        async def unit(session):
            return dict((await session.execute(query)).mappings().one())

        return await database.read(unit)

    return served


async def test_a_file_is_created_left_and_updated_as_one_app(apply, library, who, served, workflow_text):
    first = await apply(workflow_text())
    assert first.outcome == "created"
    again = await apply(workflow_text())
    assert (again.outcome, again.app) == ("unchanged", first.app)
    changed = await apply(workflow_text("Greeter II", greeting="Bye"))
    assert (changed.outcome, changed.app.id, changed.app.name) == ("updated", first.app.id, "Greeter II")
    assert "Bye" in (await served(first.app.id))["graph"]
    assert len(await library.versions(first.app.id, tenant_id=who["tenant_id"])) == 3


async def test_a_chat_file_is_updated_too(apply, library, who, chat_text):
    first = await apply(chat_text())
    changed = await apply(chat_text(prompt="You sing."))
    assert (changed.outcome, changed.app.id) == ("updated", first.app.id)
    assert (await apply(chat_text(prompt="You sing."))).outcome == "unchanged"
    now, before = await library.versions(first.app.id, tenant_id=who["tenant_id"])
    assert (now.served, before.served) == (True, False)
    await library.restore(before.id, app_id=first.app.id, **who)
    assert (await apply(chat_text())).outcome == "unchanged"


async def test_what_the_console_changed_the_file_puts_right(apply, library, who, workflow_text):
    app_id = (await apply(workflow_text())).app.id
    await library.update(app_id, ImportChoices(name="Renamed"), **who)
    assert (await apply(workflow_text())).app.name == "Greeter"


async def test_files_of_other_names_are_other_apps(apply, workflow_text):
    apps = {(await apply(workflow_text(), key)).app.id for key in ("a.yml", "b.yml", "a/b.yml")}
    assert len(apps) == 3


async def test_one_file_applied_by_many_at_once_is_one_app_with_one_version(apply, library, who, workflow_text):
    done = await asyncio.gather(*(apply(workflow_text()) for _ in range(4)))
    assert {one.app.id for one in done} == {done[0].app.id}
    assert sorted(one.outcome for one in done) == ["created", "unchanged", "unchanged", "unchanged"]
    assert len(await library.versions(done[0].app.id, tenant_id=who["tenant_id"])) == 2


async def test_a_blank_secret_in_a_file_keeps_the_stored_one(apply, library, who, served, workflow_text):
    app_id = (await apply(workflow_text(secret="s3cret-value"))).app.id
    assert "s3cret-value" not in str(await served(app_id))
    assert (await apply(workflow_text(secret="s3cret-value"))).outcome == "unchanged"
    assert (await apply(workflow_text(secret=""))).outcome == "unchanged"
    assert (await apply(workflow_text(secret="[__HIDDEN__]", greeting="Hi"))).outcome == "updated"
    text = await library.export(app_id, tenant_id=who["tenant_id"], include_secrets=True)
    assert "s3cret-value" in text
    assert (await apply(workflow_text(secret="another"))).outcome == "updated"


async def test_a_file_whose_mode_changed_is_refused(apply, library, who, workflow_text, chat_text):
    app_id = (await apply(workflow_text())).app.id
    with pytest.raises(AppModeError, match="apps delete"):
        await apply(chat_text())
    await library.delete(app_id, tenant_id=who["tenant_id"])
    assert (await apply(chat_text())).outcome == "created"


async def test_a_broken_file_tells_all_its_problems(apply):
    broken = "app: {name: x, mode: workflow}\nworkflow: {graph: {nodes: [{id: a, data: {}}, {id: a, data: {}}]}}\n"
    with pytest.raises(ImportFailedError) as failure:
        await apply(broken)
    assert len(failure.value.problems) == 4
    with pytest.raises(ImportFailedError, match="name"):
        await apply(broken, key="")


async def test_ids_of_datasets_are_read_and_written_as_their_workspace_knows_them(
    apply, library, who, served, workflow_text
):
    hidden = encrypt_dataset_id(DATASET, who["tenant_id"])
    app_id = (await apply(workflow_text(dataset=hidden))).app.id
    nodes = json.loads((await served(app_id))["graph"])["nodes"]
    assert nodes[2]["data"]["dataset_ids"] == [DATASET]
    text = await library.export(app_id, tenant_id=who["tenant_id"])
    assert DATASET not in text
    assert hidden in text
    assert decrypt_dataset_id(hidden, who["tenant_id"]) == DATASET


async def test_ids_of_datasets_can_be_exported_as_they_are(runtime, plugins, workflow_text):
    settings = {"MIGRATION_ENABLED": True, "DSL_EXPORT_ENCRYPT_DATASET_ID": False}
    booted = await runtime(plugins, roles=("job",), settings=settings)
    tenant = await (await booted.services.get(Setup)).create(email="ann@example.com", name="Ann", password=None)
    library = await booted.services.get(AppLibrary)
    result = await library.import_app(workflow_text(dataset=DATASET), tenant_id=tenant.id, account_id=tenant.id)
    assert DATASET in await library.export(result.app_id, tenant_id=tenant.id)


async def test_ids_of_datasets_of_another_workspace_are_dropped(apply, served, workflow_text):
    strange = encrypt_dataset_id(DATASET, "00000000-0000-0000-0000-000000000001")
    app_id = (await apply(workflow_text(dataset=strange))).app.id
    assert json.loads((await served(app_id))["graph"])["nodes"][2]["data"]["dataset_ids"] == []
