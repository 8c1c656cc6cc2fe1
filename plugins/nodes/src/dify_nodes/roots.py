"""What root nodes have in common."""

from typing import Any

from dify_runtime_sdk.workflow import NodeContext


def system_variables(context: NodeContext) -> dict[str, Any]:
    """The system variables under the names by which root nodes put them out: `sys.query` and so on."""
    return {f"sys.{name}": value for name, value in context.variables.namespace("sys").items()}
