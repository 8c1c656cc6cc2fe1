"""The reference of node types, generated from a registry."""

from .pages import render_nodes

__all__ = ["render_nodes"]
