"""Making the events of nodes from executions and results."""

from collections.abc import Mapping
from typing import Any

from dify_runtime_sdk.workflow import (
    NodeResult,
    NodeRunAgentLog,
    NodeRunException,
    NodeRunFailed,
    NodeRunPauseRequested,
    NodeRunRetrieverResource,
    NodeRunRetry,
    NodeRunStarted,
    NodeRunStreamChunk,
    NodeRunSucceeded,
    PauseReason,
    Selector,
)

from ..graph import GraphNode
from .execution import Execution
from .frame import Frame


def common(execution: Execution) -> dict[str, Any]:
    """The fields that all events of an execution share."""
    node, place = execution.node, execution.frame.place
    return {
        "id": execution.id,
        "node_id": node.id,
        "node_type": node.type,
        "node_version": node.version,
        "in_iteration_id": place.in_iteration_id,
        "in_loop_id": place.in_loop_id,
        "iteration_index": place.iteration_index,
        "loop_index": place.loop_index,
    }


def started(execution: Execution) -> NodeRunStarted:
    """The node begins."""
    return NodeRunStarted(
        **common(execution),
        node_title=execution.node.title,
        start_at=execution.start_at,
        predecessor_node_id=execution.predecessor,
        extras=execution.node.extras,
    )


def succeeded(execution: Execution, result: NodeResult, at: float) -> NodeRunSucceeded:
    """The node has its outputs."""
    return NodeRunSucceeded(**common(execution), result=result, start_at=execution.start_at, finished_at=at)


def failed(execution: Execution, result: NodeResult, at: float) -> NodeRunFailed:
    """The node failed, and its frame with it."""
    return NodeRunFailed(
        **common(execution), result=result, start_at=execution.start_at, finished_at=at, error=result.error
    )


def excepted(execution: Execution, result: NodeResult, at: float) -> NodeRunException:
    """The node failed, and its strategy stands in."""
    return NodeRunException(
        **common(execution), result=result, start_at=execution.start_at, finished_at=at, error=result.error
    )


def retried(execution: Execution, result: NodeResult) -> NodeRunRetry:
    """The node runs again; `result` is the failed attempt's."""
    return NodeRunRetry(
        **common(execution),
        error=result.error,
        retry_index=execution.attempt - 1,
        start_at=execution.start_at,
        result=result,
    )


def pause_requested(execution: Execution, reason: PauseReason) -> NodeRunPauseRequested:
    """The node waits for something outside."""
    return NodeRunPauseRequested(**common(execution), reason=reason)


def noted(execution: Execution, note: Mapping[str, Any]) -> NodeRunRetrieverResource | NodeRunAgentLog:
    """What a node told by `retrieved` or `log`."""
    if "resources" in note:
        return NodeRunRetrieverResource(
            **common(execution), retriever_resources=note["resources"], context=note["context"]
        )
    return NodeRunAgentLog(**common(execution), **note)


def chunk(
    frame: Frame, node: GraphNode, execution_id: str, selector: Selector, text: str, *, final: bool
) -> NodeRunStreamChunk:
    """A piece of a response; it tells its containers, but no round of them, as in Dify."""
    return NodeRunStreamChunk(
        id=execution_id,
        node_id=node.id,
        node_type=node.type,
        node_version=node.version,
        in_iteration_id=frame.place.in_iteration_id,
        in_loop_id=frame.place.in_loop_id,
        selector=selector,
        chunk=text,
        is_final=final,
    )
