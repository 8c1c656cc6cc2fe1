"""Logins by password."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, update

from dify_database import Database, utc_now
from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.secrets import PasswordHash, Passwords

from ..api import Account, AccountsError, LoginError, LoginLockedError
from ..tables import ACCOUNTS
from .passwords import check_strength
from .rows import ACCOUNT_COLUMNS, account

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_ATTEMPTS: Final = 5
_NOBODY: Final = PasswordHash(digest="", salt="")


class LoginService:
    """The service `Logins`."""

    def __init__(self, database: Database, passwords: Passwords, cache: Cache, lockout: float) -> None:
        self._database = database
        self._passwords = passwords
        self._counters = cache.counters
        self._lockout = lockout

    async def authenticate(self, email: str, password: str) -> Account:
        """The account whose password that is."""
        counter = f"login_error_rate_limit:{email.lower()}"
        wrong = await self._counters.get(counter)
        if wrong > _ATTEMPTS:
            raise LoginLockedError("too many wrong passwords", hint="wait, or set a new password")
        row = await self._row(email)
        stored = _NOBODY if row is None or not row.password else PasswordHash(row.password, row.password_salt or "")
        # an unknown address costs what a wrong password costs
        fits = await self._passwords.verify(password, stored)
        if row is None or not fits:
            await self._counters.add(counter, ttl=self._lockout)
            raise LoginError("the address or the password is wrong")
        if wrong:
            await self._counters.add(counter, -wrong)
        return await self._welcome(account(row), password, stored)

    async def set_password(self, email: str, password: str) -> None:
        """Give an account a new password."""
        check_strength(password)
        row = await self._row(email)
        if row is None:
            raise AccountsError(
                f"there is no account {email}", hint="`dify-runtime accounts list` shows those there are"
            )
        await self._store(row.id, await self._passwords.hash(password))

    async def _welcome(self, person: Account, password: str, stored: PasswordHash) -> Account:
        if person.status in {"banned", "closed"}:
            raise LoginError(f"the account is {person.status}", hint="ask the workspace's owner")
        if self._passwords.outdated(stored):
            await self._store(person.id, await self._passwords.hash(password))
        if person.status != "pending":
            return person
        now = utc_now()
        await self._update(person.id, {"status": "active", "initialized_at": now})
        return replace(person, status="active")

    async def _store(self, account_id: str, stored: PasswordHash) -> None:
        await self._update(account_id, {"password": stored.digest, "password_salt": stored.salt})

    async def _update(self, account_id: str, values: dict[str, Any]) -> None:
        async def unit(session: "AsyncSession") -> None:
            await session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(**values))

        await self._database.write(unit)

    async def _row(self, email: str) -> Any:
        query = select(*ACCOUNT_COLUMNS, ACCOUNTS.c.password, ACCOUNTS.c.password_salt)

        async def unit(session: "AsyncSession") -> Any:
            return (await session.execute(query.where(func.lower(ACCOUNTS.c.email) == email.lower()))).first()

        return await self._database.read(unit)
