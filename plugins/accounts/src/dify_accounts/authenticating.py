"""Who calls the Service API: the key in the header `Authorization`."""

from typing import Final

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import Forbidden, Identity, RequestContext, Unauthorized

from .api import ApiKey, ApiKeys

OWNER: Final = "account"
"""The kind of user that calls without one run as."""


class ServiceAuthenticator:
    """Takes API keys of apps and of datasets.

    An identity with `app_id` is that of an app's key, one without is that of a dataset key: routes take either.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def authenticate(self, context: RequestContext) -> Identity:
        """The workspace, and the app, that the key opens; the user is the workspace's owner."""
        token = _token(context.request.headers.get("Authorization"))
        key = await (await self._runtime.services.get(ApiKeys)).find(token)
        if key is None:
            raise Unauthorized("Access token is invalid")
        return _identity(key)


def _token(header: str | None) -> str:
    scheme, space, token = (header or "").partition(" ")
    if not space:
        raise Unauthorized("Authorization header must be provided and start with 'Bearer'")
    if scheme.lower() != "bearer":
        raise Unauthorized("Authorization scheme must be 'Bearer'")
    return token.strip()


def _identity(key: ApiKey) -> Identity:
    if key.tenant_status == "archive":
        raise Forbidden("The workspace's status is archived.")
    if key.owner_id is None:
        raise Unauthorized("Tenant owner account does not exist or is not active.")
    return Identity(tenant_id=key.tenant_id, user_id=key.owner_id, user_type=OWNER, app_id=key.app_id)
