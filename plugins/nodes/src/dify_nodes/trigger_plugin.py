"""The node `trigger-plugin`: begins a run at an event of a plugin."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult

from .roots import system_variables


class EventParameter(BaseModel):
    """A parameter of the subscription to the event."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["constant"] = "constant"
    value: Any = None


class TriggerPluginConfig(NodeConfig):
    """The `data` of a trigger-plugin node."""

    plugin_id: str
    provider_id: str
    event_name: str
    subscription_id: str
    plugin_unique_identifier: str
    event_parameters: dict[str, EventParameter] = Field(default_factory=dict)


class TriggerPluginNode(Node[TriggerPluginConfig]):
    """Outputs: the payload of the event, and every system variable as `sys.<name>`."""

    type = "trigger-plugin"
    kind = NodeKind.ROOT
    config_type = TriggerPluginConfig

    async def run(self, context: NodeContext) -> NodeResult:
        """Put out the payload."""
        outputs = {**context.inputs, **system_variables(context)}
        config = self.config
        info = {
            "provider_id": config.provider_id,
            "event_name": config.event_name,
            "plugin_unique_identifier": config.plugin_unique_identifier,
        }
        return NodeResult(inputs=outputs, outputs=outputs, metadata={"trigger_info": info})
