"""Knowledge: retrieval from datasets, as nodes and chat apps ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from .errors import DifyRuntimeError
from .models import ModelUsage
from .workflow.values import File


class RetrievalError(DifyRuntimeError):
    """A retrieval failed; names the dataset or the model at fault."""

    code = "retrieval_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataCondition:
    """A condition on a document's metadata; `value` is already rendered."""

    name: str
    operator: str
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalRequest:
    """What to look for and where. `single` and `multiple` are the retrieval configs of an app file, as written.

    `metadata_model` is the model of automatic filtering, as written in the app file.
    """

    tenant_id: str
    dataset_ids: Sequence[str]
    query: str = ""
    attachments: Sequence[File] = ()
    mode: Literal["single", "multiple"] = "multiple"
    single: Mapping[str, Any] = field(default_factory=dict)
    multiple: Mapping[str, Any] = field(default_factory=dict)
    metadata_filtering: Literal["disabled", "automatic", "manual"] = "disabled"
    metadata_model: Mapping[str, Any] = field(default_factory=dict)
    metadata_operator: Literal["and", "or"] = "and"
    metadata_conditions: Sequence[MetadataCondition] = ()
    app_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalResult:
    """Records by falling score, in the shape that a retrieval node puts out, and what models cost on the way."""

    records: Sequence[Mapping[str, Any]]
    usage: ModelUsage = field(default_factory=ModelUsage)


class Retriever(Protocol):
    """Searches a tenant's datasets."""

    async def retrieve(self, request: RetrievalRequest) -> RetrievalResult:
        """The records found; datasets that are missing, foreign or empty are ignored. Raises `RetrievalError`."""
        ...
