"""The declaration of the plugin."""

from pathlib import Path
from typing import Any

from dify_database import Migrations
from dify_runtime_sdk import Command, Plugin, Runtime, Service, hookimpl

from .api import ApiKeys, EndUsers, Logins, Members, Setup, Tenants
from .settings import AccountsSettings

FIRST_OWNER = "owner@example.com"
"""The address of the owner that the first start of the embedded default makes."""


class AccountsPlugin(Plugin):
    """Workspaces, accounts, API keys and end users."""

    requires = ("database", "migrations", "cache", "secrets")
    settings = AccountsSettings

    def __init__(self) -> None:
        self._made = False

    @hookimpl
    def migrations(self) -> list[Migrations]:
        """Bring the tables."""
        return [Migrations(Path(__file__).parent / "migrations" / "versions", "dify_accounts.tables:METADATA", "0001")]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the use cases."""
        from . import factories

        return [
            Service(Tenants, factories.make_tenants),
            Service(Members, factories.make_members),
            Service(Logins, factories.make_logins),
            Service(Setup, factories.make_setup),
            Service(EndUsers, factories.make_end_users),
            Service(ApiKeys, factories.make_api_keys),
        ]

    @hookimpl
    def commands(self) -> list[Command]:
        """Add the commands."""
        return [
            Command("setup", "dify_accounts.commands.setup:setup", "Make the first workspace and its owner."),
            Command("accounts", "dify_accounts.commands.accounts:accounts", "Accounts: list, add, roles, passwords."),
            Command("keys", "dify_accounts.commands.keys:keys", "API keys: list, create, revoke."),
        ]

    async def start(self, runtime: Runtime) -> None:
        """Make a workspace where everything is in one process and there is none yet."""
        if not runtime.embedded or not runtime.roles - {"job"}:
            return
        setup = await runtime.services.get(Setup)
        if not await setup.done():
            await setup.create(email=FIRST_OWNER, name="Owner", password=None)
            self._made = True

    @hookimpl
    def banner(self) -> list[str]:
        """Say that a workspace was made."""
        if not self._made:
            return []
        return [
            f"made a workspace for {FIRST_OWNER}; give the owner a password: "
            f"dify-runtime accounts set-password {FIRST_OWNER}"
        ]
