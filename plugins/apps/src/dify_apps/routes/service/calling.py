"""Who calls which app."""

from typing import Any, Self

from pydantic import BaseModel, model_validator

from dify_runtime_sdk.http import Forbidden, Identity, InvalidParam, RequestContext, Unauthorized

from ...api import App, Caller
from ...callers import service_caller
from ...reading import AppReader

NO_USER = "Arg user must be provided."


class UserPayload(BaseModel):
    """A body that must name the end user; that it does is checked before anything else, as in Dify."""

    user: str

    @model_validator(mode="before")
    @classmethod
    def _user_first(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not data.get("user"):
            raise InvalidParam(NO_USER)
        return data


class OptionalUserPayload(BaseModel):
    """A body or query that may name the end user."""

    user: str | None = None


class UserQuery(BaseModel):
    """A query that must name the end user."""

    user: str | None = None

    @model_validator(mode="after")
    def _user(self) -> Self:
        if not self.user:
            raise InvalidParam(NO_USER)
        return self


def app_identity(context: RequestContext) -> tuple[Identity, str, str]:
    """The identity of an app's key, with the app and the tenant; raises `Unauthorized` for keys of datasets."""
    identity = context.identity
    if identity is None or identity.app_id is None or identity.tenant_id is None:
        raise Unauthorized("Access token is invalid")
    return identity, identity.app_id, identity.tenant_id


async def app_of(context: RequestContext) -> App:
    """The app of the request's key; raises `Forbidden` when it is gone or switched off."""
    _, app_id, tenant_id = app_identity(context)
    app = await (await context.runtime.services.get(AppReader)).get(app_id, tenant_id=tenant_id)
    if app is None:
        raise Forbidden("The app no longer exists.")
    if app.status != "normal":
        raise Forbidden("The app's status is abnormal.")
    if not app.enable_api:
        raise Forbidden("The app's API service has been disabled.")
    return app


class AppGate:
    """Refuses uploads for apps that answer no other request either; satisfies `UploadGate`."""

    async def check(self, context: RequestContext) -> None:
        """Raises what `app_of` raises."""
        await app_of(context)


async def caller_of(context: RequestContext, app: App, user: str | None) -> Caller:
    """The end user that the request names; nobody named is the shared anonymous one."""
    return await service_caller(context.runtime, app, user)
