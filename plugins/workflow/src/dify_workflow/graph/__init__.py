"""Graphs: built once from the JSON of an app file, shared by all runs."""

from .build import Container, Graph
from .model import Compiled, GraphNode, Plan, Reference, ResponsePlan

__all__ = ["Compiled", "Container", "Graph", "GraphNode", "Plan", "Reference", "ResponsePlan"]
