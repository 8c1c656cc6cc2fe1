"""The node `human-input`: pauses a run until somebody has decided."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dify_runtime_sdk.workflow import (
    Node,
    NodeConfig,
    NodeContext,
    NodeKind,
    NodeResult,
    PauseReason,
    Selector,
    Template,
    Variables,
)
from dify_runtime_sdk.workflow.results import DEFAULT_HANDLE

from .human_forms import FormInput, new_token, stated

TIMEOUT_HANDLE: Final = "__timeout"
"""The branch of a form that nobody has answered in time."""
_SECONDS: Final = {"hour": 3600, "day": 86_400}
_HANDLE_KEYS: Final = (
    "edge_source_handle",
    "edgeSourceHandle",
    "source_handle",
    "sourceHandle",
    "selected_branch",
    "selectedBranch",
    "branch",
    "branch_id",
    "branchId",
    "handle",
)


class UserAction(BaseModel):
    """A button of the form; its id names the branch that the run takes."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    title: str = ""
    button_style: str = "default"


class DeliveryMethod(BaseModel):
    """A way in which a form reaches somebody; this server serves `webapp`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str
    enabled: bool = True


class HumanInputConfig(NodeConfig):
    """The `data` of a human-input node: with `user_actions` it asks by a form, else it waits for variables."""

    form_content: str = Field("", description="What the form says; `{{#$output.name#}}` stands for a field.")
    inputs: list[FormInput] = Field(default_factory=list, description="The fields; each becomes an output.")
    user_actions: list[UserAction] = Field(default_factory=list, description="The buttons; each is a branch.")
    delivery_methods: list[DeliveryMethod] | None = Field(None, description="None given: by the web app.")
    timeout: int = Field(3, ge=1, description="After that the branch `__timeout` is taken.")
    timeout_unit: Literal["hour", "day"] = "day"
    required_variables: list[str] = Field(default_factory=list, description="As `node.variable`.")
    pause_reason: str | None = None

    @property
    def by_web_app(self) -> bool:
        """Whether the form can be answered through this server."""
        methods = self.delivery_methods
        return methods is None or any(one.type == "webapp" and one.enabled for one in methods)


class HumanInputNode(Node[HumanInputConfig]):
    """Asks by a form and takes the branch of the button; or goes on when all required variables exist."""

    type = "human-input"
    kind = NodeKind.BRANCH
    config_type = HumanInputConfig

    def __init__(self, id: str, config: HumanInputConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        self._required: tuple[Selector, ...] = tuple(tuple(one.split(".")) for one in config.required_variables)
        self._content = Template.parse(config.form_content)

    async def run(self, context: NodeContext) -> NodeResult | PauseReason:
        """Pause, or take the branch that was chosen."""
        if self.config.user_actions:
            answer = context.variables.get((self.id, context.execution_id))
            return self._ask(context) if answer is None else self._answered(answer, context.variables)
        return self._wait(context.variables)

    def _ask(self, context: NodeContext) -> PauseReason:
        """The pause, with the form as somebody is shown it; the answer comes back under the id of this execution."""
        config, variables = self.config, context.variables
        expires = int(context.now()) + config.timeout * _SECONDS[config.timeout_unit]
        form = {
            "node_title": config.title,
            "form_content": variables.render(self._content),
            "inputs": [stated(one, variables) for one in config.inputs],
            "actions": [one.model_dump() for one in config.user_actions],
            "resolved_default_values": {
                one.output_variable_name: text for one in config.inputs if (text := one.resolved(variables)) is not None
            },
            "form_token": new_token() if config.by_web_app else None,
            "expiration_time": expires,
        }
        return self._pause(context.execution_id, form)

    def _answered(self, answer: Mapping[str, Any], variables: Variables) -> NodeResult:
        if answer.get("timeout"):
            outputs = {"__action_id": "", "__rendered_content": variables.render(self._content)}
            return NodeResult(outputs=outputs, handle=TIMEOUT_HANDLE)
        given, chosen = answer["inputs"], answer["action"]
        outputs = {**given, "__action_id": chosen, "__rendered_content": answer["rendered_content"]}
        return NodeResult(inputs=given, outputs=outputs, handle=chosen)

    def _wait(self, variables: Variables) -> NodeResult | PauseReason:
        if not self._required or not all(variables.has(selector) for selector in self._required):
            return self._pause(f"{self.id}_form", None)
        inputs = {".".join(selector): variables.get(selector) for selector in self._required}
        return NodeResult(inputs=inputs, handle=self._handle(variables))

    def _pause(self, form_id: str, form: Mapping[str, Any] | None) -> PauseReason:
        message = self.config.pause_reason or ""
        return PauseReason(type="human_input_required", message=message, node_id=self.id, form_id=form_id, form=form)

    def _handle(self, variables: Variables) -> str:
        chosen = [variables.get((self.id, key)) for key in _HANDLE_KEYS]
        defaults = {one.key: one.value for one in self.config.default_value or ()}
        candidates: list[Any] = [*chosen, *(defaults.get(key) for key in _HANDLE_KEYS)]
        return next((one for one in candidates if isinstance(one, str) and one), DEFAULT_HANDLE)
