"""The shape of `workflow.graph`: what must be there so that anything can be done with it."""

from typing import Annotated, Any

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    StrictStr,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from .base import Section

NOTE = "custom-note"
"""Canvas type of notes, which are no nodes."""

type Id = Annotated[StrictStr, StringConstraints(min_length=1)]


class NodeData(Section):
    """Configuration of a node; all but these fields belong to its type."""

    type: StrictStr = ""
    """Type of the node; empty only in notes."""
    title: str = ""
    desc: str = ""
    version: str = "1"


class Node(Section):
    """A node, or a note on the canvas."""

    id: Id
    """Conventionally digits. Selectors name it."""
    type: str = "custom"
    """What draws it on the canvas; `custom-note` is a note, which runs ignore."""
    data: NodeData

    @model_validator(mode="after")
    def _has_type(self) -> "Node":
        if not self.data.type and self.type != NOTE:
            raise PydanticCustomError("missing_node_type", "the node has no type: data.type is missing or empty")
        return self


class Edge(Section):
    """A connection of two nodes."""

    id: str = ""
    source: Id
    target: Id
    sourceHandle: str = "source"  # noqa: N815 - the name in the file
    """The branch that the edge belongs to."""


class Graph(Section):
    """Nodes and edges in flat lists; those inside of containers name them in `data.iteration_id`, `data.loop_id`."""

    nodes: list[Node] = Field(default_factory=list)
    edges: list[Edge] = Field(default_factory=list)
    viewport: dict[str, Any] = Field(default_factory=dict)
    """The part of the canvas last shown; opaque."""


class _CheckedBy:
    """Validate a value by a model, and keep the value as it is."""

    def __init__(self, model: type[Section]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._keep,
            handler.generate_schema(self._model),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda value: value),
        )

    @staticmethod
    def _keep(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        validate(value)
        return value


type GraphMapping = Annotated[dict[str, Any], _CheckedBy(Graph)]
"""A graph as plain values, as it stands in the file, known to be of the shape of `Graph`."""
