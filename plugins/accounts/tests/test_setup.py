"""The first workspace and its owner."""

import asyncio

import pytest

from dify_accounts import AccountsError, Logins, Members, Role, Setup, Tenants
from dify_accounts.api import AlreadySetUpError
from dify_accounts.plugin import FIRST_OWNER
from dify_runtime_sdk.secrets import TenantSecrets


async def test_setting_up_makes_a_workspace_with_its_owner_and_keys(booted, tenant):
    services = booted.services
    assert await (await services.get(Setup)).done()
    tenants = await services.get(Tenants)
    assert await tenants.default() == tenant == await tenants.get(tenant.id)
    owner = await tenants.owner(tenant.id)
    assert (owner.email, owner.status, owner.interface_language) == ("ann@example.com", "active", "en-US")
    secrets = await services.get(TenantSecrets)
    token = await secrets.encrypt(tenant.id, tenant.public_key, "a secret")
    assert await secrets.decrypt(tenant.id, token) == "a secret"


async def test_it_is_done_once(booted, tenant):
    setup = await booted.services.get(Setup)
    with pytest.raises(AlreadySetUpError, match="workspace already"):
        await setup.create(email="bob@example.com", name="Bob", password=None)


async def test_of_several_at_once_one_succeeds(booted):
    setup = await booted.services.get(Setup)
    attempts = [setup.create(email=f"p{n}@example.com", name=f"P{n}", password=None) for n in range(4)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["AlreadySetUpError"] * 3 + ["Tenant"]
    tenant = await (await booted.services.get(Tenants)).default()
    assert len(await (await booted.services.get(Members)).list(tenant.id)) == 1


@pytest.mark.parametrize("password", ["short1", "onlyletters", "1234567890"])
async def test_a_weak_password_is_refused(booted, password):
    setup = await booted.services.get(Setup)
    with pytest.raises(AccountsError, match="too weak"):
        await setup.create(email="ann@example.com", name="Ann", password=password)
    assert not await setup.done()


async def test_an_address_must_look_like_one(booted):
    with pytest.raises(AccountsError, match="not an e-mail address"):
        await (await booted.services.get(Setup)).create(email="ann", name="Ann", password=None)


async def test_everything_in_one_process_sets_itself_up_and_says_so(runtime, plugins):
    booted = await runtime(plugins)
    tenant = await (await booted.services.get(Tenants)).default()
    owner = await (await booted.services.get(Tenants)).owner(tenant.id)
    assert owner.email == FIRST_OWNER
    lines = [line for _, line in booted.runtime.contributions("banner", runtime=None)]
    assert any("accounts set-password owner@example.com" in line for line in lines)
    await runtime.stop()

    again = await runtime(plugins)
    assert (await (await again.services.get(Tenants)).default()).id == tenant.id
    assert not list(again.runtime.contributions("banner", runtime=None))
    logins = await again.services.get(Logins)
    with pytest.raises(AccountsError, match="wrong"):
        await logins.authenticate(FIRST_OWNER, "")


async def test_in_a_deployment_of_several_nothing_is_made_by_itself(runtime, plugins):
    booted = await runtime(plugins, settings={"MODE": "api", "MIGRATION_ENABLED": True})
    assert not await (await booted.services.get(Setup)).done()


async def test_the_first_owner_can_own(booted, tenant):
    members = await (await booted.services.get(Members)).list(tenant.id)
    assert [member.role for member in members] == [Role.OWNER]
