"""The built-in node types of workflows and chatflows, as contributions to the engine."""

from .settings import NodesSettings

__all__ = ["NodesSettings"]
