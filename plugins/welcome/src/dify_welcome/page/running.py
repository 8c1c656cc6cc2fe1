"""Runs of apps for whoever sits at the page."""

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, Field
from quart import Response

from dify_accounts import EndUsers, EndUserType, Tenants
from dify_apps import App, Caller, Generator, InvokeFrom, RunRequest
from dify_apps.front import AppReader, event_stream
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import NotFound

from .overview import TRIED

_WHO: Final = "welcome-page"
"""The end user of all runs of the page: there is one person."""


class RunOrder(BaseModel):
    """What the page asks for: inputs, and the turn of a conversation where the app has any."""

    inputs: dict[str, Any] = Field(default_factory=dict)
    query: str = ""
    conversation_id: UUID | None = None


class StopOrder(BaseModel):
    """Which run to stop."""

    task_id: UUID


async def find_app(runtime: Runtime, app_id: UUID) -> App:
    """The app, if it can be tried; raises `NotFound`."""
    tenant = await (await runtime.services.get(Tenants)).default()
    if tenant is None:
        raise NotFound
    app = await (await runtime.services.get(AppReader)).get(str(app_id), tenant_id=tenant.id)
    if app is None or app.mode not in TRIED or not app.enable_site or (app.workflow or app.config) is None:
        raise NotFound
    return app


async def run_app(runtime: Runtime, app: App, order: RunOrder) -> Response:
    """The events of a run as they come; raises the `HttpError` of what keeps it from beginning."""
    request = RunRequest(
        app=app,
        caller=await _caller(runtime, app),
        inputs=order.inputs,
        query=None if app.mode == "workflow" else order.query,
        conversation_id=None if order.conversation_id is None else str(order.conversation_id),
        auto_generate_name=False,
        streaming=True,
    )
    return event_stream(await (await runtime.services.get(Generator)).generate(request))


async def stop_app(runtime: Runtime, app: App, order: StopOrder) -> None:
    """Ask a run of the page to end early."""
    generator = await runtime.services.get(Generator)
    await generator.stop(str(order.task_id), caller=await _caller(runtime, app))


async def _caller(runtime: Runtime, app: App) -> Caller:
    end_users = await runtime.services.get(EndUsers)
    end_user = await end_users.resolve(
        tenant_id=app.tenant_id, app_id=app.id, session_id=_WHO, type=EndUserType.BROWSER
    )
    return Caller(id=end_user.id, role="end_user", invoke_from=InvokeFrom.WEB_APP, session_id=_WHO)
