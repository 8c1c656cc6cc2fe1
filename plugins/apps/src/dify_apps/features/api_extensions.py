"""API extensions: a workspace's own server, asked at fixed points of a run."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from dify_database import Database
from dify_runtime_sdk import Services
from dify_runtime_sdk.egress import Egress, EgressError, Limits
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.secrets import DecryptionError, TenantSecrets

from ..tables.extensions import API_BASED_EXTENSIONS

if TYPE_CHECKING:
    import httpx

_LIMITS: Final = Limits(connect=3.0, read=60.0, response_bytes=1 << 20, retries=0)


class ExtensionError(InvalidParam):
    """400: an API extension is not there, cannot be reached, or answers what it must not."""


class ApiExtensions:
    """Asks API extensions. Their addresses are the workspace's: requests go by the untrusted policy."""

    def __init__(self, services: Services, database: Database, secrets: TenantSecrets) -> None:
        self._services = services
        self._database = database
        self._secrets = secrets

    async def ask(
        self, extension_id: str | None, point: str, parameters: Mapping[str, Any], *, tenant_id: str
    ) -> Mapping[str, Any]:
        """What the extension answers at a point (`app.moderation.input`); raises `ExtensionError`."""
        row = await self._row(extension_id, tenant_id)
        try:
            key = await self._secrets.decrypt(tenant_id, row.api_key)
        except DecryptionError as error:
            raise ExtensionError(f"The key of the API extension {row.name!r} cannot be read") from error
        if not self._services.offered(Egress):
            raise ExtensionError("No plugin makes outbound requests; install dify-runtime-egress")
        client = (await self._services.get(Egress)).untrusted(limits=_LIMITS)
        return await _answer(client, row, key, {"point": point, "params": dict(parameters)})

    async def _row(self, extension_id: str | None, tenant_id: str) -> Any:
        table = API_BASED_EXTENSIONS.c
        query = select(API_BASED_EXTENSIONS).where(table.id == extension_id, table.tenant_id == tenant_id)
        row = None
        if extension_id:
            row = (await self._database.read(lambda session: session.execute(query))).first()
        if row is None:
            raise ExtensionError(f"There is no API extension {extension_id!r}")
        return row


async def _answer(client: "httpx.AsyncClient", row: Any, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    import httpx  # comes with the egress

    try:
        response = await client.post(row.api_endpoint, json=body, headers={"Authorization": f"Bearer {key}"})
    except (EgressError, httpx.HTTPError, httpx.InvalidURL) as error:
        reason = error.message if isinstance(error, EgressError) else type(error).__name__
        raise ExtensionError(f"The API extension {row.name!r} cannot be asked: {reason}") from error
    if response.status_code != httpx.codes.OK:
        raise ExtensionError(f"The API extension {row.name!r} answers with the status {response.status_code}")
    try:
        answer = json.loads(response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ExtensionError(f"The API extension {row.name!r} answers no JSON object")
    return answer
