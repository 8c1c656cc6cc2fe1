"""What follows a failure: the outputs that stand in, and the edges that are taken."""

from dataclasses import replace
from typing import Final

from dify_runtime_sdk.workflow import DEFAULT_HANDLE, NodeError, NodeResult, NodeStatus

from ..graph import GraphNode

FAIL_BRANCH: Final = "fail-branch"
"""The strategy, and the handle of the edges it takes."""
UNCAUGHT: Final = "WorkflowNodeError"
"""The error type of what a node did not mean to raise."""


def stand_in(node: GraphNode, failed: NodeResult) -> NodeResult | None:
    """The result that the run goes on with after a failure, None when the node has no strategy for it."""
    if node.strategy is None:
        return None
    outputs = {
        **failed.outputs,
        **node.defaults,
        "error_message": failed.error,
        "error_type": failed.error_type,
    }
    handle = FAIL_BRANCH if node.strategy == FAIL_BRANCH else DEFAULT_HANDLE
    metadata = {**failed.metadata, "error_strategy": node.strategy}
    return replace(failed, outputs=outputs, status=NodeStatus.EXCEPTION, handle=handle, metadata=metadata)


def message_of(error: BaseException) -> str:
    """What an exception says; its name where it says nothing."""
    return error.message if isinstance(error, NodeError) else str(error) or type(error).__name__


def failure(error: str, error_type: str = UNCAUGHT) -> NodeResult:
    """The result of an attempt that failed before it had one."""
    return NodeResult(status=NodeStatus.FAILED, error=error, error_type=error_type)
