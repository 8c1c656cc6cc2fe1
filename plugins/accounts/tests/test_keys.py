"""API keys, the authenticator that takes them, and what a process remembers of them."""

import asyncio
import re

import pytest
from sqlalchemy import insert, select, update

from dify_accounts import AccountsError, ApiKeys, KeyType
from dify_accounts.service_plugin import AccountsServicePlugin
from dify_accounts.services.key_memory import KeyMemory
from dify_accounts.services.key_uses import KeyUses
from dify_accounts.services.keys import REVOKED
from dify_accounts.tables import ACCOUNTS, API_TOKENS, TENANTS
from dify_database import Database, DatabaseUnavailable, count_statements, uuid4_text
from dify_groups.group_service.plugin import GroupServicePlugin
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.cache import Cache

APP = "22222222-2222-2222-2222-222222222222"
OTHER = "33333333-3333-3333-3333-333333333333"


@pytest.fixture
async def keys(booted) -> ApiKeys:
    return await booted.services.get(ApiKeys)


@pytest.mark.parametrize(
    ("kind", "app", "pattern"),
    [(KeyType.APP, APP, r"app-[A-Za-z0-9]{24}"), (KeyType.DATASET, None, r"dataset-[A-Za-z0-9]{24}")],
)
async def test_a_key_is_made_found_listed_and_revoked(keys, tenant, kind, app, pattern):
    made = await keys.create(kind, tenant_id=tenant.id, app_id=app)
    assert re.fullmatch(pattern, made.token)
    assert made.token not in repr(made)
    found = await keys.find(made.token)
    assert (found.id, found.type, found.tenant_id, found.app_id) == (made.id, kind, tenant.id, app)
    assert [key.id for key in await keys.list(kind, tenant_id=tenant.id, app_id=app)] == [made.id]
    assert await keys.revoke(made.id, tenant_id=tenant.id)
    assert await keys.find(made.token) is None
    assert not await keys.revoke(made.id, tenant_id=tenant.id)


async def test_a_key_of_another_workspace_cannot_be_seen_or_revoked(keys, tenant):
    made = await keys.create(KeyType.APP, tenant_id=tenant.id, app_id=APP)
    assert await keys.list(KeyType.APP, tenant_id=OTHER, app_id=APP) == []
    assert not await keys.revoke(made.id, tenant_id=OTHER)
    assert await keys.find(made.token) is not None


async def test_an_app_key_needs_an_app_and_a_dataset_key_takes_none(keys, tenant):
    with pytest.raises(AccountsError):
        await keys.create(KeyType.APP, tenant_id=tenant.id)
    with pytest.raises(AccountsError):
        await keys.create(KeyType.DATASET, tenant_id=tenant.id, app_id=APP)


async def test_an_app_has_ten_keys_at_most(keys, tenant):
    for _ in range(10):
        await keys.create(KeyType.APP, tenant_id=tenant.id, app_id=APP)
    with pytest.raises(AccountsError, match="10 keys"):
        await keys.create(KeyType.APP, tenant_id=tenant.id, app_id=APP)
    await keys.create(KeyType.APP, tenant_id=tenant.id, app_id=OTHER)


@pytest.mark.parametrize("token", ["", "app-" + "x" * 24, "x" * 300, "app-\x00", "é" * 100, "' OR 1=1 --"])
async def test_what_is_no_key_is_not_found(keys, tenant, token):
    assert await keys.find(token) is None


async def test_a_look_up_takes_one_statement_and_then_none(keys, tenant):
    made = await keys.create(KeyType.APP, tenant_id=tenant.id, app_id=APP)
    with count_statements() as first:
        await keys.find(made.token)
    with count_statements() as again:
        await keys.find(made.token)
        await keys.find("app-unknown")
        await keys.find("app-unknown")
    assert (len(first), len(again)) == (1, 1)


async def test_a_key_that_another_process_revokes_is_forgotten_when_its_message_comes(booted, keys, tenant):
    made = await keys.create(KeyType.APP, tenant_id=tenant.id, app_id=APP)
    await keys.find(made.token)

    async def gone(session):
        await session.execute(API_TOKENS.delete())

    await (await booted.services.get(Database)).write(gone)
    assert await keys.find(made.token) is not None

    await (await booted.services.get(Cache)).pubsub.publish(REVOKED, made.id.encode())
    assert await is_forgotten(keys, made.token)


async def is_forgotten(keys: ApiKeys, token: str) -> bool:
    """Whether the key is forgotten in time; the message of another process has no other trace here."""
    for _ in range(10_000):
        if await keys.find(token) is None:
            return True
        await asyncio.sleep(0)
    return False


