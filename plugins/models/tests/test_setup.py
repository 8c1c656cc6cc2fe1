"""Credentials of workspaces: kept encrypted, shown masked, used as configured."""

import asyncio
import json

import pytest
from sqlalchemy import insert, select, update

from dify_accounts import Setup
from dify_database import Database, count_statements, uuid7_text
from dify_models import ModelProviders
from dify_models.api import ModelSetupError
from dify_models.parts import Parts
from dify_models.services.access import Access
from dify_models.services.memory import Memories
from dify_models.tables import (
    LOAD_BALANCING_MODEL_CONFIGS,
    PROVIDER_CREDENTIALS,
    PROVIDER_MODEL_SETTINGS,
    PROVIDERS,
    TENANT_DEFAULT_MODELS,
)
from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.model_uses import DefaultModels
from dify_runtime_sdk.models import (
    LanguageModels,
    ModelCredentialsError,
    ModelCredentialsMissingError,
    ModelId,
    ModelNotFoundError,
    ModelType,
)
from dify_runtime_sdk.secrets import TenantSecrets

SMALL = ModelId("probe", "small")
STRANGER = "99999999-9999-9999-9999-999999999999"


@pytest.fixture
def database(database_settings):
    return database_settings


@pytest.fixture
async def providers(booted):
    return await booted.services.get(ModelProviders)


async def ways(booted, model, tenant, kind=ModelType.LLM):
    access = (await booted.services.get(Parts)).access
    assert isinstance(access, Access)
    return [way.access.credentials for way in (await access.ways(model, kind, tenant.id)).ways]


async def rows(booted, table):
    async def unit(session):
        return (await session.execute(select(table))).all()

    return await (await booted.services.get(Database)).read(unit)


async def test_credentials_are_kept_encrypted_and_shown_masked(booted, tenant, providers):
    key = "sk-0123456789abcdef"
    identifier = await providers.add(tenant.id, "probe", {"key": key, "place": "here"}, name="mine")
    [row] = await rows(booted, PROVIDER_CREDENTIALS)
    stored = json.loads(row.encrypted_config)
    assert (row.id, row.provider_name, stored["place"]) == (identifier, "acme/probe/probe", "here")
    assert key not in row.encrypted_config
    [owner] = await rows(booted, PROVIDERS)
    assert (owner.credential_id, owner.is_valid, owner.provider_type) == (identifier, True, "custom")
    [shown] = await providers.credentials(tenant.id, "acme/probe/probe")
    assert (shown.values["key"], shown.name, shown.active) == ("sk-012************ef", "mine", True)
    assert await ways(booted, SMALL, tenant) == [{"key": key, "place": "here"}]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "'key' .* is missing"),
        ({"key": "k", "color": "red"}, "no field 'color'"),
        ({"key": "k", "place": "nowhere"}, "is one of here, there"),
    ],
)
async def test_a_form_that_is_filled_in_wrongly_is_refused(tenant, providers, values, message):
    with pytest.raises(ModelSetupError, match=message):
        await providers.add(tenant.id, "probe", values)


async def test_credentials_that_the_provider_refuses_are_not_kept(booted, tenant, providers):
    with pytest.raises(ModelCredentialsError) as caught:
        await providers.add(tenant.id, "probe", {"key": "bad"})
    assert caught.value.detail == "Incorrect API key provided: bad"
    assert await rows(booted, PROVIDER_CREDENTIALS) == []
    await providers.add(tenant.id, "probe", {"key": "bad"}, validate=False)
    with pytest.raises(ModelCredentialsError):
        await providers.validate(tenant.id, "probe", {"key": "bad"})


async def test_credentials_of_a_model_come_before_those_of_the_provider(booted, tenant, providers):
    await providers.add(tenant.id, "probe", {"key": "all"})
    await providers.add(tenant.id, "probe", {"key": "one"}, model="own")
    assert await ways(booted, ModelId("probe", "own"), tenant) == [{"key": "one", "size": "7"}]
    assert await ways(booted, SMALL, tenant) == [{"key": "all"}]
    names = {one.id.name for one in await providers.models(tenant.id, ModelType.LLM) if one.usable}
    assert names == {"small", "own"}


async def test_credentials_can_be_switched_and_removed(booted, tenant, providers):
    first = await providers.add(tenant.id, "probe", {"key": "one"})
    second = await providers.add(tenant.id, "probe", {"key": "two"})
    assert await ways(booted, SMALL, tenant) == [{"key": "one"}]
    await providers.activate(tenant.id, second)
    assert await ways(booted, SMALL, tenant) == [{"key": "two"}]
    assert await providers.remove(tenant.id, second)
    assert await ways(booted, SMALL, tenant) == [{"key": "one"}]
    assert await providers.remove(tenant.id, first)
    with pytest.raises(ModelCredentialsMissingError, match="not initialized"):
        await ways(booted, SMALL, tenant)
    assert not await providers.remove(tenant.id, first)
    with pytest.raises(ModelSetupError):
        await providers.activate(tenant.id, first)


async def test_another_workspace_reaches_nothing(tenant, providers):
    identifier = await providers.add(tenant.id, "probe", {"key": "one"})
    assert await providers.credentials(STRANGER, "probe") == []
    assert not await providers.remove(STRANGER, identifier)
    with pytest.raises(ModelSetupError):
        await providers.activate(STRANGER, identifier)
    with pytest.raises(ModelSetupError):
        await providers.balance(STRANGER, SMALL, ModelType.LLM, [identifier])
    with pytest.raises(ModelSetupError, match="no key"):
        await providers.add(STRANGER, "probe", {"key": "one"})


