"""Imports: every outcome, what stands in the rows, and the borders between workspaces."""

import asyncio
import json

import pytest
from sqlalchemy import Engine, event, select

from dify_accounts import Setup
from dify_apps.library import AppLibrary, ImportChoices
from dify_apps.tables.apps import APP_MODEL_CONFIGS, APPS, SITES
from dify_apps.tables.workflows import WORKFLOWS
from dify_database import Database
from dify_runtime_sdk import Plugin, Service, hookimpl
from dify_runtime_sdk.models import LanguageModels, LanguageModelSchema, ModelNotFoundError


@pytest.fixture
def rows(booted):
    """Read all rows of a table, as mappings."""

    async def rows(table, *conditions):
        database = await booted.services.get(Database)

        async def unit(session):
            return [dict(row) for row in (await session.execute(select(table).where(*conditions))).mappings()]

        return await database.read(unit)

    return rows


async def test_a_workflow_becomes_an_app_with_a_draft_and_an_open_site(library, who, rows, workflow_text):
    result = await library.import_app(workflow_text(), **who)
    assert (result.status, result.app_mode, result.error) == ("completed", "workflow", "")
    assert (result.current_dsl_version, result.imported_dsl_version) == ("0.5.0", "0.5.0")
    app = await library.get(result.app_id, tenant_id=who["tenant_id"])
    assert (app.name, app.description, app.icon, app.enable_api, app.enable_site) == (
        "Greeter",
        "greets",
        "🤖",
        True,
        True,
    )
    assert (app.workflow_id, app.created_by) == (None, who["account_id"])
    [draft] = await rows(WORKFLOWS)
    assert (draft["version"], draft["type"]) == ("draft", "workflow")
    assert json.loads(draft["graph"])["nodes"][1]["data"]["template"] == "Hello"
    assert json.loads(draft["conversation_variables"])["mood"]["value"] == "calm"
    [site] = await rows(SITES)
    assert len(site["code"]) == 16
    assert (site["title"], site["customize_token_strategy"], site["default_language"]) == (
        "Greeter",
        "not_allow",
        "en-US",
    )


async def test_an_import_can_publish_at_once(library, who, workflow_text):
    result = await library.import_app(workflow_text(mode="advanced-chat"), publish=True, **who)
    app = await library.get(result.app_id, tenant_id=who["tenant_id"])
    draft, version = await library.versions(app.id, tenant_id=who["tenant_id"])
    assert (draft.version, draft.served) == ("draft", False)
    assert (version.id, version.served) == (app.workflow_id, True)


async def test_a_chat_app_is_its_configuration(library, who, rows, chat_text):
    result = await library.import_app(chat_text(), choices=ImportChoices(name="Mine", icon="🎈"), **who)
    assert (result.status, result.app_mode) == ("completed", "chat")
    [config] = await rows(APP_MODEL_CONFIGS)
    app = await library.get(result.app_id, tenant_id=who["tenant_id"])
    assert (app.app_model_config_id, app.name, app.icon) == (config["id"], "Mine", "🎈")
    assert config["pre_prompt"] == "You help."
    assert json.loads(config["user_input_form"])[0]["text-input"]["variable"] == "who"
    assert (config["prompt_type"], config["opening_statement"]) == ("simple", None)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("just a string", "Invalid YAML format: content must be a mapping"),
        ("version: 0.5.0\nkind: app\n", "Missing app data in YAML content"),
        ("app: {name: x, mode: chat}\nmodel_config: {}\n", "Missing model_config for chat/agent-chat/completion app"),
        ("a: [", "line 2"),
        ("app: {name: x, mode: workflow}\nversion: 0.5\n", "version"),
    ],
)
async def test_a_file_that_cannot_be_used_fails_and_leaves_nothing(library, who, rows, text, error):
    result = await library.import_app(text, **who)
    assert (result.status, result.app_id, result.imported_dsl_version) == ("failed", None, "")
    assert error in result.error
    assert await rows(APPS) == []


async def test_an_older_file_is_imported_with_warnings(library, who, workflow_text):
    result = await library.import_app(workflow_text(version="0.1.3"), **who)
    assert (result.status, result.imported_dsl_version) == ("completed-with-warnings", "0.1.3")
    assert result.warnings


async def test_a_newer_file_waits_until_it_is_confirmed_once(library, who, rows, workflow_text):
    pending = await library.import_app(workflow_text(version="9.0.0"), publish=True, **who)
    assert (pending.status, pending.app_id, pending.imported_dsl_version) == ("pending", None, "9.0.0")
    assert await rows(APPS) == []
    done = await asyncio.gather(*(library.confirm_import(pending.id, **who) for _ in range(2)))
    assert sorted(one.status for one in done) == ["completed", "failed"]
    [app] = await rows(APPS)
    assert app["workflow_id"] is not None


