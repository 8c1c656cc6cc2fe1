"""The node `http-request`: one HTTP request to wherever the graph says, through the guarded egress."""

from .node import HttpRequestNode

__all__ = ["HttpRequestNode"]
