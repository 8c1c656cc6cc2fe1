"""What a node gives back: a result, a pause, or an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from ..errors import DifyRuntimeError

DEFAULT_HANDLE: Final = "source"
"""The handle of the edges that leave a node which does not branch."""


class NodeStatus(StrEnum):
    """How an execution of a node ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXCEPTION = "exception"
    PAUSED = "paused"


@dataclass(slots=True, kw_only=True)
class NodeResult:
    """The outcome of one execution. All mappings hold values of a workflow (JSON and files).

    `outputs` go to the variables, under the node's id. `inputs` and `process_data` are what a log shows. `metadata`
    may hold `total_tokens` (int), `total_price` (decimal text), `currency` and what a node type documents. `handle`
    is the branch that a branching node chose. The engine fills `error` and `error_type` of a failed attempt.
    """

    outputs: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    process_data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    handle: str = DEFAULT_HANDLE
    status: NodeStatus = NodeStatus.SUCCEEDED
    error: str = ""
    error_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReason:
    """Why a run stands still: a node waits for a human, or a command asked for it.

    `form` is what the human is shown and asked (JSON), None where nobody is asked through this server. The answer comes
    back as the variable `form_id` of the node, and the node runs again.
    """

    type: Literal["human_input_required", "scheduled_pause"]
    message: str = ""
    node_id: str | None = None
    form_id: str | None = None
    form: Mapping[str, Any] | None = None


class WorkflowError(DifyRuntimeError):
    """A workflow cannot be built or run; names the node and the field."""

    code = "workflow_error"


class NodeError(WorkflowError):
    """A node failed; its error strategy decides what follows.

    `error_type` is what `{{#node.error_type#}}` shows; default: the name of the class. The mappings are what the
    attempt leaves to the log, and `outputs` also to an error strategy.
    """

    code = "node_failed"

    def __init__(
        self,
        message: str,
        *,
        error_type: str | None = None,
        outputs: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Any] | None = None,
        process_data: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.error_type = error_type or type(self).__name__
        self.outputs = outputs or {}
        self.inputs = inputs or {}
        self.process_data = process_data or {}
        self.metadata = metadata or {}