async def test_a_model_can_be_switched_off(booted, tenant, providers):
    await providers.add(tenant.id, "probe", {"key": "one"})
    await providers.set_enabled(tenant.id, SMALL, ModelType.LLM, enabled=False)
    with pytest.raises(ModelNotFoundError, match="switched off"):
        await ways(booted, SMALL, tenant)
    await providers.set_enabled(tenant.id, SMALL, ModelType.LLM, enabled=True)
    assert await ways(booted, SMALL, tenant)


async def test_a_read_of_credentials_is_one_statement_and_then_none(booted, tenant, providers, request_of):
    await providers.add(tenant.id, "probe", {"key": "one"})
    models = await booted.services.get(LanguageModels)
    with count_statements() as counted:
        async for _ in models.invoke(request_of()):
            pass
    assert len(counted) == 1, counted
    with count_statements() as counted:
        await models.schema(SMALL, tenant_id=tenant.id)
        async for _ in models.invoke(request_of()):
            pass
    assert len(counted) == 0, counted


async def test_what_another_process_changes_is_noticed(booted, tenant, providers):
    await providers.add(tenant.id, "probe", {"key": "one"})
    await ways(booted, SMALL, tenant)
    await (await booted.services.get(Database)).write(
        lambda session: session.execute(update(PROVIDERS).values(credential_id=None))
    )
    assert await ways(booted, SMALL, tenant)
    other = Memories(await booted.services.get(Cache))
    async with asyncio.timeout(30):
        with pytest.raises(ModelCredentialsMissingError):  # noqa: PT012 - it is told, and notices in a moment
            while await ways(booted, SMALL, tenant):
                await other.changed(tenant.id)
                await asyncio.sleep(0)  # nothing else here gives way to the listener


async def test_the_default_model_is_the_chosen_one_else_the_first_that_works(booted, tenant, providers):
    defaults = await booted.services.get(DefaultModels)
    assert await defaults.get(ModelType.LLM, tenant_id=tenant.id) is None
    await providers.add(tenant.id, "probe", {"key": "one"})
    assert await defaults.get(ModelType.LLM, tenant_id=tenant.id) == ModelId("acme/probe/probe", "small")
    await providers.choose_default(tenant.id, ModelId("probe", "other"), ModelType.LLM)
    await providers.choose_default(tenant.id, ModelId("probe", "mine"), ModelType.LLM)
    assert await defaults.get(ModelType.LLM, tenant_id=tenant.id) == ModelId("acme/probe/probe", "mine")
    [row] = await rows(booted, TENANT_DEFAULT_MODELS)
    assert row.model_type == "text-generation"
    with pytest.raises(ModelNotFoundError):
        await providers.choose_default(tenant.id, ModelId("probe", "no-such"), ModelType.LLM)


async def insert_rows(booted, *rows):
    async def unit(session):
        for table, values in rows:
            await session.execute(insert(table).values(**values))

    await (await booted.services.get(Database)).write(unit)


async def test_rows_that_dify_wrote_are_read(booted, tenant, providers):
    sealed = await (await booted.services.get(TenantSecrets)).encrypt(tenant.id, tenant.public_key, "k1")
    credential, other = uuid7_text(), uuid7_text()
    of = {"tenant_id": tenant.id, "provider_name": "probe"}
    model = {"model_name": "small", "model_type": "text-generation"}
    config = json.dumps({"key": sealed, "place": None})
    await insert_rows(
        booted,
        (PROVIDER_CREDENTIALS, of | {"id": credential, "credential_name": "a", "encrypted_config": config}),
        (PROVIDER_CREDENTIALS, of | {"id": other, "credential_name": "b", "encrypted_config": "no json"}),
        (PROVIDERS, of | {"credential_id": credential, "is_valid": True}),
        (PROVIDER_MODEL_SETTINGS, of | model | {"enabled": True, "load_balancing_enabled": True}),
        (LOAD_BALANCING_MODEL_CONFIGS, of | model | {"name": "__inherit__"}),
        (LOAD_BALANCING_MODEL_CONFIGS, of | model | {"name": "two", "encrypted_config": json.dumps({"key": sealed})}),
        (LOAD_BALANCING_MODEL_CONFIGS, of | model | {"name": "off", "encrypted_config": "{}", "enabled": False}),
        (PROVIDER_MODEL_SETTINGS, of | model | {"model_type": "text2img", "model_name": "x", "enabled": False}),
    )
    assert await ways(booted, SMALL, tenant) == [{"key": "k1"}, {"key": "k1"}]
    assert len(await ways(booted, ModelId("probe", "other"), tenant)) == 1


async def test_all_that_a_workspace_has_is_read_by_one_statement(booted, tenant, providers):
    defaults = await booted.services.get(DefaultModels)
    with count_statements() as counted:
        await providers.models(tenant.id)
        await defaults.get(ModelType.TTS, tenant_id=tenant.id)
    assert len(counted) == 2, counted  # and one of the defaults


async def test_two_workspaces_have_credentials_of_their_own(booted, tenant, providers):
    await providers.add(tenant.id, "probe", {"key": "one"})
    setup = await booted.services.get(Setup)
    assert await setup.done()
    access = (await booted.services.get(Parts)).access
    with pytest.raises(ModelCredentialsMissingError):
        await access.ways(SMALL, ModelType.LLM, STRANGER)
