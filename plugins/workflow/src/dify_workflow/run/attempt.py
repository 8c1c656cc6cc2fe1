"""Running a node's code: whatever it does, there is one outcome."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Interceptors
from dify_runtime_sdk.workflow import NodeCall, NodeError, NodeResult, NodeStatus, PauseReason

from ..state.strategies import UNCAUGHT, failure
from ..state.values import checked

if TYPE_CHECKING:
    from ..graph import GraphNode
    from .context import Context

type Ended = NodeResult | PauseReason


async def attempt(node: "GraphNode", context: "Context", interceptors: Interceptors | None) -> Ended:
    """Run one attempt; failures of any kind come back as a result with the status `failed`.

    Only a cancellation from outside and the request to leave the process pass through.
    """
    try:
        if interceptors is None:
            ended = await node.node.run(context)
        else:
            ended = await interceptors.run(NodeCall(node.node, context), _proceed)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return _failed(error)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        return _failed(error)
    return _accepted(ended)


async def _proceed(call: NodeCall) -> Ended:
    return await call.node.run(call.context)


def _accepted(ended: Any) -> Ended:
    if isinstance(ended, PauseReason):
        return ended
    if not isinstance(ended, NodeResult):
        return failure(f"the node gave {type(ended).__name__} instead of a NodeResult")
    return _valid(ended)


def _valid(result: NodeResult) -> NodeResult:
    try:
        _check(result)
    except (TypeError, RecursionError) as error:
        return failure(f"the node gave what is no value of a workflow: {error}")
    if result.status is not NodeStatus.SUCCEEDED:
        result.status = NodeStatus.FAILED
        result.error = result.error or "the node failed and does not say why"
        result.error_type = result.error_type or UNCAUGHT
    return result


def _check(result: NodeResult) -> None:
    if result.outputs:
        result.outputs = checked(result.outputs)
    if result.inputs:
        result.inputs = checked(result.inputs)
    if result.process_data:
        result.process_data = checked(result.process_data)
    if result.metadata:
        result.metadata = checked(result.metadata)


def _failed(error: BaseException) -> NodeResult:
    if isinstance(error, NodeError):
        return _valid(
            NodeResult(
                outputs=_mapping(error.outputs),
                inputs=_mapping(error.inputs),
                process_data=_mapping(error.process_data),
                metadata=_mapping(error.metadata),
                status=NodeStatus.FAILED,
                error=error.message,
                error_type=error.error_type,
            )
        )
    return failure(str(error) or type(error).__name__)


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}
