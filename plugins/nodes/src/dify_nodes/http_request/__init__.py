"""The node `http-request`: one HTTP request to wherever the graph says, through the guarded egress."""

from .node import HttpLimits, HttpRequestNode

__all__ = ["HttpLimits", "HttpRequestNode"]
