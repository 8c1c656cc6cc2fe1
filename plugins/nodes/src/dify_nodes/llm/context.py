"""Knowledge in the prompt: the text for `{{#context#}}`, and whom to thank for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dify_runtime_sdk.workflow import NodeContext, NodeError, Variables

from .config import ContextConfig

_AS_IS: Final = (
    "position",
    "dataset_id",
    "dataset_name",
    "document_id",
    "document_name",
    "data_source_type",
    "segment_id",
    "retriever_from",
    "score",
    "segment_position",
    "page",
    "doc_metadata",
)
_RENAMED: Final = {
    "hit_count": "segment_hit_count",
    "word_count": "segment_word_count",
    "index_node_hash": "segment_index_node_hash",
}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The text for the prompt, and the resources that it was made of."""

    text: str
    resources: Sequence[Mapping[str, Any]] = ()


def knowledge_of(config: ContextConfig, variables: Variables) -> Knowledge | None:
    """What the context variable holds, None when it is off or not there; raises `NodeError` for an unusable value."""
    if not config.enabled or not config.variable_selector:
        return None
    value = variables.get(config.variable_selector)
    if value is None:
        return None
    if isinstance(value, str):
        return Knowledge(value)
    if isinstance(value, list | tuple):
        resources = [_resource(item) for item in value if _is_retrieved(item)]
        return Knowledge("\n".join(_content(item) for item in value), resources)
    raise _unusable()


def tell(knowledge: Knowledge | None, context: NodeContext) -> None:
    """Let the readers of the run know what the model was given."""
    if knowledge is not None:
        context.retrieved(knowledge.resources, knowledge.text)


def _content(item: Any) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, Mapping) and "content" in item:
        return str(item["content"] or "")
    raise _unusable()


def _unusable() -> NodeError:
    message = "The context variable is neither a text nor a list of texts or retrieval results"
    return NodeError(message, error_type="InvalidContextStructureError")


def _is_retrieved(item: Any) -> bool:
    metadata = item.get("metadata") if isinstance(item, Mapping) else None
    return isinstance(metadata, Mapping) and metadata.get("_source") == "knowledge"


def _resource(item: Mapping[str, Any]) -> dict[str, Any]:
    metadata = item["metadata"]
    resource = {name: metadata.get(name) for name in _AS_IS}
    resource |= {name: metadata.get(origin) for name, origin in _RENAMED.items()}
    resource |= {name: item.get(name) for name in ("title", "content", "files", "summary")}
    return resource
