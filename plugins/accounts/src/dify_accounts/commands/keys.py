"""The command `keys`."""

import json
from collections.abc import Awaitable, Callable
from uuid import UUID

import click

from dify_runtime_sdk import CommandContext, Runtime

from ..api import AccountsError, ApiKey, ApiKeys, KeyType, Tenants

_app_option = click.option("--app", "app_id", type=click.UUID, help="The app's id; default: keys for datasets.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def keys() -> None:
    """API keys of apps and of datasets. They are shown in full: they open what they are for."""


@keys.command("list")
@_app_option
@_json_option
@click.pass_obj
def list_keys(context: CommandContext, app_id: UUID | None, as_json: bool) -> None:
    """List keys, the newest first."""
    kind, app = _scope(app_id)
    found = _run(context, lambda service, tenant_id: service.list(kind, tenant_id=tenant_id, app_id=app))
    if as_json:
        click.echo(json.dumps([_plain(key) for key in found]))
        return
    for key in found:
        click.echo(f"{key.id}  {key.token}")


@keys.command()
@_app_option
@_json_option
@click.pass_obj
def create(context: CommandContext, app_id: UUID | None, as_json: bool) -> None:
    """Make a key for an app, or for the datasets of the workspace."""
    kind, app = _scope(app_id)
    key = _run(context, lambda service, tenant_id: service.create(kind, tenant_id=tenant_id, app_id=app))
    click.echo(json.dumps(_plain(key)) if as_json else key.token)


@keys.command()
@click.argument("key_id", type=click.UUID)
@click.pass_obj
def revoke(context: CommandContext, key_id: UUID) -> None:
    """Delete a key, by the id that `keys list` shows."""
    if not _run(context, lambda service, tenant_id: service.revoke(str(key_id), tenant_id=tenant_id)):
        raise AccountsError(f"there is no key {key_id}", hint="`dify-runtime keys list` shows the ids")
    click.echo(f"revoked {key_id}")


def _scope(app_id: UUID | None) -> tuple[KeyType, str | None]:
    return (KeyType.DATASET, None) if app_id is None else (KeyType.APP, str(app_id))


def _run[T](context: CommandContext, main: Callable[[ApiKeys, str], Awaitable[T]]) -> T:
    async def in_runtime(runtime: Runtime) -> T:
        tenant = await (await runtime.services.get(Tenants)).default()
        if tenant is None:
            raise AccountsError("there is no workspace yet", hint="`dify-runtime setup` makes it")
        return await main(await runtime.services.get(ApiKeys), tenant.id)

    return context.run(in_runtime, only=("accounts",))


def _plain(key: ApiKey) -> dict[str, str | None]:
    return {
        "id": key.id,
        "type": key.type.value,
        "app_id": key.app_id,
        "token": key.token,
        "created_at": f"{key.created_at.isoformat()}Z",
    }
