"""The node `knowledge-retrieval`: looks a question up in datasets."""

import re
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dify_runtime_sdk.knowledge import MetadataCondition, RetrievalError, RetrievalRequest, Retriever
from dify_runtime_sdk.workflow import (
    File,
    FileType,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeResult,
    Template,
    Variables,
)

from .models.answers import totals
from .models.files import files_in

_FAILURE: Final = "KnowledgeRetrievalNodeError"
_BREAKS: Final = re.compile(r"[\r\n\t]+")


class ConditionConfig(BaseModel):
    """One condition on the metadata of documents."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    comparison_operator: Literal[
        "contains",
        "not contains",
        "start with",
        "end with",
        "is",
        "is not",
        "empty",
        "not empty",
        "in",
        "not in",
        "=",
        "≠",
        ">",
        "<",
        "≥",
        "≤",
        "before",
        "after",
    ]
    value: str | list[str] | int | float | None = Field(None, description="A text or texts are templates.")


class ConditionsConfig(BaseModel):
    """The conditions, and whether all or any of them must hold."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    logical_operator: Literal["and", "or"] | None = None
    conditions: list[ConditionConfig] = Field(default_factory=list)

    @field_validator("conditions", mode="before")
    @classmethod
    def _none_is_none_at_all(cls, value: Any) -> Any:
        return [] if value is None else value


class KnowledgeRetrievalConfig(NodeConfig):
    """Retrieves records from datasets."""

    query_variable_selector: list[str] | None = None
    query_attachment_selector: list[str] | None = Field(None, description="Pictures to look for.")
    dataset_ids: list[str]
    retrieval_mode: Literal["single", "multiple"]
    multiple_retrieval_config: dict[str, Any] | None = None
    single_retrieval_config: dict[str, Any] | None = None
    metadata_filtering_mode: Literal["disabled", "automatic", "manual"] = "disabled"
    metadata_model_config: dict[str, Any] | None = None
    metadata_filtering_conditions: ConditionsConfig | None = None

    @field_validator("metadata_filtering_mode", mode="before")
    @classmethod
    def _disabled_unless_told(cls, value: Any) -> Any:
        return value or "disabled"


class KnowledgeRetrievalNode(Node[KnowledgeRetrievalConfig]):
    """Puts the records that fit a question out as `result`, the best first."""

    type = "knowledge-retrieval"
    config_type = KnowledgeRetrievalConfig

    def __init__(self, id: str, config: KnowledgeRetrievalConfig) -> None:  # noqa: A002 - the field's name in app files
        super().__init__(id, config)
        conditions = config.metadata_filtering_conditions or ConditionsConfig()
        self._all_must_hold = conditions.logical_operator == "and"
        self._conditions = [_Condition(condition) for condition in conditions.conditions]

    async def run(self, context: NodeContext) -> NodeResult:
        """Retrieve; raises `NodeError` for a query that is no text, and when retrieval fails."""
        query, pictures = self._query(context.variables), self._pictures(context.variables)
        inputs: dict[str, Any] = {} if query is None else {"query": query}
        if pictures:
            inputs["attachments"] = pictures
        if not query and not pictures:
            return NodeResult(inputs=inputs)
        retriever = await context.services.get(Retriever)
        try:
            found = await retriever.retrieve(self._request(query or "", pictures, context))
        except RetrievalError as error:
            message = f"Knowledge cannot be retrieved: {error.message}"
            raise NodeError(
                message, error_type="KnowledgeRetrievalNodeError", inputs=inputs, hint=error.hint
            ) from error
        return NodeResult(
            outputs={"result": [dict(record) for record in found.records]},
            inputs=inputs,
            process_data={"usage": found.usage.to_json()},
            metadata=totals(found.usage) if found.usage.total_tokens else {},
        )

    def _query(self, variables: Variables) -> str | None:
        if not self.config.query_variable_selector:
            return None
        query = variables.get(self.config.query_variable_selector)
        if not isinstance(query, str):
            message = "Query variable is not string type."
            raise NodeError(message, error_type=_FAILURE, hint="choose a text as the query")
        return query

    def _pictures(self, variables: Variables) -> list[File]:
        if not self.config.query_attachment_selector:
            return []
        files = files_in(variables.get(self.config.query_attachment_selector))
        return [file for file in files if file.type is FileType.IMAGE]

    def _request(self, query: str, pictures: list[File], context: NodeContext) -> RetrievalRequest:
        config, run = self.config, context.run
        return RetrievalRequest(
            tenant_id=run.tenant_id,
            dataset_ids=config.dataset_ids,
            query=query,
            attachments=pictures,
            mode=config.retrieval_mode,
            single=config.single_retrieval_config or {},
            multiple=config.multiple_retrieval_config or {},
            metadata_filtering=config.metadata_filtering_mode,
            metadata_model=config.metadata_model_config or {},
            metadata_operator="and" if self._all_must_hold else "or",
            metadata_conditions=[condition.rendered(context.variables) for condition in self._conditions],
            app_id=run.app_id,
            user_id=run.user_id,
        )


class _Condition:
    """A condition whose templates are parsed."""

    def __init__(self, config: ConditionConfig) -> None:
        self._config = config
        value = config.value
        texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        self._templates = [Template.parse(text) for text in texts]

    def rendered(self, variables: Variables) -> MetadataCondition:
        value: Any = self._config.value
        if isinstance(value, list):
            value = [_one_line(variables.render(template)) for template in self._templates]
        elif isinstance(value, str):
            value = _typed(self._templates[0], variables)
        return MetadataCondition(name=self._config.name, operator=self._config.comparison_operator, value=value)


def _typed(template: Template, variables: Variables) -> Any:
    """The value of a template: a number stays one where it is all that the template refers to."""
    if len(template.parts) == 1 and template.selectors:
        value = variables.get(template.selectors[0])
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    return _one_line(variables.render(template))


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text)
