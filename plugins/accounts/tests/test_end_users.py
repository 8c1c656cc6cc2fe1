"""End users."""

import asyncio

import pytest
from sqlalchemy import func, insert, select

from dify_accounts import EndUsers, EndUserType
from dify_accounts.tables import END_USERS
from dify_database import Database, count_statements, uuid4_text

TENANT = "11111111-1111-1111-1111-111111111111"
APP = "22222222-2222-2222-2222-222222222222"
OTHER = "33333333-3333-3333-3333-333333333333"


@pytest.fixture
async def end_users(booted) -> EndUsers:
    return await booted.services.get(EndUsers)


async def count(booted) -> int:
    database = await booted.services.get(Database)
    return await database.read(lambda session: session.scalar(select(func.count()).select_from(END_USERS)))


async def test_an_end_user_is_made_on_first_sight_and_remembered(booted, end_users):
    made = await end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="user-1")
    assert (made.session_id, made.external_user_id, made.is_anonymous) == ("user-1", "user-1", False)
    assert made.type is EndUserType.SERVICE_API
    with count_statements() as statements:
        assert await end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="user-1") is made
    assert not len(statements)
    assert await end_users.get(made.id, tenant_id=TENANT) == made
    assert await end_users.get(made.id, tenant_id=OTHER) is None


async def test_callers_that_name_nobody_share_an_anonymous_one(end_users):
    made = await end_users.resolve(tenant_id=TENANT, app_id=APP, session_id=None)
    assert (made.session_id, made.is_anonymous) == ("DEFAULT-USER", True)
    assert await end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="") == made


async def test_the_same_name_is_another_user_in_another_app_or_workspace(booted, end_users):
    users = [
        await end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="u"),
        await end_users.resolve(tenant_id=TENANT, app_id=OTHER, session_id="u"),
        await end_users.resolve(tenant_id=OTHER, app_id=APP, session_id="u"),
    ]
    assert len({user.id for user in users}) == 3 == await count(booted)


async def test_first_calls_at_once_make_one_row(booted, end_users):
    users = await asyncio.gather(*(end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="u") for _ in range(20)))
    assert len({user.id for user in users}) == 1 == await count(booted)


async def test_first_calls_of_several_processes_make_one_row(booted):
    from dify_accounts.services.end_users import EndUserService

    database = await booted.services.get(Database)
    processes = [EndUserService(database) for _ in range(6)]
    users = await asyncio.gather(*(each.resolve(tenant_id=TENANT, app_id=APP, session_id="u") for each in processes))
    assert len({user.id for user in users}) == 1 == await count(booted)


async def test_a_caller_that_goes_away_takes_nothing_from_the_others(end_users):
    first = asyncio.create_task(end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="u"))
    second = asyncio.create_task(end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="u"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).session_id == "u"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_user_of_the_same_door_is_preferred(booted, end_users):
    kinds = ["web-app", "service-api", "browser"]

    async def unit(session):
        for kind in kinds:
            await session.execute(
                insert(END_USERS).values(id=uuid4_text(), tenant_id=TENANT, app_id=APP, type=kind, session_id="u")
            )

    await (await booted.services.get(Database)).write(unit)
    assert (await end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="u")).type is EndUserType.SERVICE_API
    web = await end_users.resolve(tenant_id=TENANT, app_id=APP, session_id="u", type=EndUserType.WEB_APP)
    assert web.type is EndUserType.WEB_APP
