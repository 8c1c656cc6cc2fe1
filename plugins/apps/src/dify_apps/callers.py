"""Who calls an app, as its runs name them."""

from dify_accounts import EndUsers
from dify_runtime_sdk import Runtime

from .api import App, Caller, InvokeFrom


async def service_caller(runtime: Runtime, app: App, user: str | None) -> Caller:
    """The end user `user` of the app; nobody named is the shared anonymous one."""
    end_users = await runtime.services.get(EndUsers)
    end_user = await end_users.resolve(tenant_id=app.tenant_id, app_id=app.id, session_id=user)
    return Caller(
        id=end_user.id,
        role="end_user",
        invoke_from=InvokeFrom.SERVICE_API,
        session_id=end_user.session_id,
        name=end_user.name or "",
    )
