"""A soft edge: an audit wants to start after the accounts if there are any, and is useful without them."""

from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk import Plugin


class AccountsPlugin(Plugin):
    pass


class AuditPlugin(Plugin):
    after = ("accounts",)


async def test_with_accounts_the_audit_starts_after_them(runtime: RuntimeFactory) -> None:
    booted = await runtime({"audit": AuditPlugin, "accounts": AccountsPlugin})
    assert list(booted.records) == ["accounts", "audit"]


async def test_without_accounts_the_audit_starts_all_the_same(runtime: RuntimeFactory) -> None:
    booted = await runtime({"audit": AuditPlugin})
    assert booted.records["audit"].state == "started"


async def test_accounts_that_fail_do_not_keep_the_audit_from_starting(runtime: RuntimeFactory) -> None:
    class BrokenAccounts(AccountsPlugin):
        async def start(self, runtime: object) -> None:
            raise OSError("no disk")

    booted = await runtime({"audit": AuditPlugin, "accounts": BrokenAccounts}, strict=False)
    assert booted.records["accounts"].state == "failed"
    assert booted.records["audit"].state == "started"


async def test_without_an_edge_names_decide(runtime: RuntimeFactory) -> None:
    class BillingPlugin(Plugin):
        pass

    booted = await runtime({"billing": BillingPlugin, "accounts": AccountsPlugin})
    assert list(booted.records) == ["accounts", "billing"]
