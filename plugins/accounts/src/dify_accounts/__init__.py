"""Accounts: what feature plugins import.

Light: SQLAlchemy comes with the modules that need it. `dify_accounts.tables` has the tables.
"""

from .api import (
    Account,
    AccountsError,
    ApiKey,
    ApiKeys,
    EndUser,
    EndUsers,
    EndUserType,
    KeyType,
    Logins,
    Member,
    Members,
    Role,
    Setup,
    Tenant,
    Tenants,
)
from .permissions import Ability, may

__all__ = [
    "Ability",
    "Account",
    "AccountsError",
    "ApiKey",
    "ApiKeys",
    "EndUser",
    "EndUserType",
    "EndUsers",
    "KeyType",
    "Logins",
    "Member",
    "Members",
    "Role",
    "Setup",
    "Tenant",
    "Tenants",
    "may",
]
