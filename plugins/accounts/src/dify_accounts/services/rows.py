"""From rows to what the API speaks of."""

from typing import Any

from sqlalchemy import ColumnElement, and_

from ..api import Account, EndUser, EndUserType, Role, Tenant
from ..tables import ACCOUNTS, END_USERS, TENANT_ACCOUNT_JOINS, TENANTS

ACCOUNT_COLUMNS = tuple(
    ACCOUNTS.c[name] for name in ("id", "name", "email", "status", "interface_language", "timezone")
)
TENANT_COLUMNS = (TENANTS.c.id, TENANTS.c.name, TENANTS.c.encrypt_public_key, TENANTS.c.status)
END_USER_COLUMNS = tuple(END_USERS.c)


def account(row: Any) -> Account:
    """The account of a row that begins with `ACCOUNT_COLUMNS`."""
    return Account(id=row[0], name=row[1], email=row[2], status=row[3], interface_language=row[4], timezone=row[5])


def tenant(row: Any) -> Tenant:
    """The workspace of a row of `TENANT_COLUMNS`."""
    return Tenant(id=row[0], name=row[1], public_key=row[2], status=row[3])


def end_user(row: Any) -> EndUser:
    """The end user of a row of `END_USER_COLUMNS`."""
    return EndUser(
        id=row.id,
        tenant_id=row.tenant_id,
        app_id=row.app_id,
        type=EndUserType(row.type),
        session_id=row.session_id,
        external_user_id=row.external_user_id,
        name=row.name,
        is_anonymous=row.is_anonymous,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def is_active_owner() -> ColumnElement[bool]:
    """Of a join of accounts with workspaces: whether it is that of an active owner."""
    return and_(TENANT_ACCOUNT_JOINS.c.role == Role.OWNER.value, ACCOUNTS.c.status == "active")
