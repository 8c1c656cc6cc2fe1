"""The node `trigger-webhook`: begins a run at an HTTP request."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult

from .roots import system_variables

type Method = Annotated[
    Literal["get", "post", "head", "patch", "put", "delete"],
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
]
type ContentType = Literal[
    "application/json",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/octet-stream",
]
type BodyType = Literal[
    "string",
    "number",
    "boolean",
    "object",
    "array[string]",
    "array[number]",
    "array[boolean]",
    "array[object]",
    "file",
]

_RAW: Final = ("text/plain", "application/octet-stream")
"""Content types whose body is one value."""


class WebhookParameter(BaseModel):
    """A header or a query parameter."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    required: bool = False


class WebhookBodyParameter(WebhookParameter):
    """A field of the body."""

    type: BodyType = "string"


class TriggerWebhookConfig(NodeConfig):
    """The `data` of a trigger-webhook node; whoever takes the request checks it against this and answers by it."""

    method: Method = "get"
    content_type: ContentType = "application/json"
    headers: list[WebhookParameter] = Field(default_factory=list)
    params: list[WebhookParameter] = Field(default_factory=list)
    body: list[WebhookBodyParameter] = Field(default_factory=list)
    status_code: int = 200
    response_body: str | None = ""
    timeout: int = Field(30, description="Seconds.")
    async_mode: bool = True
    webhook_id: str | None = None


class TriggerWebhookNode(Node[TriggerWebhookConfig]):
    """Outputs: every declared header, parameter and field of the body, `_webhook_raw`, and `sys.<name>`.

    The input `webhook_data` holds the request: `headers`, `query_params`, `body`, `files`.
    """

    type = "trigger-webhook"
    kind = NodeKind.ROOT
    config_type = TriggerWebhookConfig

    async def run(self, context: NodeContext) -> NodeResult:
        """Take the request apart."""
        system = system_variables(context)
        raw = context.inputs.get("webhook_data")
        request: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        outputs = self._headers(request) | self._params(request) | self._body(request)
        outputs["_webhook_raw"] = request
        outputs.update(system)
        return NodeResult(inputs={**context.inputs, **system}, outputs=outputs)

    def _headers(self, request: Mapping[str, Any]) -> dict[str, Any]:
        sent = {_folded(name): value for name, value in _part(request, "headers").items()}
        return {one.name.replace("-", "_"): sent.get(_folded(one.name)) for one in self.config.headers}

    def _params(self, request: Mapping[str, Any]) -> dict[str, Any]:
        sent = _part(request, "query_params")
        return {one.name: sent.get(one.name) for one in self.config.params}

    def _body(self, request: Mapping[str, Any]) -> dict[str, Any]:
        body = _part(request, "body")
        outputs = {"raw": body.get("raw")} if self.config.content_type in _RAW else {}
        files = _part(request, "files")
        for one in self.config.body:
            sent = files.get(one.name, body.get(one.name)) if one.type == "file" else body.get(one.name)
            outputs.setdefault(one.name, sent)
        return outputs


def _part(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = request.get(name)
    return part if isinstance(part, Mapping) else {}


def _folded(header: str) -> str:
    return header.replace("-", "_").lower()
