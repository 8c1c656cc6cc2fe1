"""What makes the plugin's services, each at its first look-up; SQLAlchemy comes with them."""

from functools import partial
from typing import TYPE_CHECKING

from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.secrets import Passwords, TenantSecrets

from .settings import AccountsSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .services.end_users import EndUserService
    from .services.keys import ApiKeyService
    from .services.logins import LoginService
    from .services.members import MemberService
    from .services.setting_up import SetupService
    from .services.tenants import TenantService


async def make_tenants(runtime: Runtime) -> "TenantService":
    """The service `Tenants`."""
    from .services.tenants import TenantService

    return TenantService(await runtime.services.get(Database))


async def make_members(runtime: Runtime) -> "MemberService":
    """The service `Members`."""
    from .services.members import MemberService

    return MemberService(await runtime.services.get(Database))


async def make_logins(runtime: Runtime) -> "LoginService":
    """The service `Logins`."""
    from .services.logins import LoginService

    get = runtime.services.get
    lockout = runtime.settings(AccountsSettings).LOGIN_LOCKOUT_DURATION
    return LoginService(await get(Database), await get(Passwords), await get(Cache), lockout)


async def make_setup(runtime: Runtime) -> "SetupService":
    """The service `Setup`."""
    from .services.setting_up import SetupService

    get = runtime.services.get
    return SetupService(await get(Database), await get(Passwords), partial(get, TenantSecrets))


async def make_end_users(runtime: Runtime) -> "EndUserService":
    """The service `EndUsers`."""
    from .services.end_users import EndUserService

    return EndUserService(await runtime.services.get(Database))


async def make_api_keys(runtime: Runtime) -> "AsyncIterator[ApiKeyService]":
    """The service `ApiKeys`, which listens for keys that others revoke and notes when keys are used."""
    from .services.key_memory import KeyMemory
    from .services.key_uses import KeyUses
    from .services.keys import ApiKeyService, listen_for_revoked

    database, cache = await runtime.services.get(Database), await runtime.services.get(Cache)
    memory, uses = KeyMemory(), KeyUses(database)
    runtime.spawn(listen_for_revoked(cache, memory), name="listen for revoked API keys")
    runtime.spawn(uses.keep_writing(), name="note when API keys are used")
    yield ApiKeyService(database, cache, memory, uses)
    await uses.write()
