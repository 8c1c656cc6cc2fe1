"""Members, roles and logins."""

import pytest
from sqlalchemy import update

from dify_accounts import Ability, AccountsError, Logins, Members, Role, may
from dify_accounts.api import LoginError, LoginLockedError
from dify_accounts.tables import ACCOUNTS
from dify_database import Database
from plugins.accounts.tests.conftest import PASSWORD


@pytest.fixture
async def members(booted) -> Members:
    return await booted.services.get(Members)


@pytest.fixture
async def logins(booted) -> Logins:
    return await booted.services.get(Logins)


async def test_somebody_is_taken_in_once(members, tenant):
    bob = await members.add(tenant.id, email="bob@example.com", name="Bob", role=Role.EDITOR)
    assert bob.account.status == "pending"
    assert await members.role(tenant.id, bob.account.id) is Role.EDITOR
    with pytest.raises(AccountsError, match="member already"):
        await members.add(tenant.id, email="BOB@example.com", name="Bob", role=Role.NORMAL)
    assert [member.account.email for member in await members.list(tenant.id)] == ["ann@example.com", "bob@example.com"]


async def test_nobody_becomes_a_second_owner_by_being_taken_in(members, tenant):
    with pytest.raises(AccountsError, match="one owner"):
        await members.add(tenant.id, email="bob@example.com", name="Bob", role=Role.OWNER)


async def test_a_new_owner_makes_the_old_one_an_admin(members, tenant):
    bob = await members.add(tenant.id, email="bob@example.com", name="Bob", role=Role.NORMAL)
    await members.set_role(tenant.id, bob.account.id, Role.OWNER)
    roles = {member.account.name: member.role for member in await members.list(tenant.id)}
    assert roles == {"Ann": Role.ADMIN, "Bob": Role.OWNER}


async def test_a_workspace_keeps_its_owner(members, tenant):
    [owner] = await members.list(tenant.id)
    with pytest.raises(AccountsError, match="needs its owner"):
        await members.set_role(tenant.id, owner.account.id, Role.ADMIN)
    with pytest.raises(AccountsError, match="needs its owner"):
        await members.remove(tenant.id, owner.account.id)


async def test_who_was_removed_is_no_member(members, tenant):
    bob = await members.add(tenant.id, email="bob@example.com", name="Bob", role=Role.NORMAL)
    await members.remove(tenant.id, bob.account.id)
    assert await members.role(tenant.id, bob.account.id) is None
    with pytest.raises(AccountsError, match="no member"):
        await members.remove(tenant.id, bob.account.id)


async def test_a_member_of_one_workspace_has_no_role_in_another(members, tenant):
    [owner] = await members.list(tenant.id)
    other = "11111111-1111-1111-1111-111111111111"
    assert await members.role(other, owner.account.id) is None
    assert await members.list(other) == []


async def test_the_right_password_logs_in_and_activates(booted, members, logins, tenant):
    assert (await logins.authenticate("Ann@Example.com", PASSWORD)).name == "Ann"
    await members.add(tenant.id, email="bob@example.com", name="Bob", role=Role.NORMAL)
    await logins.set_password("bob@example.com", "another one 2")
    assert (await logins.authenticate("bob@example.com", "another one 2")).status == "active"


@pytest.mark.parametrize(("email", "password"), [("ann@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
async def test_a_failed_login_does_not_say_what_was_wrong(logins, tenant, email, password):
    with pytest.raises(LoginError) as caught:
        await logins.authenticate(email, password)
    assert str(caught.value) == "the address or the password is wrong"


@pytest.mark.parametrize("status", ["banned", "closed"])
async def test_a_banned_account_is_refused(booted, logins, tenant, status):
    async def unit(session):
        await session.execute(update(ACCOUNTS).values(status=status))

    await (await booted.services.get(Database)).write(unit)
    with pytest.raises(LoginError, match=status):
        await logins.authenticate("ann@example.com", PASSWORD)


async def test_too_many_wrong_passwords_lock_an_address_and_a_right_one_resets(logins, tenant):
    for _ in range(5):
        with pytest.raises(LoginError):
            await logins.authenticate("ann@example.com", "wrong")
    await logins.authenticate("ann@example.com", PASSWORD)
    for _ in range(6):
        with pytest.raises(LoginError):
            await logins.authenticate("ann@example.com", "wrong")
    with pytest.raises(LoginLockedError):
        await logins.authenticate("ANN@example.com", PASSWORD)


async def test_the_lock_lasts_as_long_as_configured(runtime, plugins):
    from dify_accounts.settings import AccountsSettings

    booted = await runtime(plugins, settings={"LOGIN_LOCKOUT_DURATION": 60})
    assert booted.settings(AccountsSettings).LOGIN_LOCKOUT_DURATION == 60


async def test_a_password_needs_an_account(logins, tenant):
    with pytest.raises(AccountsError, match="no account"):
        await logins.set_password("nobody@example.com", PASSWORD)


ALLOWED = {
    Ability.INVITE_MEMBERS: {Role.OWNER, Role.ADMIN},
    Ability.MANAGE_MEMBERS: {Role.OWNER},
    Ability.MANAGE_CREDENTIALS: {Role.OWNER, Role.ADMIN},
    Ability.ADMINISTER_APPS: {Role.OWNER, Role.ADMIN},
    Ability.EDIT_APPS: {Role.OWNER, Role.ADMIN, Role.EDITOR},
    Ability.EDIT_DATASETS: {Role.OWNER, Role.ADMIN, Role.EDITOR, Role.DATASET_OPERATOR},
    Ability.DELETE_DATASETS: {Role.OWNER, Role.ADMIN, Role.EDITOR, Role.DATASET_OPERATOR},
    Ability.USE_APPS: {Role.OWNER, Role.ADMIN, Role.EDITOR, Role.NORMAL},
}


@pytest.mark.parametrize("ability", list(Ability))
def test_each_role_may_do_what_the_table_says(ability):
    assert {role for role in Role if may(role, ability)} == ALLOWED[ability]