async def test_nobody_confirms_what_another_workspace_imports(library, who, workflow_text):
    pending = await library.import_app(workflow_text(version="9.0.0"), **who)
    stranger = {**who, "tenant_id": "00000000-0000-0000-0000-000000000001"}
    assert (await library.confirm_import(pending.id, **stranger)).status == "failed"
    assert (await library.confirm_import(pending.id, **who)).status == "completed"


async def test_an_import_over_an_app_replaces_its_draft_and_looks(library, who, rows, workflow_text):
    app_id = (await library.import_app(workflow_text(mode="advanced-chat"), publish=True, **who)).app_id
    before = await library.get(app_id, tenant_id=who["tenant_id"])
    result = await library.import_app(workflow_text("Other", greeting="Bye"), app_id=app_id, **who)
    assert (result.status, result.app_id, result.app_mode) == ("completed", app_id, "advanced-chat")
    after = await library.get(app_id, tenant_id=who["tenant_id"])
    assert (after.name, after.mode, after.workflow_id) == ("Other", "advanced-chat", before.workflow_id)
    [draft] = await rows(WORKFLOWS, WORKFLOWS.c.version == "draft")
    assert "Bye" in draft["graph"]
    assert len(await rows(SITES)) == 1


async def test_only_apps_with_a_graph_are_overwritten(library, who, chat_text, workflow_text):
    app_id = (await library.import_app(chat_text(), **who)).app_id
    result = await library.import_app(workflow_text(), app_id=app_id, **who)
    assert (result.status, result.error) == ("failed", "Only workflow or advanced chat apps can be overwritten")
    workflow_id = (await library.import_app(workflow_text(), **who)).app_id
    assert (await library.import_app(chat_text(), app_id=workflow_id, **who)).status == "failed"


async def test_an_app_of_another_workspace_is_not_overwritten(library, who, workflow_text):
    app_id = (await library.import_app(workflow_text(), **who)).app_id
    stranger = {**who, "tenant_id": "00000000-0000-0000-0000-000000000001"}
    result = await library.import_app(workflow_text("Taken"), app_id=app_id, **stranger)
    assert (result.status, result.error) == ("failed", "App not found")
    assert (await library.get(app_id, tenant_id=who["tenant_id"])).name == "Greeter"


async def test_imports_at_once_are_apps_of_their_own(library, who, rows, workflow_text):
    results = await asyncio.gather(*(library.import_app(workflow_text(), publish=True, **who) for _ in range(5)))
    assert {one.status for one in results} == {"completed"}
    assert len(await rows(APPS)) == 5
    assert len(await rows(WORKFLOWS)) == 10


async def test_an_import_that_breaks_off_half_way_leaves_nothing(library, who, rows, workflow_text):
    def cut(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO workflows"):
            raise RuntimeError("cut")

    event.listen(Engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(RuntimeError, match="cut"):
            await library.import_app(workflow_text(), **who)
    finally:
        event.remove(Engine, "before_cursor_execute", cut)
    assert [await rows(table) for table in (APPS, SITES, WORKFLOWS)] == [[], [], []]


async def test_names_that_no_column_holds_are_refused(library, who, workflow_text):
    result = await library.import_app(workflow_text("x" * 256), **who)
    assert (result.status, "255 characters" in result.error) == ("failed", True)
    result = await library.import_app(workflow_text('"a\\0b"'), **who)
    assert (await library.get(result.app_id, tenant_id=who["tenant_id"])).name == "ab"


class FewModels(Plugin):
    """Serves the models of one provider."""

    provides = ("models",)

    @hookimpl
    def services(self):
        return [Service(LanguageModels, lambda _runtime: self)]

    async def schema(self, model, *, tenant_id=""):
        if model.provider != "langgenius/known/known":
            raise ModelNotFoundError(f"no plugin serves the model provider {model.provider!r}", hint="install one")
        return LanguageModelSchema(model=model)


async def test_models_that_cannot_be_used_are_told_with_what_to_install(runtime, plugins, workflow_text, chat_text):
    settings = {"MIGRATION_ENABLED": True}
    booted = await runtime({**plugins, "few-models": FewModels}, roles=("job",), settings=settings)
    tenant = await (await booted.services.get(Setup)).create(email="ann@example.com", name="Ann", password=None)
    library = await booted.services.get(AppLibrary)
    who = {"tenant_id": tenant.id, "account_id": tenant.id}
    result = await library.import_app(chat_text(), **who)
    assert (result.status, result.warnings) == (
        "completed",
        ("no plugin serves the model provider 'langgenius/openai/openai' (install one)",),
    )
    known = chat_text().replace("openai", "known")
    assert (await library.import_app(known, **who)).warnings == ()
    assert (await library.apply_file(chat_text(), key="a.yml", **who)).warnings == result.warnings
    node = "    - {id: ask, type: custom, data: {type: llm, title: Ask, model: {provider: acme, name: x}}}\n    edges:"
    asking = workflow_text().replace("    edges:", node)
    assert "'acme'" in (await library.import_app(asking, **who)).warnings[0]
