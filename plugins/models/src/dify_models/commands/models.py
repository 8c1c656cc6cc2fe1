"""The command `models`."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import click

from dify_accounts import Tenants
from dify_runtime_sdk import CommandContext, Runtime
from dify_runtime_sdk.model_uses import DefaultModels
from dify_runtime_sdk.models import LanguageModelRequest, LanguageModels, Message, ModelId, ModelType, ModelUsage

from ..api import AvailableModel, ModelProviders, ModelSetupError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from dify_runtime_sdk.models import LanguageModelChunk

_ONLY = ("models",)
_TYPES = click.Choice([one.value for one in ModelType])
_type_option = click.option("--type", "model_type", type=_TYPES, default=ModelType.LLM.value, show_default=True)


@click.group()
def models() -> None:
    """Models of the first workspace: which there are, credentials, the default."""


@models.command("list")
@click.option("--type", "model_type", type=_TYPES, help="Models of this type alone.")
@click.option("--all", "everything", is_flag=True, help="Those too that have no credentials yet.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_models(context: CommandContext, model_type: str | None, everything: bool, as_json: bool) -> None:
    """List models that can be used."""
    kind = ModelType(model_type) if model_type else None

    async def main(runtime: Runtime, tenant_id: str) -> list[dict[str, object]]:
        service = await runtime.services.get(ModelProviders)
        defaults = await runtime.services.get(DefaultModels)
        chosen = {await defaults.get(one, tenant_id=tenant_id) for one in ModelType}
        found = await service.models(tenant_id, kind)
        return [_plain(one, one.id in chosen) for one in found if everything or one.usable]

    found = _run(context, main)
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        mark = "*" if one["default"] else " " if one["usable"] else "-"
        click.echo(f"{mark} {one['type']:<14} {one['provider']:<50} {one['model']}")


@models.command("providers")
@click.pass_obj
def list_providers(context: CommandContext) -> None:
    """List providers, and the fields of their credentials (`!` = required)."""

    async def main(runtime: Runtime, _tenant_id: str) -> list[str]:
        lines = []
        for one in (await runtime.services.get(ModelProviders)).all():
            form = one.provider_credentials or one.model_credentials
            fields = " ".join(f"{field.variable}{'!' if field.required else ''}" for field in form)
            lines.append(f"{one.short_name:<22} {fields}")
        return lines

    click.echo("\n".join(_run(context, main)))


@models.command()
@click.argument("provider")
@click.option("--set", "pairs", multiple=True, metavar="FIELD=VALUE", help="A field; `-` as value asks for it.")
@click.option("--model", help="The model they are for; default: all of the provider's.")
@click.option("--name", default="", help="What to call them.")
@click.option("--no-check", is_flag=True, help="Keep them without asking the provider.")
@_type_option
@click.pass_obj
def add(
    context: CommandContext,
    provider: str,
    pairs: tuple[str, ...],
    model: str | None,
    name: str,
    no_check: bool,
    model_type: str,
) -> None:
    """Add credentials of a provider, or of one model; `models providers` shows the fields."""
    values = _values(pairs)

    async def main(runtime: Runtime, tenant_id: str) -> str:
        service = await runtime.services.get(ModelProviders)
        return await service.add(
            tenant_id,
            provider,
            values,
            name=name,
            model=model,
            model_type=ModelType(model_type),
            validate=not no_check,
        )

    click.echo(f"added {_run(context, main, providers=True)}")


@models.command()
@click.argument("credential_id")
@click.pass_obj
def remove(context: CommandContext, credential_id: str) -> None:
    """Delete credentials, by the id that `models add` printed."""

    async def main(runtime: Runtime, tenant_id: str) -> bool:
        return await (await runtime.services.get(ModelProviders)).remove(tenant_id, credential_id)

    if not _run(context, main):
        raise ModelSetupError(f"there are no credentials {credential_id}")
    click.echo(f"removed {credential_id}")


@models.command()
@click.argument("provider")
@click.argument("model")
@_type_option
@click.pass_obj
def default(context: CommandContext, provider: str, model: str, model_type: str) -> None:
    """Make a model the default of its type."""

    async def main(runtime: Runtime, tenant_id: str) -> None:
        service = await runtime.services.get(ModelProviders)
        await service.choose_default(tenant_id, ModelId(provider, model), ModelType(model_type))

    _run(context, main)
    click.echo(f"{model} is the default {model_type} model")


@models.command()
@click.argument("provider", required=False)
@click.argument("model", required=False)
@click.option("--prompt", default="Say hello.", show_default=True, help="What to ask.")
@click.pass_obj
def test(context: CommandContext, provider: str | None, model: str | None, prompt: str) -> None:
    """Ask a model something and print its answer; without a name, the default one."""

    async def main(runtime: Runtime, tenant_id: str) -> tuple[ModelId, ModelUsage]:
        chosen = await _chosen(runtime, tenant_id, provider, model)
        service = await runtime.services.get(LanguageModels)
        request = LanguageModelRequest(
            model=chosen, messages=[Message(role="user", content=prompt)], tenant_id=tenant_id
        )
        usage = ModelUsage()
        async with aclosing(cast("AsyncGenerator[LanguageModelChunk]", service.invoke(request))) as answer:
            async for chunk in answer:
                click.echo(chunk.text, nl=False)
                usage = chunk.usage or usage
        return chosen, usage

    chosen, usage = _run(context, main, providers=True)
    spent = f"{usage.prompt_tokens} + {usage.completion_tokens} tokens"
    click.echo(
        f"\n{chosen.name} of {chosen.provider}: {spent}, {usage.latency} s, {usage.total_price} {usage.currency}"
    )


async def _chosen(runtime: Runtime, tenant_id: str, provider: str | None, model: str | None) -> ModelId:
    if provider and model:
        return ModelId(provider, model)
    if provider:
        found = await (await runtime.services.get(ModelProviders)).models(tenant_id, ModelType.LLM)
        name = (await runtime.services.get(ModelProviders)).get(provider).name
        first = next((one.id for one in found if one.id.provider == name and one.usable), None)
    else:
        first = await (await runtime.services.get(DefaultModels)).get(ModelType.LLM, tenant_id=tenant_id)
    if first is None:
        raise ModelSetupError("there is no model to test", hint="`dify-runtime models add` adds credentials")
    return first


def _values(pairs: tuple[str, ...]) -> Mapping[str, str]:
    values = {}
    for pair in pairs:
        name, given, value = pair.partition("=")
        if not given:
            raise click.BadParameter(f"{pair!r} is not FIELD=VALUE")
        values[name] = click.prompt(name, hide_input=True) if value == "-" else value
    return values


def _run[T](context: CommandContext, main: Callable[[Runtime, str], Awaitable[T]], *, providers: bool = False) -> T:
    """Run in the first workspace; with `providers` their plugins start too, as calls of models need."""

    async def in_runtime(runtime: Runtime) -> T:
        tenant = await (await runtime.services.get(Tenants)).default()
        if tenant is None:
            raise ModelSetupError("there is no workspace yet", hint="`dify-runtime setup` makes it")
        return await main(runtime, tenant.id)

    return context.run(in_runtime, only=None if providers else _ONLY)


def _plain(one: AvailableModel, is_default: bool) -> dict[str, object]:
    return {
        "provider": one.id.provider,
        "model": one.id.name,
        "type": one.schema.type.value,
        "usable": one.usable,
        "enabled": one.enabled,
        "default": is_default,
    }
