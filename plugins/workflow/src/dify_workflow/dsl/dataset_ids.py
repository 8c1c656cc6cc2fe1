"""How files name datasets: by ids that only the workspace they come from can read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from .document import Document
from .graph import data_of


class DatasetIds(Protocol):
    """The cipher of one workspace, such as `dify_secrets` has it. Neither method waits for anything."""

    def encrypt(self, dataset_id: str, /) -> str:
        """The id as it stands in a file."""

    def decrypt(self, text: str, /) -> str | None:
        """The id that a file names: a plain UUID as it is; None for one from another workspace."""


def import_dataset_ids(document: Document, dataset_ids: DatasetIds) -> Document:
    """The document with the ids that this workspace knows its datasets by; those that it cannot read are dropped."""
    if not document.graph:
        return document
    nodes = [_imported(node, dataset_ids.decrypt) for node in document.graph.get("nodes") or ()]
    graph = {**document.graph, "nodes": nodes}
    raw = {**document.raw, "workflow": {**document.raw["workflow"], "graph": graph}}
    workflow = document.file.workflow.model_copy(update={"graph": graph}) if document.file.workflow else None
    return replace(document, raw=raw, file=document.file.model_copy(update={"workflow": workflow}))


def map_dataset_ids(data: dict[str, Any], change: Callable[[str], str | None]) -> None:
    """Change the ids of a knowledge node in place; those that become None are left out."""
    if data.get("type") == "knowledge-retrieval" and isinstance(ids := data.get("dataset_ids"), list):
        changed = [change(text) for text in ids if isinstance(text, str)]
        data["dataset_ids"] = [text for text in changed if text is not None]


def _imported(node: dict[str, Any], decrypt: Callable[[str], str | None]) -> dict[str, Any]:
    data = {**data_of(node)}
    map_dataset_ids(data, decrypt)
    return {**node, "data": data}
