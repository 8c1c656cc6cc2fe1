"""The services of accounts: who works in which tenant, which keys open what, and who uses the apps.

Ids are UUID texts, times naive UTC. Every look-up names the tenant: a row of another tenant is not found.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from dify_runtime_sdk import DifyRuntimeError


class AccountsError(DifyRuntimeError):
    """A rule about tenants, accounts, keys or end users was broken; says which."""

    code = "accounts_error"


class AlreadySetUpError(AccountsError):
    """There is a workspace already."""

    code = "already_setup"


class LoginError(AccountsError):
    """Nobody was logged in; does not say whether the address or the password was wrong."""

    code = "authentication_failed"


class LoginLockedError(LoginError):
    """Too many wrong passwords for one address."""

    code = "login_locked"


class Role(StrEnum):
    """What an account may do in a workspace; `dify_accounts.permissions` has the table."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    NORMAL = "normal"
    DATASET_OPERATOR = "dataset_operator"


class KeyType(StrEnum):
    """What an API key opens."""

    APP = "app"
    DATASET = "dataset"


class EndUserType(StrEnum):
    """The door through which an end user came."""

    SERVICE_API = "service-api"
    WEB_APP = "web-app"
    BROWSER = "browser"
    TRIGGER = "trigger"
    MCP = "mcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A workspace. `public_key` (PEM) encrypts its credentials; `status` is `normal` or `archive`."""

    id: str
    name: str
    public_key: str | None
    status: str = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who builds apps.

    `status` as Dify stores it: `active`, `pending` (invited), `uninitialized`, `banned`, `closed`.
    """

    id: str
    name: str
    email: str
    status: str = "active"
    interface_language: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndUser:
    """Somebody who uses an app; `session_id` is what the caller named them by."""

    id: str
    tenant_id: str
    app_id: str | None
    type: EndUserType
    session_id: str
    external_user_id: str | None
    name: str | None
    is_anonymous: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key. `token` is the secret itself, as Dify stores it: show it to its owner only, log it never.

    `owner_id` is the workspace's active owner, as whom calls without a user run; None when it has none.
    """

    id: str
    type: KeyType
    token: str
    tenant_id: str
    app_id: str | None
    created_at: datetime
    last_used_at: datetime | None = None
    tenant_status: str = "normal"
    owner_id: str | None = None

    def __repr__(self) -> str:
        return f"ApiKey(id={self.id!r}, type={self.type.value!r}, tenant_id={self.tenant_id!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account in a workspace."""

    account: Account
    role: Role


class Tenants(Protocol):
    """Workspaces."""

    async def get(self, tenant_id: str) -> Tenant | None:
        """The workspace."""
        ...

    async def default(self) -> Tenant | None:
        """The workspace that commands and app files go to: the oldest one; None before the setup."""
        ...

    async def owner(self, tenant_id: str) -> Account | None:
        """The active owner, as whom calls without a user run; None when there is none."""
        ...


class Members(Protocol):
    """Accounts and what they may do in a workspace. Every workspace has one owner."""

    async def list(self, tenant_id: str) -> "list[Member]":
        """The members, in the order in which they joined."""
        ...

    async def role(self, tenant_id: str, account_id: str) -> Role | None:
        """The role of an account, None when it is no member."""
        ...

    async def add(self, tenant_id: str, *, email: str, name: str, role: Role) -> Member:
        """Take somebody in, with an account that is made (`pending`) unless there is one of that address.

        Raises `AccountsError` for the role owner, and for somebody who is a member.
        """
        ...

    async def set_role(self, tenant_id: str, account_id: str, role: Role) -> None:
        """Change a role; making somebody the owner makes the owner an admin. Raises `AccountsError`."""
        ...

    async def remove(self, tenant_id: str, account_id: str) -> None:
        """Take somebody out; raises `AccountsError` for the owner and for somebody who is no member."""
        ...


class Logins(Protocol):
    """Passwords of accounts."""

    async def authenticate(self, email: str, password: str) -> Account:
        """The account whose password that is, activated if it was pending; raises `LoginError`."""
        ...

    async def set_password(self, email: str, password: str) -> None:
        """Give an account a new password; raises `AccountsError` for a weak one or an unknown account."""
        ...


class Setup(Protocol):
    """The first workspace and its owner."""

    async def done(self) -> bool:
        """Whether there is a workspace."""
        ...

    async def create(self, *, email: str, name: str, password: str | None, language: str = "en-US") -> Tenant:
        """Make the owner and the first workspace; raises `AlreadySetUpError`, also when another process was faster.

        Without a password nobody can log in until `Logins.set_password` gives one.
        """
        ...


class ApiKeys(Protocol):
    """API keys of apps and of workspaces' datasets."""

    async def find(self, token: str) -> ApiKey | None:
        """The key, None when there is none; notes its use, at most once a minute.

        At most one statement; answers are remembered for seconds. A revoked key is forgotten at once in this process
        and wherever the cache is shared, elsewhere when these seconds are over.
        """
        ...

    async def create(self, type: KeyType, *, tenant_id: str, app_id: str | None = None) -> ApiKey:  # noqa: A002 - the column's name
        """Make a key; an app key needs `app_id`. Raises `AccountsError` over the limit of 10 keys."""
        ...

    async def list(
        self,
        type: KeyType,  # noqa: A002 - the column's name
        *,
        tenant_id: str,
        app_id: str | None = None,
    ) -> "list[ApiKey]":
        """The keys, newest first."""
        ...

    async def revoke(self, key_id: str, *, tenant_id: str) -> bool:
        """Delete a key by its id; False when there is none."""
        ...


class EndUsers(Protocol):
    """End users of apps."""

    async def resolve(
        self,
        *,
        tenant_id: str,
        app_id: str,
        session_id: str | None,
        type: EndUserType = EndUserType.SERVICE_API,  # noqa: A002 - the column's name
    ) -> EndUser:
        """The end user that the caller names, made on first sight; None is the shared anonymous `DEFAULT-USER`.

        No statement for one seen lately in this process, else one or two. Concurrent first calls make one row.
        Raises `InvalidParam` for a name that cannot be stored: over 255 characters, NUL, lone surrogates.
        """
        ...

    async def get(self, end_user_id: str, *, tenant_id: str) -> EndUser | None:
        """The end user by id."""
        ...
