"""Plugins that apps need: what exports say of them, and what imports say when they are not there."""

import pytest
import yaml

from dify_accounts import Setup
from dify_apps.library import AppLibrary
from dify_runtime_sdk import Plugin, Service, hookimpl
from dify_runtime_sdk.agents import AgentError, AgentStrategies
from dify_runtime_sdk.models import LanguageModels, LanguageModelSchema, ModelNotFoundError
from dify_runtime_sdk.tools import ToolNotFoundError, Tools, ToolSchema

BARE = {
    "current_identifier": None,
    "type": "marketplace",
    "value": {"marketplace_plugin_unique_identifier": "langgenius/openai", "version": None},
}
PINNED = {
    "current_identifier": None,
    "type": "package",
    "value": {"plugin_unique_identifier": f"langgenius/openai:0.2.8@{'0' * 64}", "version": None},
}
UNUSED = {
    "current_identifier": None,
    "type": "marketplace",
    "value": {"marketplace_plugin_unique_identifier": "a/b:1@c"},
}
AGENT = """\
    - id: agent
      type: custom
      data:
        type: agent
        title: A
        agent_strategy_provider_name: acme/strategies/loop
        agent_strategy_name: loop
        agent_parameters:
          model: {type: constant, value: {provider: acme/models/m, model: big}}
          tools: {type: constant, value: [{enabled: true, type: builtin, provider_name: acme/web/web, tool_name: look}]}
    - {id: tool, type: custom, data: {type: tool, title: T, provider_type: builtin, provider_id: acme/clock/clock,
       provider_name: clock, tool_name: now, tool_label: Now, tool_parameters: {}, tool_configurations: {}}}
    edges:"""


def declaring(text, *entries):
    return yaml.safe_dump({**yaml.safe_load(text), "dependencies": list(entries)}, allow_unicode=True)


async def exported(library, who, app_id):
    return yaml.safe_load(await library.export(app_id, tenant_id=who["tenant_id"]))["dependencies"]


async def test_a_plugin_that_no_file_declared_is_named_without_a_version(library, who, chat_text, workflow_text):
    app_id = (await library.import_app(chat_text(), **who)).app_id
    assert await exported(library, who, app_id) == [BARE]
    plain = (await library.import_app(workflow_text(), **who)).app_id
    assert await exported(library, who, plain) == []


async def test_what_a_file_declared_of_a_plugin_that_is_used_comes_out_again(library, who, chat_text):
    app_id = (await library.import_app(declaring(chat_text(), UNUSED, PINNED), **who)).app_id
    assert await exported(library, who, app_id) == [PINNED]
    copy = await library.copy(app_id, **who)
    assert await exported(library, who, copy.id) == [PINNED]
    served = await library.apply_file(declaring(chat_text(), PINNED), key="a.yml", **who)
    assert await exported(library, who, served.app.id) == [PINNED]


async def test_the_version_that_a_node_names_is_that_of_the_plugin(library, who, workflow_text):
    identifier = f"acme/clock:1.2.3@{'2' * 64}"
    named = AGENT.replace("provider_name: clock,", f"provider_name: clock, plugin_unique_identifier: '{identifier}',")
    app_id = (await library.import_app(workflow_text().replace("    edges:", named), **who)).app_id
    (clock,) = await exported(library, who, app_id)
    assert clock["value"] == {"marketplace_plugin_unique_identifier": identifier, "version": None}


async def test_a_file_in_the_place_of_a_draft_declares_anew(library, who, workflow_text):
    asking = workflow_text().replace("    edges:", AGENT)
    clock = {**PINNED, "value": {"plugin_unique_identifier": f"acme/clock:1.0.0@{'1' * 64}", "version": None}}
    app_id = (await library.import_app(declaring(asking, clock), **who)).app_id
    assert await exported(library, who, app_id) == [clock]
    await library.import_app(asking, app_id=app_id, **who)
    assert [one["type"] for one in await exported(library, who, app_id)] == ["marketplace"]


async def test_without_plugins_that_offer_them_all_parts_are_named_with_what_to_install(library, who, workflow_text):
    result = await library.import_app(workflow_text().replace("    edges:", AGENT), **who)
    assert (result.status, result.warnings) == (
        "completed",
        (
            "no plugin offers agent strategies: 'acme/strategies/loop/loop' cannot be used "
            "(install dify-runtime-agents)",
            "no plugin offers models: 'acme/models/m/big' cannot be used (install dify-runtime-models)",
            "no plugin offers tools: 'acme/web/web/look' cannot be used (install dify-runtime-tools)",
            "no plugin offers tools: 'acme/clock/clock/now' cannot be used (install dify-runtime-tools)",
        ),
    )


class Some(Plugin):
    """Offers one model, one tool and no strategy."""

    @hookimpl
    def services(self):
        return [
            Service(LanguageModels, lambda _runtime: Models()),
            Service(Tools, lambda _runtime: Clocks()),
            Service(AgentStrategies, lambda _runtime: Nothing()),
        ]


class Models:
    async def schema(self, model, *, tenant_id=""):
        if model.name != "big":
            raise ModelNotFoundError(f"no {model.name}", hint="add it")
        return LanguageModelSchema(model=model)


class Clocks:
    async def schema(self, tool, *, tenant_id=""):
        if tool.name != "now":
            raise ToolNotFoundError(f"no {tool.name}", hint="install web")
        return ToolSchema(id=tool)


class Nothing:
    async def schema(self, strategy, *, tenant_id=""):
        raise AgentError(f"no {strategy.name}", hint="install loops")


@pytest.fixture
async def some(runtime, plugins):
    """A library beside some models and tools, and who works with it."""
    booted = await runtime({**plugins, "some": Some}, roles=("job",), settings={"MIGRATION_ENABLED": True})
    tenant = await (await booted.services.get(Setup)).create(email="ann@example.com", name="Ann", password=None)
    return await booted.services.get(AppLibrary), {"tenant_id": tenant.id, "account_id": tenant.id}


async def test_what_is_not_there_is_told_in_the_words_of_those_who_offer_such(some, workflow_text):
    library, who = some
    result = await library.import_app(workflow_text().replace("    edges:", AGENT), **who)
    assert result.warnings == ("no loop (install loops)", "no look (install web)")


async def test_dependencies_that_cannot_be_used_are_leaked(some, chat_text):
    library, who = some
    app_id = (await library.import_app(declaring(chat_text(), PINNED), **who)).app_id
    assert await library.leaked_dependencies(app_id, tenant_id=who["tenant_id"]) == [PINNED]
    known = (await library.import_app(declaring(chat_text().replace("small", "big"), PINNED), **who)).app_id
    assert await library.leaked_dependencies(known, tenant_id=who["tenant_id"]) == []
