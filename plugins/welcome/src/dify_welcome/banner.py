"""The last lines of the banner: example apps, a command that runs an app, and the addresses to open."""

from collections.abc import Collection, Sequence
from typing import Final

from dify_accounts import ApiKeys, KeyType, Tenants
from dify_apps.front import App, AppReader, opening_of
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.model_uses import DefaultModels
from dify_runtime_sdk.models import ModelId, ModelType

from .advice import CHATS, api_docs, curl, model_advice
from .examples import serve_examples
from .fields import fields_of
from .page.access import Access, is_loopback
from .settings import WelcomeSettings

_MOST: Final = 8
"""Apps, the newest ones, that are looked at for one to be called."""


async def banner_lines(runtime: Runtime, access: Access | None) -> list[str]:
    """What to tell the only user of the embedded default; `{url}` is filled in later. Serves the example apps."""
    settings = runtime.settings(WelcomeSettings)
    addresses = _addresses(runtime, access, settings.DIFY_BIND_ADDRESS)
    tenant = await (await runtime.services.get(Tenants)).default()
    if tenant is None:
        return addresses
    model = await _model(runtime, settings.EXAMPLE_MODEL, tenant.id)
    wanted = settings.EXAMPLE_APPS and not settings.APP_FILES
    examples = await serve_examples(runtime, tenant.id, model) if wanted else ()
    apps = await callable_apps(runtime, tenant.id, examples)
    lines = [f"example  {app.name} ({app.mode})  {{url}}/v1  key {key}" for app, key in apps if app.id in examples]
    if examples:
        lines += model_advice() if model is None else [f"examples run on {_short(model)}"]
    return [*lines, *_command(apps, chats_first=model is not None), *addresses]


async def callable_apps(runtime: Runtime, tenant_id: str, examples: Collection[str]) -> list[tuple[App, str]]:
    """The newest apps that have a key, with the oldest one, by name. Only examples get one here if they have none."""
    reader, keys = await runtime.services.get(AppReader), await runtime.services.get(ApiKeys)
    found = []
    for app_id in await reader.newest(tenant_id=tenant_id, limit=_MOST):
        app = await reader.get(app_id, tenant_id=tenant_id)
        there = await keys.list(KeyType.APP, tenant_id=tenant_id, app_id=app_id)
        if not there and app_id in examples:
            there = [await keys.create(KeyType.APP, tenant_id=tenant_id, app_id=app_id)]
        if app is not None and app.enable_api and there:
            found.append((app, there[-1].token))
    return sorted(found, key=lambda one: one[0].name)


def _command(apps: Sequence[tuple[App, str]], *, chats_first: bool) -> list[str]:
    """The line with a command that runs an app: one that chats if there is a model for it, else another."""
    for app, key in sorted(apps, key=lambda one: (one[0].mode in CHATS) != chats_first):
        command = curl(app.mode, key, fields_of(app), next(iter(opening_of(app)[1]), ""))
        if command is not None:
            return [f"try it:   {command}"]
    return []


async def _model(runtime: Runtime, chosen: str | None, tenant_id: str) -> ModelId | None:
    """The model of the example apps: the one of the setting, else the workspace's default."""
    if chosen is not None:
        provider, _, name = chosen.partition("/")
        return ModelId(provider, name)
    return await (await runtime.services.get(DefaultModels)).get(ModelType.LLM, tenant_id=tenant_id)


def _short(model: ModelId) -> str:
    return f"{model.name} ({model.provider.rpartition('/')[2]})"


def _addresses(runtime: Runtime, access: Access | None, bound_to: str) -> list[str]:
    lines = []
    if access is not None:
        lines.append(f"open:     {{url}}/{'' if access.local and is_loopback(bound_to) else access.query}")
    docs = api_docs(runtime)
    if docs is not None:
        lines.append(f"API docs: {{url}}{docs}")
    lines.append(f"plugins:  {{url}}/{'plugins' if access is None else '#plugins'}")
    return lines
