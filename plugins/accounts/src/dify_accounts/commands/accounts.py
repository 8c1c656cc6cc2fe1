"""The command `accounts`."""

import json
from collections.abc import Awaitable, Callable

import click

from dify_runtime_sdk import CommandContext, Runtime

from ..api import AccountsError, Logins, Member, Members, Role, Tenants

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def accounts() -> None:
    """Accounts of the first workspace: list, add, roles, passwords."""


@accounts.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_accounts(context: CommandContext, as_json: bool) -> None:
    """List who works in the workspace."""
    members = _run(context, lambda service, tenant_id: service.list(tenant_id))
    if as_json:
        click.echo(json.dumps([_plain(member) for member in members]))
        return
    for member in members:
        click.echo("{role:<17} {status:<14} {email:<30} {name}".format_map(_plain(member)))


@accounts.command()
@click.argument("email")
@click.option("--name", help="Their name; default: the part before the @.")
@click.option("--role", type=_ROLES, default=Role.NORMAL.value, show_default=True, help="What they may do.")
@click.pass_obj
def add(context: CommandContext, email: str, name: str | None, role: str) -> None:
    """Take somebody in; `set-password` lets them log in."""

    async def main(service: Members, tenant_id: str) -> Member:
        return await service.add(tenant_id, email=email, name=name or email.partition("@")[0], role=Role(role))

    member = _run(context, main)
    click.echo(f"added {member.account.email} ({member.role.value})")


@accounts.command("set-role")
@click.argument("email")
@click.argument("role", type=_ROLES)
@click.pass_obj
def set_role(context: CommandContext, email: str, role: str) -> None:
    """Change what somebody may do; a new owner makes the old one an admin."""

    async def main(service: Members, tenant_id: str) -> None:
        await service.set_role(tenant_id, await _id_of(service, tenant_id, email), Role(role))

    _run(context, main)
    click.echo(f"{email} is now {role}")


@accounts.command()
@click.argument("email")
@click.pass_obj
def remove(context: CommandContext, email: str) -> None:
    """Take somebody out; the account stays."""

    async def main(service: Members, tenant_id: str) -> None:
        await service.remove(tenant_id, await _id_of(service, tenant_id, email))

    _run(context, main)
    click.echo(f"removed {email}")


@accounts.command("set-password")
@click.argument("email")
@click.password_option(help="The new password; asked for when it is not given.")
@click.pass_obj
def set_password(context: CommandContext, email: str, password: str) -> None:
    """Give an account a new password."""

    async def main(runtime: Runtime) -> None:
        await (await runtime.services.get(Logins)).set_password(email, password)

    context.run(main, only=("accounts",))
    click.echo(f"{email} has a new password")


def _run[T](context: CommandContext, main: Callable[[Members, str], Awaitable[T]]) -> T:
    async def in_runtime(runtime: Runtime) -> T:
        tenant = await (await runtime.services.get(Tenants)).default()
        if tenant is None:
            raise AccountsError("there is no workspace yet", hint="`dify-runtime setup` makes it")
        return await main(await runtime.services.get(Members), tenant.id)

    return context.run(in_runtime, only=("accounts",))


async def _id_of(service: Members, tenant_id: str, email: str) -> str:
    for member in await service.list(tenant_id):
        if member.account.email.lower() == email.lower():
            return member.account.id
    raise AccountsError(f"{email} is no member of the workspace", hint="`dify-runtime accounts list` shows the members")


def _plain(member: Member) -> dict[str, str]:
    account = member.account
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "status": account.status,
        "role": member.role.value,
    }
