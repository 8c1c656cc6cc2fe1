"""The example apps: when they are served, on which model, and that they run."""

from pathlib import Path

import pytest
import yaml

from dify_accounts import ApiKeys, KeyType, Tenants
from dify_apps.library import AppLibrary, ImportChoices, first_workplace
from dify_models_openai_compatible.plugin import OpenAiCompatiblePlugin
from dify_runtime_sdk.models import ModelId
from dify_welcome.banner import callable_apps
from dify_welcome.examples import WRITTEN_FOR, read_examples
from dify_welcome.settings import WelcomeSettings
from plugins.apps.tests.service.serving import Client, workflow

FOLDER = Path(__file__).parents[3] / "docs/examples/apps"
NAMES = ["Chat", "Greeting", "Help desk"]


async def names(booted):
    place = await first_workplace(booted)
    return sorted(app.name for app in await place.library.list(tenant_id=place.tenant_id))


@pytest.fixture
def client(banner):
    """The program of a customer: `client(booted, "Chat")`, with the key that the banner shows."""

    def client(booted, name):
        [line] = [line for line in banner(booted) if line.startswith(f"example  {name} (")]
        return Client(booted.client, line.split(" key ")[1], "")

    return client


def models(value):
    """Whatever names a provider, anywhere in a file."""
    if isinstance(value, dict):
        return [value] if "provider" in value else [one for item in value.values() for one in models(item)]
    return [one for item in value for one in models(item)] if isinstance(value, list) else []


def test_the_package_holds_the_files_that_the_documentation_shows():
    shown = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yml")}
    assert {example.name: example.text for example in read_examples()} == shown
    assert len(shown) == 3


def test_an_example_names_no_other_model_than_the_one_it_is_to_run_on():
    for example in read_examples():
        text = example.on(ModelId("ollama", 'a: "b"'))
        assert (WRITTEN_FOR.name in text, "provider: offline" in text) == (False, False)
        assert [one["name"] for one in models(yaml.safe_load(text))] == ['a: "b"'] * text.count("ollama")


async def test_the_chat_answers_and_goes_on(boot, client):
    chat = client(await boot(), "Chat")
    first = await chat.say("Good morning")
    assert first["answer"] == "Good morning"
    second = await chat.say("And now?", conversation_id=first["conversation_id"])
    assert (second["answer"], second["conversation_id"]) == ("And now?", first["conversation_id"])


async def test_the_chatflow_takes_both_branches(boot, client):
    desk = client(await boot(), "Help desk")
    assert (await desk.say("What are your opening hours?"))["answer"].startswith("We are here from 9 to 5")
    assert (await desk.say("How do I make tea?"))["answer"] == "How do I make tea?"


async def test_the_workflow_greets(boot, client):
    greeting = client(await boot(), "Greeting")
    assert (await greeting.run(name="Ann"))["data"]["outputs"] == {"greeting": "Hello Ann."}


async def test_a_second_start_changes_nothing(boot, banner, runtime):
    before = [line for line in banner(await boot()) if line.startswith("example")]
    await runtime.stop()
    assert [line for line in banner(await boot()) if line.startswith("example")] == before


async def test_they_move_to_the_model_of_the_next_start(boot, client, runtime):
    await boot(EXAMPLE_MODEL="scripted/first")
    await runtime.stop()
    rules = {"second": [{"text": "It is the second one."}]}
    booted = await boot(EXAMPLE_MODEL="scripted/second", SCRIPTED_MODELS=rules)
    assert (await client(booted, "Chat").say("Which?"))["answer"] == "It is the second one."
    assert (await client(booted, "Help desk").say("Which?"))["answer"] == "It is the second one."


async def test_what_somebody_made_of_an_example_stays_until_its_model_changes(boot, runtime):
    booted = await boot()
    place = await first_workplace(booted)
    [chat] = await place.library.list(tenant_id=place.tenant_id, name="Chat")
    await place.library.update(chat.id, ImportChoices(name="Talk"), **place.who)
    await runtime.stop()
    assert await names(await boot()) == ["Greeting", "Help desk", "Talk"]
    await runtime.stop()
    assert await names(await boot(EXAMPLE_MODEL="scripted/another")) == NAMES