async def test_uses_are_written_together_and_once_a_minute(booted, tenant):
    database = await booted.services.get(Database)
    made = [
        await (await booted.services.get(ApiKeys)).create(KeyType.APP, tenant_id=tenant.id, app_id=APP) for _ in "ab"
    ]
    now = 0.0
    uses = KeyUses(database, clock=lambda: now)

    async def used() -> list[bool]:
        rows = await database.read(lambda session: session.execute(select(API_TOKENS.c.last_used_at)))
        return [row.last_used_at is not None for row in rows]

    for key in made:
        uses.note(key.id)
    with count_statements() as count:
        await uses.write()
    assert await used() == [True, True]
    assert len(count) == 1
    with count_statements() as count:
        uses.note(made[0].id)
        await uses.write()
        now = 61.0
        uses.note(made[0].id)
        await uses.write()
    assert len(count) == 1


class Interrupted:
    """A database that is away for the first writes."""

    def __init__(self, database: Database, away: int) -> None:
        self._database = database
        self.away = away

    async def write(self, unit):
        self.away -= 1
        if self.away >= 0:
            raise DatabaseUnavailable
        return await self._database.write(unit)


async def test_uses_outlast_an_outage_of_the_database(booted, tenant):
    database = await booted.services.get(Database)
    key = await (await booted.services.get(ApiKeys)).create(KeyType.APP, tenant_id=tenant.id, app_id=APP)
    uses = KeyUses(Interrupted(database, away=2), seconds=0.04)
    uses.note(key.id)
    with pytest.raises(DatabaseUnavailable):
        await uses.write()
    writing = asyncio.create_task(uses.keep_writing())
    async with asyncio.timeout(10):
        used = None
        while used is None:
            await asyncio.sleep(0.01)
            used = await database.read(lambda session: session.scalar(select(API_TOKENS.c.last_used_at)))
    assert not writing.done()
    writing.cancel()


def test_the_memory_expires_and_is_bounded():
    now = 0.0
    memory = KeyMemory(seconds=5, known=2, unknown=2, clock=lambda: now)
    for token in ("a", "b", "c"):
        memory.put(token, None)
    assert [memory.get(token)[0] for token in ("a", "b", "c")] == [False, True, True]
    now = 5.0
    assert memory.get("c") == (False, None)


class EchoPlugin(Plugin):
    """A route of the Service API that says who calls."""

    requires = ("accounts-service",)

    @hookimpl
    def routes(self, runtime):
        from dify_runtime_sdk.http import Routes

        routes = Routes("service")

        @routes.get("/who", summary="Who calls")
        async def who(context):
            identity = context.identity
            return {"tenant": identity.tenant_id, "app": identity.app_id, "user": identity.user_id}

        return [routes]


SERVICE = {"group-service": GroupServicePlugin, "accounts-service": AccountsServicePlugin}


@pytest.fixture
async def served(runtime, plugins):
    booted = await runtime({**plugins, **SERVICE, "echo": EchoPlugin})
    from dify_accounts import Tenants

    tenants = await booted.services.get(Tenants)
    tenant = await tenants.default()
    key = await (await booted.services.get(ApiKeys)).create(KeyType.APP, tenant_id=tenant.id, app_id=APP)
    return booted, tenant, key


async def test_a_key_opens_the_service_api_as_the_owner(served):
    booted, tenant, key = served
    answer = await booted.client.get("/v1/who", headers={"Authorization": f"bearer {key.token}"})
    body = answer.json()
    assert (body["tenant"], body["app"]) == (tenant.id, APP)
    assert body["user"] is not None


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Authorization header must be provided and start with 'Bearer'"),
        ("Bearer", "Authorization header must be provided and start with 'Bearer'"),
        ("Basic abc", "Authorization scheme must be 'Bearer'"),
        ("Bearer app-unknown", "Access token is invalid"),
    ],
)
async def test_without_a_key_there_is_nothing(served, header, message):
    booted, _, _ = served
    answer = await booted.client.get("/v1/who", headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert answer.json() == {"code": "unauthorized", "message": message, "status": 401}


async def test_many_guesses_find_nothing_and_cost_no_memory(served):
    booted, _, key = served
    keys = await booted.services.get(ApiKeys)
    for guess in range(2_000):
        assert await keys.find(f"app-{guess:024d}") is None
    answer = await booted.client.get("/v1/who", headers={"Authorization": f"Bearer {key.token}"})
    assert answer.status_code == 200
    assert len(keys._memory._unknown._entries) == 1_000


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        (update(TENANTS).values(status="archive"), 403, "The workspace's status is archived."),
        (update(ACCOUNTS).values(status="banned"), 401, "Tenant owner account does not exist or is not active."),
    ],
)
async def test_a_key_of_a_closed_workspace_opens_nothing(served, change, status, message):
    booted, _, key = served

    async def unit(session):
        await session.execute(change)

    await (await booted.services.get(Database)).write(unit)
    answer = await booted.client.get("/v1/who", headers={"Authorization": f"Bearer {key.token}"})
    assert (answer.status_code, answer.json()["message"]) == (status, message)


async def test_rows_that_dify_wrote_are_read(booted, keys, tenant):
    token = "ds-" + "a" * 24

    async def unit(session):
        await session.execute(
            insert(API_TOKENS).values(id=uuid4_text(), tenant_id=tenant.id, type="dataset", token=token)
        )

    await (await booted.services.get(Database)).write(unit)
    assert (await keys.find(token)).type is KeyType.DATASET
