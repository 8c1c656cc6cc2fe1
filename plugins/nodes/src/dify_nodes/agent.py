"""The node `agent`: a strategy of a plugin works with a model and tools until it has an answer."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import Field, field_validator

from dify_runtime_sdk.agents import AgentError, AgentStrategies, StrategyId, StrategyInvocation, StrategySchema
from dify_runtime_sdk.models import ModelUsage
from dify_runtime_sdk.tools import JsonMessage, LogMessage, ToolError, ToolMessage
from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeError, NodeResult

from .agent_parameters import AgentParameter
from .models.answers import totals
from .models.config import MemoryConfig
from .streams import closing
from .tool_inputs import ToolInput, usable_inputs
from .tool_messages import Gathered


class AgentConfig(NodeConfig):
    """Runs an agent strategy."""

    agent_strategy_provider_name: str
    agent_strategy_name: str
    agent_strategy_label: str = ""
    agent_parameters: dict[str, ToolInput] = Field(default_factory=dict)
    memory: MemoryConfig | None = None
    plugin_unique_identifier: str | None = None

    @field_validator("agent_parameters", mode="before")
    @classmethod
    def _drop_unusable(cls, value: Any) -> Any:
        return usable_inputs(value)

    @property
    def strategy(self) -> StrategyId:
        """The strategy as the service knows it."""
        return StrategyId(
            provider=self.agent_strategy_provider_name,
            name=self.agent_strategy_name,
            plugin_unique_identifier=self.plugin_unique_identifier,
        )


class AgentNode(Node[AgentConfig]):
    """Runs a strategy; its texts are streamed, its steps are told as they come."""

    type = "agent"
    config_type = AgentConfig

    def __init__(self, id: str, config: AgentConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._parameters = [AgentParameter(name, entry) for name, entry in config.agent_parameters.items()]

    def started_extras(self) -> Mapping[str, Any]:
        """Which strategy is at work; its icon is for the console to look up."""
        return {"agent_strategy": {"name": self.config.agent_strategy_name, "icon": None}}

    async def run(self, context: NodeContext) -> NodeResult:
        """Complete the parameters, run the strategy, gather; raises `NodeError`."""
        inputs = {parameter.name: parameter.logged(context) for parameter in self._parameters}
        strategies = await context.services.get(AgentStrategies)
        gathered = Gathered(context, self.id)
        try:
            schema = await strategies.schema(self.config.strategy, tenant_id=context.run.tenant_id)
            call = self._invocation(await self._completed(schema, context), context)
            async with closing(strategies.invoke(call)) as messages:
                async for message in messages:
                    _take(message, gathered, context)
        except (AgentError, ToolError) as error:
            failure = f"Failed to run agent strategy {self.config.agent_strategy_name}: {error.message}"
            raise NodeError(
                failure,
                error_type="AgentInvocationError",
                inputs=inputs,
                metadata=_metadata(gathered),
                hint=error.hint,
            ) from error
        except NodeError as error:
            error.inputs, error.metadata = inputs, _metadata(gathered)
            raise
        gathered.finish()
        return NodeResult(outputs=_outputs(gathered), inputs=inputs, metadata=_metadata(gathered))

    async def _completed(self, schema: StrategySchema, context: NodeContext) -> dict[str, Any]:
        """A value for every declared parameter, and null for those that the strategy does not know."""
        declared = {parameter.name: parameter for parameter in schema.parameters}
        values = {name: one.default for name, one in declared.items() if one.default is not None}
        for given in self._parameters:
            parameter = declared.get(given.name)
            values[given.name] = (
                None if parameter is None else await given.value(parameter, self.config.memory, context)
            )
        return values

    def _invocation(self, parameters: Mapping[str, Any], context: NodeContext) -> StrategyInvocation:
        run = context.run
        return StrategyInvocation(
            strategy=self.config.strategy,
            parameters=parameters,
            tenant_id=run.tenant_id,
            user_id=run.user_id,
            app_id=run.app_id,
            conversation_id=run.conversation_id,
            message_id=str(run.extras.get("message_id") or ""),
            extras=run.extras,
        )


def _take(message: ToolMessage, gathered: Gathered, context: NodeContext) -> None:
    """Gather one message; steps are told at once, and the cost is taken out of the values."""
    if isinstance(message, LogMessage):
        context.log(
            message.id,
            message.label,
            message.status,
            parent_id=message.parent_id,
            error=message.error,
            data=message.data,
            metadata=message.metadata,
        )
    if isinstance(message, JsonMessage) and isinstance(message.value, Mapping):
        value = dict(message.value)
        cost = value.pop("execution_metadata", None)
        if isinstance(cost, Mapping):
            gathered.add_usage(_usage(cost))
            if value:
                gathered.take(JsonMessage(value=value))
            return
    gathered.take(message)


def _usage(cost: Mapping[str, Any]) -> ModelUsage:
    """The cost that a strategy reports; nonsense in it counts as nothing."""
    fields: dict[str, Any] = {}
    for name, default in ModelUsage().to_json().items():
        value = cost.get(name)
        if isinstance(default, str) and name != "currency":
            fields[name] = _decimal(value)
        elif isinstance(default, int) and not isinstance(value, bool) and isinstance(value, int):
            fields[name] = value
        elif isinstance(default, float) and isinstance(value, int | float):
            fields[name] = float(value)
    return ModelUsage(**fields, currency=str(cost.get("currency") or "USD"))


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def _outputs(gathered: Gathered) -> dict[str, Any]:
    """The outputs of the node; its steps come before the values in `json`."""
    said = gathered.outputs()
    usage = gathered.usage or ModelUsage()
    outputs = {
        "text": said.pop("text"),
        "usage": usage.to_json(),
        "files": said.pop("files"),
        "json": [*gathered.steps(), *said.pop("json")],
    }
    return outputs | said


def _metadata(gathered: Gathered) -> dict[str, Any]:
    metadata: dict[str, Any] = {} if gathered.usage is None else totals(gathered.usage)
    if gathered.logs:
        metadata["agent_log"] = gathered.steps()
    return metadata
