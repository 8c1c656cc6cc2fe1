"""Where files and commands work: the first workspace, as its owner."""

from dataclasses import dataclass
from uuid import UUID

from dify_accounts import AccountsError, ApiKeys, KeyType, Tenants
from dify_runtime_sdk import Runtime

from .api import AppLibrary, AppRecord
from .errors import AppNotFoundError, LibraryError


@dataclass(frozen=True, slots=True)
class Workplace:
    """The library, and who works in which workspace."""

    library: AppLibrary
    keys: ApiKeys
    tenant_id: str
    account_id: str

    @property
    def who(self) -> dict[str, str]:
        """Workspace and account, as arguments of operations."""
        return {"tenant_id": self.tenant_id, "account_id": self.account_id}

    async def find(self, app: str) -> AppRecord:
        """The app of an id or a name; raises `AppNotFoundError`, and `LibraryError` when several have the name."""
        if _is_id(app):
            return await self.library.get(app, tenant_id=self.tenant_id)
        alike = await self.library.list(tenant_id=self.tenant_id, name=app, limit=1000)
        found = [one for one in alike if one.name == app]
        if not found:
            raise AppNotFoundError(f"the workspace has no app {app!r}", hint="`dify-runtime apps list` shows its apps")
        if len(found) > 1:
            ids = ", ".join(one.id for one in found)
            raise LibraryError(f"{len(found)} apps are called {app!r}", hint=f"name one by its id: {ids}")
        return found[0]

    async def key(self, app_id: str) -> str:
        """An API key of the app: its oldest, made when it has none."""
        found = await self.keys.list(KeyType.APP, tenant_id=self.tenant_id, app_id=app_id)
        key = found[-1] if found else await self.keys.create(KeyType.APP, tenant_id=self.tenant_id, app_id=app_id)
        return key.token


async def workplace(runtime: Runtime) -> Workplace:
    """The first workspace as its owner sees it; raises `AccountsError` before there is one."""
    tenants = await runtime.services.get(Tenants)
    tenant = await tenants.default()
    if tenant is None:
        raise AccountsError("there is no workspace yet", hint="`dify-runtime setup` makes it")
    owner = await tenants.owner(tenant.id)
    if owner is None:
        raise AccountsError(
            f"the workspace {tenant.name!r} has no active owner",
            hint="`dify-runtime accounts set-role EMAIL owner` makes somebody the owner",
        )
    library, keys = await runtime.services.get(AppLibrary), await runtime.services.get(ApiKeys)
    return Workplace(library, keys, tenant.id, owner.id)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
