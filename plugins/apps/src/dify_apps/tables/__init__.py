"""The tables of apps, one module per area; all share the metadata of `metadata`."""

from . import annotations, apps, messages, runs, workflows
from .metadata import METADATA

__all__ = ["METADATA", "annotations", "apps", "messages", "runs", "workflows"]