async def test_an_example_without_a_key_gets_one_again(boot, banner, runtime):
    booted = await boot()
    tenant = await (await booted.services.get(Tenants)).default()
    keys = await booted.services.get(ApiKeys)
    [line] = [line for line in banner(booted) if line.startswith("example  Chat")]
    former = await keys.find(line.split(" key ")[1])
    await keys.revoke(former.id, tenant_id=tenant.id)
    await runtime.stop()
    booted = await boot()
    [line] = [line for line in banner(booted) if line.startswith("example  Chat")]
    found = await (await booted.services.get(ApiKeys)).find(line.split(" key ")[1])
    assert (found.app_id, found.id != former.id) == (former.app_id, True)


async def test_an_app_of_somebody_gets_no_key_that_nobody_asked_for(boot, banner):
    booted = await boot(EXAMPLE_APPS=False)
    place = await first_workplace(booted)
    done = await place.library.import_app(workflow(name="Mine"), publish=True, **place.who)
    tenant, keys = place.tenant_id, place.keys
    assert await callable_apps(booted.runtime, tenant, ()) == []
    assert await keys.list(KeyType.APP, tenant_id=tenant, app_id=done.app_id) == []
    key = await keys.create(KeyType.APP, tenant_id=tenant, app_id=done.app_id)
    [(app, token)] = await callable_apps(booted.runtime, tenant, ())
    assert (app.name, token) == ("Mine", key.token)


async def test_a_vendor_whose_key_is_set_is_what_they_run_on(boot, banner, plugins):
    plugins["models-openai-compatible"] = OpenAiCompatiblePlugin
    lines = banner(await boot(EXAMPLE_MODEL=None, OPENAI_API_KEY="sk-none"))
    assert [line for line in lines if line.startswith("examples run on") and line.endswith("(openai)")]


async def test_without_a_model_the_banner_says_how_to_get_one(boot, banner, client):
    booted = await boot(EXAMPLE_MODEL=None)
    lines = banner(booted)
    assert any("no language model is set up" in line for line in lines)
    for words in ("offline install", "OPENAI_API_KEY=", "OPENAI_BASE_URL=", "ANTHROPIC_API_KEY=", "OLLAMA_BASE_URL="):
        assert any(words in line for line in lines), words
    [command] = [line for line in lines if line.startswith("try it:")]
    assert "/workflows/run" in command
    assert (await client(booted, "Greeting").run(name="Ann"))["data"]["status"] == "succeeded"


@pytest.mark.parametrize(
    ("settings", "environ"),
    [
        ({"EXAMPLE_APPS": False}, {}),
        ({"APP_FILES": ["not-there.yml"]}, {}),
        ({}, {"MODE": "api"}),
    ],
)
async def test_nobody_gets_them_who_did_not_ask(boot, banner, settings, environ):
    booted = await boot(environ=environ, **settings)
    tenants = await booted.services.get(Tenants)
    if await tenants.default() is not None:
        assert await names(booted) == []
    assert not any(line.startswith("example") for line in banner(booted))


async def test_they_are_not_for_a_workspace_with_apps_of_its_own(boot, banner, runtime):
    booted = await boot(EXAMPLE_APPS=False)
    place = await first_workplace(booted)
    library = await booted.services.get(AppLibrary)
    done = await library.import_app(workflow(name="Mine"), publish=True, **place.who)
    await runtime.stop()
    booted = await boot()
    assert await names(booted) == ["Mine"]
    assert not any(line.startswith("example") for line in banner(booted))
    await (await booted.services.get(AppLibrary)).delete(done.app_id, tenant_id=place.tenant_id)
    await runtime.stop()
    assert await names(await boot()) == NAMES


async def test_an_example_that_was_deleted_comes_back_only_without_others(boot, runtime):
    booted = await boot()
    place = await first_workplace(booted)
    [chat] = await place.library.list(tenant_id=place.tenant_id, name="Chat")
    await place.library.delete(chat.id, tenant_id=place.tenant_id)
    await place.library.import_app(workflow(name="Mine"), publish=True, **place.who)
    await runtime.stop()
    assert await names(await boot()) == ["Greeting", "Help desk", "Mine"]


def test_the_model_is_named_with_its_provider():
    with pytest.raises(ValueError, match="EXAMPLE_MODEL"):
        WelcomeSettings(EXAMPLE_MODEL="gpt")
    assert isinstance(WelcomeSettings(EXAMPLE_MODEL="openrouter/meta/llama").EXAMPLE_MODEL, str)


async def test_an_unknown_provider_is_said_and_the_apps_are_served_all_the_same(boot, client, caplog):
    booted = await boot(EXAMPLE_MODEL="nobody/knows")
    assert any("no plugin serves the model provider 'nobody'" in record.getMessage() for record in caplog.records)
    assert (await client(booted, "Help desk").say("Your hours?"))["answer"].startswith("We are here")
