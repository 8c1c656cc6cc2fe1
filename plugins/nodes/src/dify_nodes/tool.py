"""The node `tool`: one call of a tool."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from dify_runtime_sdk.tools import ToolError, ToolId, ToolInvocation, Tools, ToolSchema
from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeError, NodeResult, Template, Variables

from .models.answers import totals
from .streams import closing
from .tool_inputs import InputReader, ToolInput, usable_inputs
from .tool_messages import Gathered


class ToolConfig(NodeConfig):
    """Calls a tool and gathers what it says."""

    provider_id: str
    provider_type: Literal["builtin", "plugin", "api", "workflow", "app", "dataset-retrieval", "mcp"]
    provider_name: str = ""
    tool_name: str
    tool_label: str = ""
    tool_parameters: dict[str, ToolInput] = Field(default_factory=dict)
    tool_configurations: dict[str, Any] = Field(
        default_factory=dict, description="Parameters that the author of the app fills in: plain, or typed inputs."
    )
    tool_node_version: str | None = None
    credential_id: str | None = None
    plugin_unique_identifier: str | None = None

    @field_validator("tool_parameters", mode="before")
    @classmethod
    def _drop_unusable(cls, value: Any) -> Any:
        return usable_inputs(value)

    @field_validator("tool_configurations", mode="before")
    @classmethod
    def _drop_nulls(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return {} if value is None else value
        return {name: entry for name, entry in value.items() if entry is not None and not _is_null(entry)}

    @field_validator("tool_node_version", mode="before")
    @classmethod
    def _version_is_text(cls, value: Any) -> Any:
        return None if value is None else str(value)

    @property
    def resolves_configurations(self) -> bool:
        """Whether configurations are texts with references and typed inputs; in the oldest files they are plain."""
        return self.tool_node_version is not None or self.version != "1"

    @property
    def tool(self) -> ToolId:
        """The tool as the service knows it."""
        return ToolId(
            provider_type=self.provider_type,
            provider_id=self.provider_id,
            name=self.tool_name,
            plugin_unique_identifier=self.plugin_unique_identifier,
            credential_id=self.credential_id,
        )


def _is_null(entry: Any) -> bool:
    return isinstance(entry, Mapping) and "value" in entry and entry["value"] is None


class ToolNode(Node[ToolConfig]):
    """Calls a tool; its texts are streamed."""

    type = "tool"
    retryable = True
    config_type = ToolConfig

    def __init__(self, id: str, config: ToolConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._parameters = [InputReader(name, entry) for name, entry in config.tool_parameters.items()]
        self._configurations = dict(_configurations(config))
        provider = {"provider_type": config.provider_type, "provider_id": config.provider_id}
        self._started: Mapping[str, Any] = provider
        self._tool_info: Mapping[str, Any] = {**provider, "plugin_unique_identifier": config.plugin_unique_identifier}

    def started_extras(self) -> Mapping[str, Any]:
        """Whose tool it is."""
        return self._started

    async def run(self, context: NodeContext) -> NodeResult:
        """Fill in the parameters, call the tool, gather; raises `NodeError`."""
        metadata: dict[str, Any] = {"tool_info": dict(self._tool_info)}
        tools = await context.services.get(Tools)
        gathered = Gathered(context, self.id)
        inputs: dict[str, Any] = {}
        try:
            schema = await tools.schema(self.config.tool, tenant_id=context.run.tenant_id)
            inputs = self._logged(schema, context.variables)
            call = self._invocation(schema, context)
            async with closing(tools.invoke(call)) as messages:
                async for message in messages:
                    gathered.take(message)
        except ToolError as error:
            failure = f"Failed to invoke tool {self.config.tool_name}: {error.message}"
            raise NodeError(
                failure, error_type="ToolInvokeError", inputs=inputs, metadata=metadata, hint=error.hint
            ) from error
        except NodeError as error:
            error.inputs, error.metadata = inputs, metadata
            raise
        gathered.finish()
        if gathered.usage is not None:
            metadata |= totals(gathered.usage)
        if gathered.logs:
            metadata["agent_log"] = gathered.steps()
        return NodeResult(outputs=gathered.outputs(), inputs=inputs, metadata=metadata)

    def _invocation(self, schema: ToolSchema, context: NodeContext) -> ToolInvocation:
        variables, run = context.variables, context.run
        configured = {name: _configured(entry, variables) for name, entry in self._configurations.items()}
        return ToolInvocation(
            tool=self.config.tool,
            parameters=configured | self._resolved(schema, variables),
            tenant_id=run.tenant_id,
            user_id=run.user_id,
            app_id=run.app_id,
            conversation_id=run.conversation_id,
            invoke_from=run.invoke_from,
            call_depth=run.call_depth,
        )

    def _resolved(self, schema: ToolSchema, variables: Variables) -> dict[str, Any]:
        declared = {parameter.name: parameter for parameter in schema.parameters}
        values: dict[str, Any] = {}
        for reader in self._parameters:
            parameter = declared.get(reader.name)
            if parameter is None:
                values[reader.name] = None
            elif parameter.required or not reader.is_missing(variables):
                values[reader.name] = reader.read(variables)
        return values

    def _logged(self, schema: ToolSchema, variables: Variables) -> dict[str, Any]:
        secret = {parameter.name for parameter in schema.parameters if parameter.type == "secret-input"}
        present = [reader for reader in self._parameters if not reader.is_missing(variables)]
        return {one.name: "*" * 20 if one.name in secret else one.logged(variables) for one in present}


type _Configured = InputReader | Template | Any


def _configurations(config: ToolConfig) -> list[tuple[str, _Configured]]:
    """What each configuration is read from: typed inputs and texts where they are resolved, else the value."""
    if not config.resolves_configurations:
        return list(config.tool_configurations.items())
    return [(name, _parsed(name, entry)) for name, entry in config.tool_configurations.items()]


def _parsed(name: str, entry: Any) -> _Configured:
    if isinstance(entry, Mapping) and "type" in entry and "value" in entry:
        return InputReader(name, ToolInput.model_validate(entry))
    return Template.parse(entry) if isinstance(entry, str) else entry


def _configured(entry: _Configured, variables: Variables) -> Any:
    if isinstance(entry, InputReader):
        return None if entry.is_missing(variables) else entry.read(variables)
    return variables.render(entry) if isinstance(entry, Template) else entry
