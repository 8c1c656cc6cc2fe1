"""External data tools: values of input variables that are fetched before the prompt is made."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from dify_foundation import CodeBasedExtensions
from dify_runtime_sdk import Services, UnknownNameError
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.workflow import to_json

from ..api import App
from .api_extensions import ApiExtensions, ExtensionError


class ExternalData:
    """Fetches the values of an app's external data tools."""

    def __init__(self, services: Services, extensions: ApiExtensions) -> None:
        self._services = services
        self._extensions = extensions

    async def fetch(
        self, tools: Sequence[Mapping[str, Any]], app: App, inputs: Mapping[str, Any], query: str
    ) -> dict[str, str]:
        """The values by variable, fetched at once; raises what the first tool raises that fails."""
        if not tools:
            return {}
        values = await asyncio.gather(*[self._one(tool, app, inputs, query) for tool in tools])
        return dict(zip((str(tool["variable"]) for tool in tools), values, strict=True))

    async def _one(self, tool: Mapping[str, Any], app: App, inputs: Mapping[str, Any], query: str) -> str:
        if tool["type"] == "api":
            return await self._from_api(tool, app, inputs, query)
        if not self._services.offered(CodeBasedExtensions):
            raise InvalidParam(f"There is no external data tool of the type {tool['type']!r}")
        extensions = await self._services.get(CodeBasedExtensions)
        try:
            target = extensions.get("external_data_tool", str(tool["type"]))
        except UnknownNameError:
            raise InvalidParam(f"There is no external data tool of the type {tool['type']!r}") from None
        made = target(tenant_id=app.tenant_id, app_id=app.id, variable=str(tool["variable"]), config=tool["config"])
        return await made.query(inputs, query)

    async def _from_api(self, tool: Mapping[str, Any], app: App, inputs: Mapping[str, Any], query: str) -> str:
        asked = {"app_id": app.id, "tool_variable": tool["variable"], "inputs": to_json(dict(inputs)), "query": query}
        extension_id = tool["config"].get("api_based_extension_id")
        answer = await self._extensions.ask(
            extension_id, "app.external_data_tool.query", asked, tenant_id=app.tenant_id
        )
        result = answer.get("result")
        if not isinstance(result, str):
            raise ExtensionError(f"The external data tool {tool['variable']!r} answers without a text `result`")
        return result
