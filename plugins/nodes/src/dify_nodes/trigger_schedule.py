"""The node `trigger-schedule`: begins a run at set times."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import Node, NodeConfig, NodeContext, NodeKind, NodeResult

from .roots import system_variables

type MonthDay = Annotated[int, Field(ge=1, le=31)] | Literal["last"]


class VisualSchedule(BaseModel):
    """A schedule as the editor's form says it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    on_minute: int | None = Field(0, ge=0, le=59, description="For `hourly`.")
    time: str | None = Field("12:00 AM", description="For the other frequencies.")
    weekdays: list[Literal["sun", "mon", "tue", "wed", "thu", "fri", "sat"]] | None = None
    monthly_days: list[MonthDay] | None = None


class TriggerScheduleConfig(NodeConfig):
    """The `data` of a trigger-schedule node; whoever starts runs by it reads it."""

    mode: Literal["visual", "cron"] = "visual"
    frequency: Literal["hourly", "daily", "weekly", "monthly"] | None = None
    cron_expression: str | None = None
    visual_config: VisualSchedule | None = None
    timezone: str = "UTC"


class TriggerScheduleNode(Node[TriggerScheduleConfig]):
    """Outputs: the inputs of the run, and every system variable as `sys.<name>`, `sys.timestamp` among them."""

    type = "trigger-schedule"
    kind = NodeKind.ROOT
    config_type = TriggerScheduleConfig

    async def run(self, context: NodeContext) -> NodeResult:
        """Put out the system variables."""
        outputs = {**context.inputs, **system_variables(context)}
        return NodeResult(inputs=outputs, outputs=outputs)
